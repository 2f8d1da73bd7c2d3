"""The error codes of all refusals in the source: those of the error classes, and those of `InvalidRequest`."""

import ast
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import otp
from otp.exceptions import InvalidRequest, OTPError

ROOT = Path(otp.__file__).parent
OF_PAGES = {
    "address_taken",
    "page_outdated",
    "forbidden",
    "not_found",
    "message_refused",
}  # used by pages and the bounce webhook only
DONE = {
    *("otp_sent", "otp_verified", "token_refreshed", "signed_out", "signed_out_everywhere", "signed_in"),
    *("figures", "log"),
}  # tests/api/test_openapi.py checks that there are no others
FAMILIES = {"too_many_requests"}  # of base classes that are never raised


def refusals() -> dict[str, int]:
    """The status of each error code of the API."""
    words = {kind.code: kind.status for kind in kinds()} | dict.fromkeys(InvalidRequest.MESSAGES, InvalidRequest.status)
    return {word: status for word, status in words.items() if word not in OF_PAGES | FAMILIES}


def kinds() -> set[type[OTPError]]:
    """All error classes of the package."""
    for module in pkgutil.walk_packages(otp.__path__, "otp."):
        import_module(module.name)
    return set(subclasses(OTPError))


def subclasses(kind: type[OTPError]) -> Iterator[type[OTPError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from subclasses(child)


def raised() -> Iterator[str]:
    """The error code of each `InvalidRequest("code")`."""
    for node in calls():
        match node:
            case ast.Call(func=ast.Name(id="InvalidRequest"), args=[ast.Constant(value=str(word))]):
                yield word
            case ast.Call(func=ast.Name(id="InvalidRequest") | ast.Attribute(attr="InvalidRequest")):
                raise AssertionError(f"the error code in this call isn't a literal: {ast.unparse(node)}")


def check_ids() -> list[str]:
    """The ids of all messages of system checks, with repetitions."""
    given = [(each.arg, each.value) for node in calls() for each in node.keywords]
    return [value.value for name, value in given if name == "id" and isinstance(value, ast.Constant)]


def calls() -> Iterator[ast.Call]:
    for file in sorted(ROOT.rglob("*.py")):
        yield from (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call))
