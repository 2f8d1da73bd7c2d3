"""The resources of the base stack that moto's CloudFormation lacks. Only the sender exists in moto's SES then.

moto finds the classes by their base class. It passes them a resource's name, and the resource as in the template.
"""

from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.ses.models import SESBackend, ses_backends

from .reference import ACCOUNT, REGION


def ses() -> SESBackend:
    return ses_backends[ACCOUNT][REGION]


def default_settings(identity: str) -> str | None:
    """The name of the configuration set that SES uses for an identity's mail by default, if any."""
    found = ses().email_identities.get(identity)
    return found.configuration_set_name if found else None


def forget_senders() -> None:
    """Delete the identities of domains. That of an address is the embedded AWS's."""
    for identity in [each for each in ses().email_identities if "@" not in each]:
        ses().delete_identity(identity)


def named_only(kind: str, name: str = "") -> type[CloudFormationModel]:
    """The class of a kind of resource that has a name, for `Ref`, and nothing else. `name`: the property with it."""

    def create(cls: Any, resource_name: str, *resource: Any, **stack: Any) -> Any:
        made = cls()
        made.physical_resource_id = resource_name
        return made

    methods = {
        "cloudformation_type": staticmethod(lambda: kind),
        "cloudformation_name_type": staticmethod(lambda: name),
        "create_from_cloudformation_json": classmethod(create),
    }
    return type(kind, (CloudFormationModel,), methods)


NAMED_ONLY = [
    named_only("AWS::ApiGateway::Account"),
    named_only("AWS::CloudWatch::Alarm"),
    named_only("AWS::SES::ConfigurationSet", "Name"),
    named_only("AWS::SES::ConfigurationSetEventDestination"),
    named_only("AWS::SNS::TopicPolicy"),
]


class Sender(CloudFormationModel):
    """An identity in SES, with the three DNS records that verify it."""

    def __init__(self, name: str) -> None:
        self.physical_resource_id = name

    @staticmethod
    def cloudformation_name_type() -> str:
        return "EmailIdentity"

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SES::EmailIdentity"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr.startswith(("DkimDNSTokenName", "DkimDNSTokenValue"))

    def get_cfn_attribute(self, attr: str) -> str:
        token = f"token{attr[-1]}"
        is_name = attr.startswith("DkimDNSTokenName")
        return f"{token}._domainkey.{self.physical_resource_id}" if is_name else f"{token}.dkim.amazonses.com"

    @classmethod
    def create_from_cloudformation_json(cls, name: str, resource: Any, *place: str, **stack: Any) -> "Sender":
        settings = resource["Properties"]["ConfigurationSetAttributes"]["ConfigurationSetName"]
        ses().create_email_identity_v2(name, None, None, settings)
        return cls(name)

    @classmethod
    def delete_from_cloudformation_json(cls, name: str, *resource: Any) -> None:
        ses().delete_identity(name)
