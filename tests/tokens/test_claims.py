"""Claims that a site adds to access tokens, and the role of the account."""

import time

import jwt
import pytest
from django.core.exceptions import ImproperlyConfigured

from otp.accounts import staff
from otp.models import Account
from otp.tokens import claims
from tests.support.accounts import account_at, change_account, member
from tests.support.api import ADDRESS, answer, ask, mailed_code, refresh, signed_in

HERE = "tests.tokens.test_claims"


def plan(account):
    return {"plan": "gold", "tenant": account.subject[:4]}


def addresses(account):
    return {"addresses": account.addresses}


def taken(account):
    return {"sub": "somebody else", "plan": "gold", "exp": 2**40}


def nothing(account):
    return None


def of(answered):
    return jwt.decode(answered["access_token"], options={"verify_signature": False})


def test_without_hook_and_role_there_are_none():
    assert of(signed_in()).keys() == {"iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "email"}


def test_the_hook_s_claims_are_in_the_token(settings):
    settings.OTP_CLAIMS_HOOK = f"{HERE}.plan"
    content = of(signed_in())
    assert (content["plan"], content["tenant"]) == ("gold", content["sub"][:4])
    assert content["exp"] == time.time() + 600


def test_the_hook_is_asked_again_at_each_refresh(settings):
    answered = signed_in()
    for word in ("plan", "addresses"):
        settings.OTP_CLAIMS_HOOK = f"{HERE}.{word}"
        answered = refresh(answered["refresh_token"]).json()
        assert word in of(answered)
    assert "plan" not in of(answered)
    assert of(answered)["addresses"] == [ADDRESS]


@pytest.mark.parametrize(("hook", "reads"), [("plan", []), ("addresses", ["GetItem"])])
def test_a_sign_in_reads_the_account_only_if_the_hook_does(settings, requests_log, hook, reads):
    settings.OTP_CLAIMS_HOOK = f"{HERE}.{hook}"
    ask()
    requests_log.clear()
    assert answer(mailed_code()).status_code == 200
    assert requests_log.operations == ["UpdateItem", "TransactWriteItems", *reads]


@pytest.mark.parametrize("name", sorted(claims.RESERVED))
def test_a_reserved_claim_is_refused(settings, monkeypatch, name):
    monkeypatch.setitem(globals(), "taken", lambda account: {name: "x"})
    settings.OTP_CLAIMS_HOOK = f"{HERE}.taken"
    with pytest.raises(ImproperlyConfigured, match=rf"OTP_CLAIMS_HOOK returned reserved claims: {name}\."):
        claims.of_site(Account(subject="x"))


def test_every_claim_of_a_token_is_reserved():
    staff.appoint_by_command(ADDRESS, "staff")
    assert of(signed_in()).keys() <= claims.RESERVED


@pytest.mark.parametrize(("hook", "words"), [("taken", "reserved claims: exp, sub"), ("nothing", "NoneType instead")])
def test_no_token_leaves_with_them(settings, hook, words):
    settings.OTP_CLAIMS_HOOK = f"{HERE}.{hook}"
    ask()
    with pytest.raises(ImproperlyConfigured, match=words):
        answer(mailed_code())


# -- the role --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Account.Role.values)
def test_a_role_is_in_the_token(role):
    member(ADDRESS, role=role)
    assert of(signed_in())["role"] == role


def test_a_role_that_changes_is_in_the_next_token():
    answered = signed_in()
    for role in ("staff", "viewer", None):
        change_account(ADDRESS, role=role)
        answered = refresh(answered["refresh_token"]).json()
        assert of(answered).get("role") == role


def test_a_role_costs_a_sign_in_one_request_more(requests_log):
    """Nothing is read before a sign-in, which is first tried as that of an account without a role."""
    staff.appoint_by_command(ADDRESS, "viewer")
    ask()
    requests_log.clear()
    answered = answer(mailed_code()).json()
    assert requests_log.operations == ["UpdateItem", "TransactWriteItems", "TransactWriteItems"]
    assert of(answered)["role"] == "viewer"
    assert account_at(ADDRESS).role == "viewer"
