"""Whether policies allow an action on a resource: the part of IAM's evaluation that this project's policies use."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

Policy = Mapping[str, Any]
ELEMENTS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


class UnsupportedPolicy(Exception):
    """A policy uses something that this evaluator doesn't support, so it doesn't decide."""


def allows(policies: Iterable[Policy], action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
    """Whether a statement allows the action and none denies it. `context`: the values of condition keys."""
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in listed(policy["Statement"])
        if applies(statement, action, resource, context or {})
    }
    return effects == {"Allow"}


def applies(statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str]) -> bool:
    if unknown := set(statement) - ELEMENTS:
        raise UnsupportedPolicy(f"{sorted(unknown)} in a statement")
    return (
        any(matches(pattern.lower(), action.lower()) for pattern in listed(statement["Action"]))
        and any(matches(pattern, resource) for pattern in listed(statement.get("Resource", "*")))
        and holds(statement.get("Condition", {}), context)
    )


def trusts(trust: Policy, service: str) -> bool:
    """Whether a role's trust policy allows a service, such as `events.amazonaws.com`, to assume the role."""
    return any(
        statement["Effect"] == "Allow"
        and "sts:AssumeRole" in listed(statement["Action"])
        and service in listed(statement["Principal"].get("Service", []))
        and not statement.get("Condition")
        for statement in listed(trust["Statement"])
    )


def holds(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    """Whether all conditions are met. Keys are case-insensitive; a key that the request lacks isn't met."""
    values = {key.lower(): value for key, value in context.items()}
    return all(
        key.lower() in values and any(compare(operator, wanted, values[key.lower()]) for wanted in listed(wanteds))
        for operator, keys in conditions.items()
        for key, wanteds in keys.items()
    )


def compare(operator: str, wanted: str, found: str) -> bool:
    match operator:
        case "StringEquals":
            return wanted == found
        case "StringLike" | "ArnLike":
            return matches(wanted, found)
    raise UnsupportedPolicy(f"the operator {operator}")


def matches(pattern: str, text: str) -> bool:
    """`*` stands for any characters, `?` for one."""
    return expression(pattern).fullmatch(text) is not None


@cache
def expression(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern), re.DOTALL)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
