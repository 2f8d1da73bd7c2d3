"""Codes by SMS, through the API and the pages, and the limits of what they cost (threat 20)."""

import pytest
from django.test import Client
from django.utils import timezone

from otp.delivery import sms
from otp.dynamo.operations import get
from otp.local import embedded
from otp.models import Code, LogEntry
from tests.support.accounts import account_at
from tests.support.api import ADDRESS, PHONE, answer_by_phone, ask, ask_by_phone, mailed_code, post
from tests.support.faults import faulty, lost, refused
from tests.support.pages import CODE, RESEND, SEND, submit

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture(autouse=True)
def on(settings):
    settings.OTP_SMS = True


def texts():
    return [(number, text) for number, text, _ in embedded.sns().sms_messages.values()]


def test_a_phone_signs_in_through_the_api():
    sent = ask_by_phone("+61 412 345 678")
    assert (sent.status_code, sent.json()["code"]) == (200, "otp_sent")
    assert answer_by_phone("000000" if mailed_code(PHONE) != "000000" else "1").status_code == 401
    verified = answer_by_phone(mailed_code(PHONE))
    assert (verified.status_code, verified.json()["code"]) == (200, "otp_verified")
    assert account_at(PHONE).is_active
    assert answer_by_phone(mailed_code(PHONE)).status_code == 404


def test_a_phone_signs_in_on_the_page(client):
    start = client.get("/")
    assert 'href="/?by=phone"' in start.text
    page = submit(client, client.get("/?by=phone"), SEND, phone="+61 412 345 678")
    assert page.redirect_chain == [("/verify/", 302)]
    assert f"<bdi>{PHONE}</bdi>" in page.text
    assert 'href="/?by=phone"' in page.text
    page = submit(client, page, CODE, code=mailed_code(PHONE))
    assert page.redirect_chain == [("/account/", 302)]
    assert PHONE in page.text


def test_another_sms_can_be_requested_on_the_page(client, clock):
    page = submit(client, client.get("/?by=phone"), SEND, phone=PHONE)
    clock.shift(60)
    page = submit(client, page, RESEND)
    assert "We sent a new code" in page.text
    assert len(texts()) == 2


def test_next_is_kept_when_switching_to_a_phone(client):
    assert 'href="/?by=phone&amp;next=%2Faccount%2Fexport%2F"' in client.get("/?next=/account/export/").text


def test_a_number_that_cannot_receive_a_code_is_an_error_of_its_field(client):
    page = submit(client, client.get("/?by=phone"), SEND, phone="0412345678")
    assert page.status_code == 400
    assert "Enter a valid mobile number" in page.text
    page = submit(client, client.get("/?by=phone"), SEND, phone="+44 7400 123456")
    assert "We can&#x27;t send text messages to this country" in page.text


def test_the_message_is_short_names_the_site_and_ends_with_the_autofill_line(settings):
    settings.OTP_SITE_NAME, settings.OTP_SMS_DOMAIN = "O'Neil", "signin.example.com"
    message = sms.compose(PHONE, "048213", lifetime=900, requested_at=timezone.now())["Message"]
    assert message.startswith("048213 is your code for O'Neil. It works once, for 15 minutes. Don't share it")
    assert message.splitlines()[-1] == "@signin.example.com #048213"
    assert len(message) <= 160


def test_the_host_in_the_last_line_does_not_come_from_the_request(settings):
    settings.ALLOWED_HOSTS = ["*"]
    Client().post("/otp", {"action": "send_otp", "phone": PHONE}, "application/json", headers={"host": "evil.example"})
    assert texts()[0][1].splitlines()[-1].startswith("@127.0.0.1 #")


def test_an_sms_is_transactional_and_has_the_configured_sender(settings):
    settings.OTP_SMS_SENDER_ID, settings.OTP_SMS_ORIGINATION = "MyShop", "+61400000000"
    request = sms.compose(PHONE, "048213", lifetime=900, requested_at=timezone.now())
    assert request["PhoneNumber"] == PHONE
    assert {name: value["StringValue"] for name, value in request["MessageAttributes"].items()} == {
        "AWS.SNS.SMS.SMSType": "Transactional",
        "AWS.SNS.SMS.SenderID": "MyShop",
        "AWS.MM.SMS.OriginationNumber": "+61400000000",
    }


def test_without_sms_phone_numbers_are_unknown(settings, client):
    settings.OTP_SMS = False
    refusal = ask_by_phone()
    assert (refusal.status_code, refusal.json()["message"]) == (400, "Action and email are required")
    assert post({"action": "send_otp", "phone": PHONE, "email": ADDRESS}).status_code == 200
    assert "phone" not in client.get("/?by=phone").text
    assert texts() == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"phone": PHONE, "email": ADDRESS}, "address_ambiguous"),
        ({"phone": "0412345678"}, "phone_invalid"),
        ({"phone": 61412345678}, "phone_invalid"),
        ({"phone": [PHONE]}, "phone_invalid"),
        ({"phone": "+447400123456"}, "phone_country"),
        ({"phone": ""}, "field_required"),
    ],
)
def test_a_malformed_phone_is_refused(body, code):
    refusal = post({"action": "send_otp", **body})
    assert (refusal.status_code, refusal.json()["code"]) == (400, code)


def test_a_code_for_a_phone_does_not_work_for_an_address():
    ask()
    ask_by_phone()
    assert post({"action": "verify_otp", "email": ADDRESS, "otp": mailed_code(PHONE)}).status_code == 401


def test_the_log_has_the_channel_of_a_code():
    ask()
    ask_by_phone()
    for address, channel in ((ADDRESS, "email"), (PHONE, "sms")):
        assert [entry.channel for entry in LogEntry.objects.filter(address=address).order_by("created_at")] == [channel]


def test_an_sms_costs_no_more_requests_than_a_mail(requests_log):
    ask_by_phone()
    assert requests_log.operations == ["BatchGetItem", "TransactWriteItems", "PutItem"]
    counts = [item["Update"] for item in requests_log.requests[1][1]["TransactItems"][2:]]
    assert [each["Key"]["key"]["S"] for each in counts[1:]] == [
        "sms +61412345678 2033-05-18T00",
        "sms +6141234* 2033-05-18T00",
        "sms 2033-05-18T00",
    ]
    assert all(each["ConditionExpression"] == "attribute_not_exists(#count) OR #count < :2" for each in counts)


@pytest.mark.parametrize(
    ("setting", "second"),
    [
        ("OTP_SMS_PER_NUMBER_DAY", PHONE),
        ("OTP_SMS_PER_PREFIX_DAY", "+61412345679"),
        ("OTP_SMS_PER_DAY", "+61487654321"),
    ],
)
def test_the_daily_limits_hold(settings, clock, setting, second):
    setattr(settings, setting, 1)
    settings.OTP_TRUSTED_CALLERS = ["127.0.0.0/8"]  # trusted callers aren't exempt from limits of cost
    ask_by_phone()
    clock.shift(60)
    refusal = ask_by_phone(second)
    assert (refusal.status_code, refusal.json()["code"]) == (429, "sms_limited")
    assert len(texts()) == 1
    assert ask().status_code == 200
    clock.shift(refusal.json()["retry_after"])
    assert ask_by_phone(second).status_code == 200


def test_the_daily_limit_counts_billed_segments(settings, clock):
    settings.OTP_SMS_PER_DAY = 3
    arabic = {"Accept-Language": "ar"}  # a message of two segments
    body = {"action": "send_otp", "phone": PHONE}
    assert Client().post("/otp", body, "application/json", headers=arabic).status_code == 200
    clock.shift(60)
    refusal = Client().post("/otp", body | {"phone": "+61487654321"}, "application/json", headers=arabic)
    assert (refusal.status_code, refusal.json()["code"]) == (429, "sms_limited")
    assert ask_by_phone("+61487654321").status_code == 200  # one more, in English
    assert ask_by_phone("+61487654322").status_code == 429


def test_the_limit_of_one_number_does_not_affect_others(settings):
    settings.OTP_SMS_PER_NUMBER_DAY = settings.OTP_SMS_PER_PREFIX_DAY = 1
    assert [ask_by_phone(phone).status_code for phone in (PHONE, "+61487654321")] == [200, 200]


def test_a_limit_reached_between_read_and_write_holds(settings, monkeypatch):
    from otp.signin import budgets

    settings.OTP_SMS_PER_DAY = 1
    ask_by_phone()
    monkeypatch.setattr(budgets, "refuse", lambda *args: None)
    assert ask_by_phone("+61487654321").json()["code"] == "sms_limited"
    assert len(texts()) == 1


def test_an_sms_that_fails_leaves_no_code_and_no_cooldown():
    with faulty("SendEmail", refused, of=sms.client()):
        refusal = ask_by_phone()
    assert (refusal.status_code, refusal.json()["code"]) == (503, "delivery_failed")
    assert get(Code, PHONE) is None
    assert ask_by_phone().status_code == 200


def test_an_sms_with_unknown_delivery_keeps_its_code_and_is_not_sent_twice():
    with faulty("SendEmail", lost, of=sms.client()) as seen:
        refusal = ask_by_phone()
    assert (refusal.status_code, refusal.json()["code"]) == (503, "delivery_unknown")
    assert len(seen) == 1
    assert answer_by_phone(mailed_code(PHONE)).status_code == 200


def test_the_inbox_shows_text_messages_and_mails(client):
    ask()
    ask_by_phone()
    messages = client.get("/inbox/", headers={"accept": "application/json"}).json()["messages"]
    assert sorted(message["to"] for message in messages) == [[PHONE], [ADDRESS]]
    assert messages[0]["sent_at"] == "2033-05-18T03:33:20+00:00"
    page = client.get("/inbox/").text
    assert "Text message" in page
    assert page.count("<iframe") == 1
