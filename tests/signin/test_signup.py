"""Who may sign up; responses don't reveal it to others (threat 7)."""

import json
import re
from functools import partial

import pytest
from django.utils import timezone

from otp.accounts import invitation
from otp.delivery import email, sms
from otp.dynamo.operations import batch_put, get
from otp.local import embedded
from otp.local.inbox import Mail
from otp.models import Code, LogEntry, Suppression
from otp.signin import membership, signup
from tests.support.accounts import account_at, member
from tests.support.api import ADDRESS, PHONE, answer, answer_by_phone, ask, ask_by_phone, mailed_code
from tests.support.faults import faulty, refused

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clock")]

STRANGER = "persons@example.org"  # as long as ADDRESS, so that requests can be compared
OTHER_PHONE = "+61487654321"


@pytest.fixture
def closed(settings):
    settings.OTP_SIGNUP = ["closed"]


@pytest.fixture
def account():
    return member(ADDRESS)


@pytest.fixture
def ses_log():
    """The requests to SES and SNS."""
    log, clients = [], (email.backend().connection, sms.client())

    def record(model, params, **kwargs):
        log.append((model.name, json.dumps(params["body"], default=str)))

    for each in clients:
        each.meta.events.register("before-call", record, unique_id="signup")
    yield log
    for each in clients:
        each.meta.events.unregister("before-call", unique_id="signup")


def stripped(requests):
    """The requests without addresses and random values. Of expiry times, only their presence is kept.

    What a log entry says of a code that was sent, and of one that wasn't, is made the same: only staff read it.
    """
    text = json.dumps(requests, default=str)
    text = re.sub(r', "(of_)?failure": {"S": "(signup_refused|address_suppressed)(#0)?"}', "", text)
    text = re.sub(r'"message_id": {"S": "[^"]+"}', "MESSAGE", text)
    text = re.sub(r'"outcome": {"S": "(signup_refused|address_suppressed)"}', '"outcome": {"S": "otp_sent"}', text)
    text = re.sub(r"[0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "RANDOM", text)
    text = re.sub(r'{"S": "[\w-]{16}"}', "EPOCH", text)
    lapses = (membership.lapses_at(None, timezone.now()), membership.NEVER)
    text = re.sub("|".join(str(int(each.timestamp())) for each in lapses), "LAPSES", text)
    for address in (ADDRESS, STRANGER, PHONE, OTHER_PHONE, PHONE[:-4], OTHER_PHONE[:-4]):
        text = text.replace(address, "ADDRESS")
    return text


def seen_of(requests_log, ses_log, request):
    requests_log.clear()
    ses_log.clear()
    response = request()
    called = [name for name, _ in ses_log]
    return response.status_code, response.content, dict(response.headers), stripped(requests_log.requests), called


def test_a_stranger_gets_the_same_response_with_the_same_requests(closed, account, requests_log, ses_log):
    known = seen_of(requests_log, ses_log, lambda: ask(ADDRESS))
    unknown = seen_of(requests_log, ses_log, lambda: ask(STRANGER))
    assert known == unknown
    assert known[4] == ["SendEmail"]


def test_an_unknown_phone_gets_the_same_response_with_the_same_requests(closed, settings, requests_log, ses_log):
    settings.OTP_SMS = True
    member(PHONE)
    known = seen_of(requests_log, ses_log, lambda: ask_by_phone(PHONE))
    unknown = seen_of(requests_log, ses_log, lambda: ask_by_phone(OTHER_PHONE))
    assert known == unknown
    assert known[4] == ["Publish"]


def test_an_invited_address_gets_the_same_response_with_the_same_requests(closed, account, requests_log, ses_log):
    until = invitation.invite(STRANGER, by=ADDRESS, site="https://otp.example/", days=7)
    unknown = seen_of(requests_log, ses_log, lambda: ask("nobody@example.org"))
    invited = seen_of(requests_log, ses_log, lambda: ask(STRANGER))
    lapses = str(int(membership.lapses_at(None, until).timestamp()))
    assert invited[:3] == unknown[:3]
    stored = (
        invited[3].replace(lapses, "LAPSES").replace('"may_create": {"BOOL": true}', '"may_create": {"BOOL": false}')
    )
    assert stored == unknown[3].replace("nobody@example.org", "ADDRESS")
    assert invited[4] == unknown[4] == ["SendEmail"]


@pytest.mark.parametrize("which", ["cooldown", "network", "tries", "repetition"])
def test_limits_and_attempts_do_not_reveal_who_has_an_account(which, closed, settings, account, requests_log, ses_log):
    if which == "network":
        settings.OTP_SENDS_PER_IP = 0
    seen = []
    for address in (ADDRESS, STRANGER):
        steps = {
            "cooldown": [partial(ask, address), partial(ask, address)],
            "network": [partial(ask, address)],
            "tries": [partial(ask, address), *[partial(answer, "12345x", address)] * 7],
            "repetition": [partial(ask, address, {"Idempotency-Key": "7"})] * 2,
        }[which]
        seen.append([seen_of(requests_log, ses_log, step) for step in steps])
    assert seen[0] == seen[1]


def test_a_failed_mail_does_not_reveal_who_has_an_account(closed, account, settings, requests_log, ses_log):
    seen = []
    for address in (ADDRESS, STRANGER):
        with faulty("SendEmail", refused, of=email.backend().connection):
            seen.append(seen_of(requests_log, ses_log, partial(ask, address)))
    assert seen[0] == seen[1]
    assert seen[0][0] == 503


def test_no_mail_reaches_a_stranger(closed, inbox):
    ask(STRANGER)
    assert inbox() == []
    assert {to for message in embedded.ses().sent_messages for to in message.destinations} == {email.simulator()}


def test_no_sms_reaches_a_stranger(closed, settings):
    settings.OTP_SMS = True
    ask_by_phone()
    assert [number for number, *_ in embedded.sns().sms_messages.values()] == [sms.simulator()]


def test_a_code_mailed_to_the_simulator_does_not_sign_in(closed):
    ask(STRANGER)
    code = re.search(r"\d{6}", Mail.parse(1, embedded.ses().sent_messages[0].raw_data).text)[0]
    assert answer(code, STRANGER).status_code == 401
    assert account_at(STRANGER) is None


def test_the_digest_of_a_strangers_code_is_random(closed, clock):
    digests = set()
    for _ in range(2):
        ask(STRANGER)
        digests.add(get(Code, STRANGER).code_digest)
        clock.shift(60)
    assert [len(digest) for digest in digests] == [64, 64]


def logged(address):
    return [each.outcome for each in LogEntry.objects.filter(address=address).order_by("created_at")]


def test_only_the_log_says_that_somebody_got_no_code_and_why(closed, account, clock):
    seen = []
    for _ in range(2):
        seen += [ask(address) for address in (ADDRESS, STRANGER)]
        batch_put(*(Suppression(address=to, reason="bounce", created_at=timezone.now()) for to in (ADDRESS, STRANGER)))
        clock.shift(60)
    assert len({(each.status_code, each.content) for each in seen}) == 1
    assert logged(ADDRESS) == ["otp_sent", "address_suppressed"]
    assert logged(STRANGER) == ["signup_refused", "signup_refused"]  # lifting the suppression would not help


def test_a_repeated_request_for_a_code_that_was_withheld_gets_the_same_response_and_sends_nothing(closed, ses_log):
    first, second = (ask(STRANGER, {"Idempotency-Key": "7"}).json() for _ in range(2))
    assert first == second
    assert [name for name, _ in ses_log] == ["SendEmail"]
    assert logged(STRANGER) == ["signup_refused"]


def test_a_message_to_the_simulator_that_fails_is_logged_as_a_failure(closed):
    with faulty("SendEmail", refused, of=email.backend().connection):
        ask(STRANGER)
    assert logged(STRANGER) == ["delivery_failed"]


def test_closed_sign_up_does_not_affect_existing_accounts(closed, account):
    ask()
    assert answer(mailed_code()).status_code == 200


def test_an_account_that_is_deactivated_is_no_stranger(closed, settings):
    member(ADDRESS, is_active=False)
    ask()
    assert answer(mailed_code()).json()["code"] == "account_inactive"


def test_listed_domains_may_sign_up_and_their_subdomains_may_not(settings, inbox):
    settings.OTP_SIGNUP = ["example.com", "example.net"]
    for address in ("a@example.com", "b@example.net", "c@sub.example.com", "d@example.org", "e@notexample.com"):
        ask(address)
    assert sorted(mail.to[0] for mail in inbox()) == ["a@example.com", "b@example.net"]


def test_a_phone_has_no_domain(settings, inbox):
    settings.OTP_SIGNUP, settings.OTP_SMS = ["example.com"], True
    ask_by_phone()
    assert inbox() == []
    settings.OTP_SIGNUP = ["open"]
    ask_by_phone(OTHER_PHONE)
    assert answer_by_phone(mailed_code(OTHER_PHONE), OTHER_PHONE).status_code == 200


asked_of = []


def only_persons(address):
    asked_of.append(address)
    return address.startswith("person@")


def test_a_hook_decides_and_is_called_for_everyone(settings, inbox, account):
    settings.OTP_SIGNUP_HOOK = "tests.signin.test_signup.only_persons"
    asked_of.clear()
    ask(ADDRESS)
    ask(STRANGER)
    assert asked_of == [ADDRESS, STRANGER]
    assert [mail.to for mail in inbox()] == [[ADDRESS]]


def test_a_hook_that_raises_allows_no_sign_up(settings, account):
    settings.OTP_SIGNUP_HOOK = "tests.signin.test_signup.fails"
    for known in (account, None):
        with pytest.raises(RuntimeError):
            signup.outcome_of_send(ADDRESS, known, None, timezone.now())


def fails(address):
    raise RuntimeError


def test_disposable_addresses_are_refused_if_the_setting_says_so(settings, inbox):
    ask("a@mailinator.com")
    settings.OTP_REFUSE_DISPOSABLE = True
    for address in ("b@mailinator.com", "c@sub.mailinator.com", "d@example.com"):
        ask(address)
    assert sorted(mail.to[0] for mail in inbox()) == ["a@mailinator.com", "d@example.com"]
