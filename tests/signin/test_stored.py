"""Every item of a sign-in, attribute by attribute, under two keys: what an update of the site must still read.

The digests were made by another program: `printf 4:code4:api:18:person@example.com6:048213 | openssl dgst -sha256 -hmac
first-key-0123456789-0123456789-01`.
"""

import pytest
import time_machine
from django.test import Client

from otp import rules
from otp.dynamo.client import client as dynamodb
from otp.tokens import keyring
from tests.support.verbs import ADDRESS, answer, answer_by_phone, ask, ask_by_phone, refresh

NOON = 2_000_000_000  # 2033-05-18T03:33:20Z
CODE = "048213"
KEYS = ["first-key-0123456789-0123456789-01", "second-key-0123456789-0123456789-0"]
NETWORK = "ac0500426a85b3373879078b64d8e289"
CODE_DIGEST = "7dd6051420a3a31b53297f01f66546fdb6c339aac8213e09bcdf422a934f7533"
CODE_DIGEST_OF_SECOND_KEY = "b5e5884fb2bce89278ecdf5e811af3837c32d61e2ceebfb8bb781b2915672b61"
SEND, TRY = "361dad975c2705cda5d250ac7c959536", "9b2304ac00d8eadd4cdcc1ac422dad0c"
FAMILY = "886819919dcb6ac96cd9e79461f95cb6965a1d27ff147f332974860c0954a1d5"
TOKEN = (
    "2947233866ff76f1255b802cb818d3e9ac5e819ee270e1fda3fda1db0d14884d."
    "26ba25e95270a041dcfd023740a611581906c0f066f9d931b1d1c5f98ad160d7"
)
FOLLOWING = (
    "2947233866ff76f1255b802cb818d3e9ac5e819ee270e1fda3fda1db0d14884d."
    "2021ee38c43d2598a59c7e66d97cfa3c25b9b0aaaa3539b0f3cae6c559db7da2"
)
TOKEN_DIGEST = "7bb3d2c38c70b06d28381477bb009763e963741a24c58ab7a395d70c57e0dabe"
FOLLOWING_DIGEST = "4af8e9d9ccc70ec088bc776f45cb27f3908e60ba230e294806e4509cc30c0a00"


@pytest.fixture(autouse=True)
def clock(settings, monkeypatch):
    settings.OTP_KEYS, settings.OTP_JWT_KEYS, settings.OTP_LOG_IP_PREFIX = KEYS, [keyring.new_key()], 24
    monkeypatch.setattr(rules, "new_code", lambda: CODE)
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def items(table):
    """All items of a table, each as its attributes without their types."""
    found = dynamodb().scan(TableName=table)["Items"]
    return [{name: next(iter(typed.values())) for name, typed in item.items()} for item in found]


def headers(key):
    return {"Idempotency-Key": key, "User-Agent": "probe/1"}


def sign_in(clock):
    """Ask for a code, and 42 seconds later answer with it."""
    ask(headers=headers("7"))
    clock.shift(42)
    return answer(CODE, headers=headers("9")).json()


def entry(outcome, *, at, stamp, expires, **more):
    """A line of the log but for its id, of which only the time is known beforehand."""
    return {
        "address": ADDRESS,
        "outcome": outcome,
        "channel": "email",
        "flow": "api",
        "ip_hash": NETWORK,
        "ip_prefix": "127.0.0.0/24",
        "user_agent": "probe/1",
        "created_at": at,
        "expires_at": expires,
        "shard": "0",
        "of_outcome": f"{outcome}#0",
        "of_channel": "email#0",
        "of_flow": "api#0",
        "id": stamp,
        **more,
    }


def log():
    """The log's items; of what is random in an id, only its length is kept."""
    found = items("otp_attempts")
    for item in found:
        time, _, own = item["created_at"].partition("#")
        assert (item["id"], len(own)) == (own, 32)
        item |= {"created_at": time, "id": own[:12]}
    return sorted(found, key=lambda item: (item["id"], item["outcome"]))


SENT = entry("otp_sent", at="2033-05-18T03:33:20.000000Z", stamp="01d1a94a2000", expires="2007776000")


def test_a_send_stores_its_code_its_budget_its_count_and_its_line_in_the_log():
    assert ask(headers=headers("7")).json()["retry_after"] == 60
    assert items("otp_users") == [
        {
            "email": ADDRESS,
            "address": ADDRESS,
            "send": f"01d1a94a2000{SEND[:20]}",
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
    assert (entry["channel"], entry["of_channel"]) == ("sms", "sms#0")
    assert answer_by_phone(CODE).status_code == 200


# -- tokens ----------------------------------------------------------------------------------------


def test_a_family_is_stored_as_digests_and_its_first_token_comes_from_the_request(clock):
    assert sign_in(clock)["refresh_token"] == TOKEN
    (account,) = items("otp_accounts")
    family = {
        "key": FAMILY,
        "address": ADDRESS,
        "epoch": account["session_epoch"],
        "newest": TOKEN_DIGEST,
        "created_at": "2033-05-18T03:34:02.000000Z",
        "rotated_at": "2033-05-18T03:34:02.000000Z",
        "expires_at": "2002592042",
    }
    assert items("otp_refresh_families") == [family]
    clock.shift(10)
    assert refresh(TOKEN).json()["refresh_token"] == FOLLOWING
    rotated = {"newest": FOLLOWING_DIGEST, "parent": TOKEN_DIGEST, "rotated_at": "2033-05-18T03:34:12.000000Z"}
    assert items("otp_refresh_families") == [{**family, **rotated}]


def test_a_reused_token_is_logged_as_what_it_is(clock):
    sign_in(clock)
    refresh(TOKEN)
    clock.shift(31)
    Client().post(
        "/otp",
        {"action": "refresh_token", "refresh_token": TOKEN},
        content_type="application/json",
        headers={"User-Agent": "probe/1"},
    )
    assert items("otp_refresh_families") == []
    reused = entry("refresh_token_reused", at="2033-05-18T03:34:33.000000Z", stamp="01d1a94b3d28", expires="2007776073")
    assert log()[-1] == reused


# -- the second key --------------------------------------------------------------------------------


def test_what_the_second_key_made_is_taken(settings, clock):
    settings.OTP_KEYS = KEYS[1:]
    ask()
    settings.OTP_KEYS = KEYS
    assert items("otp_users")[0]["code_digest"] == CODE_DIGEST_OF_SECOND_KEY
    assert answer(CODE).status_code == 200


def test_what_is_made_is_made_with_the_first_key_alone(settings, clock):
    token = sign_in(clock)["refresh_token"]
    settings.OTP_KEYS = KEYS[:1]
    following = refresh(token).json()["refresh_token"]
    settings.OTP_KEYS = KEYS[1:]
    assert refresh(following).status_code == 401
