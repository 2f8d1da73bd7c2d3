"""If AWS refuses the site's credentials, the response is 503 and the log has a line with the remedy."""

import pytest
from django.test import Client

from otp.delivery import email
from otp.dynamo.credentials import REMEDIES
from tests.support.accounts import member
from tests.support.api import ADDRESS, ask
from tests.support.faults import error, faulty


@pytest.mark.parametrize("code", REMEDIES)
def test_dynamodb_that_refuses_the_caller_is_503_with_a_remedy_in_the_log(code, caplog):
    with faulty("BatchGetItem", error(code)) as operations:
        answer = ask()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert operations == ["BatchGetItem"]
    (line,) = [each for each in caplog.records if each.name == "otp.dynamo.client"]
    assert line.getMessage().endswith(f": {code}. {REMEDIES[code]}")


@pytest.mark.parametrize("code", REMEDIES)
def test_ses_that_refuses_the_caller_is_503_with_a_remedy_in_the_log(code, caplog):
    with faulty("SendEmail", error(code, 403), of=email.backend().connection):
        answer = ask()
    assert (answer.status_code, answer.json()["code"]) == (503, "delivery_failed")
    (line,) = [each.getMessage() for each in caplog.records if each.name == "otp.delivery.aws"]
    assert line.endswith(f" {email.REMEDIES.get(code, REMEDIES[code])}")


@pytest.mark.parametrize("url", ["/account/", "/admin/", "/admin/otp/account/"])
def test_a_page_says_503(url):
    browser = Client()
    browser.force_login(member(ADDRESS, role="superuser"))
    with faulty("BatchGetItem", *[error("ExpiredTokenException")] * 9):
        assert browser.get(url).status_code == 503
