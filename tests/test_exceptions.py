"""The tree in the docstring of `otp.exceptions` matches its classes."""

import re

import pytest

from otp import exceptions
from otp.exceptions import InvalidRequest, OTPError
from tests.support import error_codes


def tree(kind, depth=0):
    yield depth, kind.__name__, kind.status, kind.code
    for child in kind.__subclasses__():
        yield from tree(child, depth + 1)


def drawn():
    for line in exceptions.__doc__.splitlines():
        if found := re.fullmatch(r"((?:    )+)(\w+) +(\d{3})  (\w+)(?: \(.*\))?", line):
            yield len(found[1]) // 4 - 1, found[2], int(found[3]), found[4]


def test_the_tree_in_the_docstring_is_the_tree_of_classes():
    error_codes.kinds()  # imports every module, to find classes elsewhere
    assert list(drawn()) == list(tree(OTPError))


def test_every_refusal_is_in_one_module():
    assert {kind.__module__ for kind in error_codes.kinds()} == {"otp.exceptions"}


def test_every_word_of_an_invalid_request_is_raised_somewhere():
    assert set(error_codes.raised()) == set(InvalidRequest.MESSAGES)


@pytest.mark.parametrize(
    "kind", sorted(error_codes.kinds(), key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__
)
def test_fields_are_few_and_retry_after_is_of_those_that_pass(kind):
    assert set(kind.fields) <= {"retry_after", "attempts_left", "error_id", "actions"}
    assert ("retry_after" in kind.fields) == (kind.status in (429, 503))


@pytest.mark.parametrize(
    ("error", "ends_code", "locks"),
    [
        (exceptions.CodeInvalid(attempts_left=1), False, False),
        (exceptions.CodeInvalid(attempts_left=0), True, True),
        (exceptions.AttemptsExceeded(limit=6), True, False),
        (exceptions.CodeExpired(), True, False),
        (exceptions.CodeNotFound(), True, False),
        (exceptions.Unavailable(), False, False),
        (exceptions.CooldownActive(retry_after=1), False, False),
    ],
)
def test_refusals_say_whether_they_end_a_code_and_are_its_last_attempt(error, ends_code, locks):
    assert (error.ends_code, error.is_last_attempt) == (ends_code, locks)


def test_instances_share_no_values():
    first, second = (exceptions.CallerLimited(retry_after=wait) for wait in (1, 2))
    assert (first.headers, second.headers) == ({"Retry-After": "1"}, {"Retry-After": "2"})
    assert OTPError.headers == {}
