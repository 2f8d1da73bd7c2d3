"""Every item of a sign-in, attribute by attribute, under two keys: what an update of the site must still read.

The digests were made by another program: `printf 4:code4:api:18:person@example.com6:048213 | openssl dgst -sha256 -hmac
first-key-0123456789-0123456789-01`.
"""

import pytest
from django.test import Client

from tests.support.api import ADDRESS, answer, answer_by_phone, ask, ask_by_phone
from tests.support.stored import CODE, KEYS, NETWORK, entry, headers, items, log, sign_in

pytestmark = pytest.mark.usefixtures("known_secrets")

CODE_DIGEST = "7dd6051420a3a31b53297f01f66546fdb6c339aac8213e09bcdf422a934f7533"
CODE_DIGEST_OF_SECOND_KEY = "b5e5884fb2bce89278ecdf5e811af3837c32d61e2ceebfb8bb781b2915672b61"
SEND, TRY = "361dad975c2705cda5d250ac7c959536", "9b2304ac00d8eadd4cdcc1ac422dad0c"
SENT = entry("otp_sent", at="2033-05-18T03:33:20.000000Z", stamp="01d1a94a2000", expires="2007776000")


def test_a_send_stores_its_code_its_budget_its_count_and_its_line_in_the_log():
    assert ask(headers=headers("7")).json()["retry_after"] == 60
    assert items("otp_users") == [
        {
            "email": ADDRESS,
            "address": ADDRESS,
            "send": f"01d1a94a2000{SEND[:20]}",
            "seed": "5eed" * 8,
            "mails": "1",
            "flow": "api:",
            "code_digest": CODE_DIGEST,
            "status": "PENDING",
            "attempts": "0",
            "tries": [],
            "tried_by": [],
            "created_at": f"2033-05-18T03:33:20.000000Z#{ADDRESS}",
            "otp_expiry": "2000000900",
            "shard": "0",
        }
    ]
    assert items("otp_addresses") == [
        {
            "address": ADDRESS,
            "sends": [{"N": "2000000000"}],
            "revision": f"01d1a94a2000{SEND[:20]}",
            "expires_at": "2000088200",
            "shard": "0",
        }
    ]
    assert items("otp_counters") == [{"key": f"{NETWORK} 2033-05-18T03", "count": "1", "expires_at": "2000005200"}]
    assert log() == [SENT]


def test_a_right_code_ends_the_code_makes_the_account_and_adds_to_the_log(clock):
    sign_in(clock)
    (code,) = items("otp_users")
    assert (code["status"], code["attempts"], code["tried_by"]) == ("VERIFIED", "1", [{"S": TRY}])
    assert code["tries"] == [{"S": CODE_DIGEST}, {"S": CODE_DIGEST_OF_SECOND_KEY}]
    assert items("otp_addresses")[0]["sends"] == [{"N": "2000000000"}]
    (account,) = items("otp_accounts")
    assert account == {
        "address": ADDRESS,
        "subject": account["subject"],
        "session_epoch": account["session_epoch"],
        "is_active": True,
        "created_at": f"2033-05-18T03:34:02.000000Z#{ADDRESS}",
        "signed_in_at": "2033-05-18T03:34:02.000000Z",
        "shard": "0",
    }
    verified = entry(
        "otp_verified", at="2033-05-18T03:34:02.000000Z", stamp="01d1a94ac410", expires="2007776042", took="42"
    )
    assert log() == [SENT, verified]
    assert len(items("otp_counters")) == 1


def test_a_wrong_code_adds_its_try_and_its_line_in_the_log_and_is_counted(clock):
    ask(headers=headers("7"))
    clock.shift(42)
    answer("000000", headers=headers("8"))
    (code,) = items("otp_users")
    assert (code["status"], code["attempts"]) == ("PENDING", "1")
    assert code["tried_by"] == [{"S": "1188e45f86b80d02c751db05b492833c"}]
    assert code["tries"] == [
        {"S": "324763665a4fc59d2ac7fb11e118cfb53b8fa3f311d471beb6edbfc14cff6045"},
        {"S": "24715c45de3e161f8344bd3166a1a3b95845b652b4b54eafa1bf7c29324c8510"},
    ]
    invalid = entry("otp_invalid", at="2033-05-18T03:34:02.000000Z", stamp="01d1a94ac410", expires="2007776042")
    assert log() == [SENT, invalid]
    assert sorted(items("otp_counters"), key=lambda item: item["key"]) == [
        {"key": f"{NETWORK} 2033-05-18T03", "count": "1", "expires_at": "2000005200"},
        {"key": f"log {NETWORK} 2033-05-18T03", "count": "1", "expires_at": "2000005200"},
    ]


def test_a_code_of_a_challenge_and_one_of_a_browser_lie_under_keys_of_their_own(clock):
    challenge = ask(challenge=True).json()["challenge"]
    clock.shift(60)
    Client().post("/", {"email": ADDRESS})
    found = {item["email"]: item["flow"] for item in items("otp_users")}
    flow = found.pop(f"{ADDRESS} {challenge}")
    assert flow == f"api:{challenge}"
    ((key, flow),) = found.items()
    assert flow.partition(":")[::2] == ("page", key.removeprefix(f"{ADDRESS} "))


def test_an_sms_is_counted_by_network_number_prefix_and_day(settings):
    settings.OTP_SMS, settings.OTP_SMS_COUNTRIES, settings.OTP_SMS_DOMAIN = True, ["AU"], "otp.example"
    assert ask_by_phone().status_code == 200
    assert sorted(items("otp_counters"), key=lambda item: item["key"]) == [
        {"key": f"{NETWORK} 2033-05-18T03", "count": "1", "expires_at": "2000005200"},
        {"key": "sms +6141234* 2033-05-18T00", "count": "1", "expires_at": "2000077200"},
        {"key": "sms +61412345678 2033-05-18T00", "count": "1", "expires_at": "2000077200"},
        {"key": "sms 2033-05-18T00", "count": "1", "expires_at": "2000077200"},
    ]
    (entry,) = log()
    assert entry["channel"] == "sms"
    assert answer_by_phone(CODE).status_code == 200


def test_what_the_second_key_made_is_taken(settings, clock):
    settings.OTP_KEYS = KEYS[1:]
    ask()
    settings.OTP_KEYS = KEYS
    assert items("otp_users")[0]["code_digest"] == CODE_DIGEST_OF_SECOND_KEY
    assert answer(CODE).status_code == 200
