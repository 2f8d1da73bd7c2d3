"""Every attribute of every item that a sign-in stores: an updated site must still be able to read them.

The digests come from another program: `printf 4:code4:api:18:person@example.com6:048213 | openssl dgst -sha256 -hmac
first-key-0123456789-0123456789-01`.
"""

import pytest
from django.test import Client

from tests.support.api import ADDRESS, answer, answer_by_phone, ask, ask_by_phone
from tests.support.stored import CODE, KEYS, NETWORK, entry, headers, items, log, sign_in

pytestmark = pytest.mark.usefixtures("known_secrets")

CODE_DIGEST = "7dd6051420a3a31b53297f01f66546fdb6c339aac8213e09bcdf422a934f7533"
CODE_DIGEST_OF_SECOND_KEY = "b5e5884fb2bce89278ecdf5e811af3837c32d61e2ceebfb8bb781b2915672b61"
SEND, TRY = "0bf01d741f313c7ac407adc5ce846713", "5fed93b1d121ad954d45e9560d89991b"
SID = "16556538c08dfae708019845cf2bdbfe"
SENT = entry("otp_sent", at="2033-05-18T03:33:20.000000Z", stamp="01d1a94a2000", expires="2007776000")


def test_a_send_stores_a_code_a_budget_a_quota_and_a_log_entry():
    assert ask(headers=headers("7")).json()["retry_after"] == 60
    (address,) = items("otp_addresses")
    pointer = {name: address[name] for name in ("account", "epoch")}
    assert [len(each) for each in pointer.values()] == [32, 16]
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
            **pointer,
            "may_create": True,
            "attempt_keys": [],
            "created_at": f"2033-05-18T03:33:20.000000Z#{ADDRESS}",
            "otp_expiry": "2000000900",
            "shard": "0",
        }
    ]
    assert address == {
        "address": ADDRESS,
        **pointer,
        "sends": [{"N": "2000000000"}],
        "last_write": f"01d1a94a2000{SEND[:20]}",
        "expires_at": "2000088200",
        "shard": "0",
    }
    assert items("otp_counters") == [{"key": f"{NETWORK} 2033-05-18T03", "count": "1", "expires_at": "2000005200"}]
    assert log() == [{**SENT, "account": pointer["account"]}]


def test_a_correct_code_is_ended_and_stores_an_account_a_session_and_a_log_entry(clock):
    sign_in(clock)
    (code,) = items("otp_users")
    assert (code["status"], code["attempts"], code["attempt_keys"]) == ("VERIFIED", "0", [{"S": TRY}])
    assert code["sid"] == SID
    (address,) = items("otp_addresses")
    assert address["sends"] == [{"N": "2000000000"}]
    assert (address["joined_at"], address["expires_at"]) == ("2033-05-18T03:34:02.000000Z", "253402214400")
    (account,) = items("otp_accounts")
    assert account == {
        "addresses": [{"S": ADDRESS}],
        "subject": address["account"],
        "session_epoch": address["epoch"],
        "is_active": True,
        "created_at": f"2033-05-18T03:34:02.000000Z#{address['account']}",
        "signed_in_at": "2033-05-18T03:34:02.000000Z",
        "shard": "0",
    }
    assert items("otp_sessions") == [
        {
            "subject": address["account"],
            "sid": SID,
            "kind": "program",
            "epoch": address["epoch"],
            "address": ADDRESS,
            "user_agent": "probe/1",
            "ip_prefix": "127.0.0.0/24",
            "refreshes": "0",
            "created_at": "2033-05-18T03:34:02.000000Z",
            "used_at": "2033-05-18T03:34:02.000000Z",
            "expires_at": "2002592042",
        }
    ]
    verified = entry(
        "otp_verified", at="2033-05-18T03:34:02.000000Z", stamp="01d1a94ac410", expires="2007776042", took="42"
    )
    assert log() == [{**each, "account": address["account"]} for each in (SENT, verified)]
    assert len(items("otp_counters")) == 1


def test_a_wrong_code_is_counted_and_stores_a_log_entry(clock):
    ask(headers=headers("7"))
    clock.shift(42)
    answer("000000", headers=headers("8"))
    (code,) = items("otp_users")
    assert (code["status"], code["attempts"]) == ("PENDING", "1")
    assert code["attempt_keys"] == [{"S": "dd04bc31151cda43770907a7eb28d7e4"}]
    invalid = entry("otp_invalid", at="2033-05-18T03:34:02.000000Z", stamp="01d1a94ac410", expires="2007776042")
    assert log() == [{**each, "account": code["account"]} for each in (SENT, invalid)]
    assert sorted(items("otp_counters"), key=lambda item: item["key"]) == [
        {"key": f"{NETWORK} 2033-05-18T03", "count": "1", "expires_at": "2000005200"},
        {"key": f"log {NETWORK} 2033-05-18T03", "count": "1", "expires_at": "2000005200"},
    ]


def test_codes_of_a_challenge_and_of_a_browser_have_their_own_keys(clock):
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


def test_digests_of_the_second_key_are_accepted(settings, clock):
    settings.OTP_KEYS = KEYS[1:]
    ask()
    settings.OTP_KEYS = KEYS
    assert items("otp_users")[0]["code_digest"] == CODE_DIGEST_OF_SECOND_KEY
    assert answer(CODE).status_code == 200
