"""`manage.py accounts import|export`."""

import json

import pytest
from django.db.utils import OperationalError

from otp.accounts import transfer
from otp.dynamo.operations import get
from otp.models import Account, Address, AuditEntry
from otp.tokens import keyring
from tests.support.accounts import account_at, member
from tests.support.api import ADDRESS, answer, ask, mailed_code, me, refresh, signed_in
from tests.support.faults import faulty, refused
from tests.support.transfer import MADE, dump, everything, load, people

pytestmark = pytest.mark.slow

SUB = "2f1d7e9a-5b7c-4c0e-9d55-0a1b2c3d4e5f"
ADA = {"sub": SUB, "email": ADDRESS, "created_at": MADE}
PHONE = "+61412345678"


@pytest.fixture
def file(tmp_path):
    """Call it with objects, or lines of text, for the name of a file of them."""

    def write(*lines):
        path = tmp_path / "people.jsonl"
        path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
        return str(path)

    return write


def test_an_account_keeps_its_sub_and_its_time_and_signs_in(file, clock):
    assert load(file(ADA)) == ("1 added, 0 unchanged, 0 bad.", [])
    account = account_at(ADDRESS)
    assert (account.pk, account.created_at.isoformat(), account.role) == (SUB, MADE, None)
    ask()
    assert answer(mailed_code()).status_code == 200
    assert account_at(ADDRESS).pk == SUB


def test_a_sub_of_64_characters_gets_tokens_that_are_refreshed(file, clock, settings):
    settings.OTP_JWT_KEYS, settings.OTP_JWT_ISSUER = [keyring.new_key()], "https://otp.example"
    sub = "auth0|" + "x.y-" * 14 + "z!"
    load(file({**ADA, "sub": sub}))
    tokens = signed_in()
    assert me(tokens["access_token"]).json()["sub"] == sub
    assert refresh(tokens["refresh_token"]).status_code == 200


def test_all_fields_are_taken_over_and_come_out_again(file):
    line = {**ADA, "phone": PHONE, "role": "viewer", "active": False}
    load(file(line))
    assert dump() == [line]
    assert get(Address, PHONE).account == get(Address, ADDRESS).account == SUB
    (entry,) = AuditEntry.objects.filter(kind="account", key=SUB).order_by("-created_at")
    assert (entry.action, entry.actor) == ("make_viewer", "manage.py")


def test_imported_again_nothing_changes(file):
    lines = people(60)
    assert load(file(*lines))[0] == "60 added, 0 unchanged, 0 bad."
    before = everything()
    assert load(file(*lines))[0] == "0 added, 60 unchanged, 0 bad."
    assert load(file(*dump()))[0] == "0 added, 60 unchanged, 0 bad."
    assert everything() == before


def test_what_somebody_did_since_stays(file, clock):
    load(file(ADA))
    Account.objects.filter(pk=SUB).update(role="staff", is_active=False)
    before = everything()
    assert load(file({**ADA, "role": "superuser"}))[0] == "0 added, 1 unchanged, 0 bad."
    assert everything() == before


def test_killed_half_way_and_repeated_nothing_is_lost_or_doubled(file):
    lines = people(60)
    for done in range(3):
        passed = [lambda request, send: send(request)] * min(done, 1)
        with faulty("TransactWriteItems", *passed, *[refused] * 9), pytest.raises(OperationalError):
            load(file(*lines))
        assert len(dump()) == 25 * done
    assert load(file(*lines))[0] == "10 added, 50 unchanged, 0 bad."
    assert len(dump()) == 60
    assert {each["sub"] for each in dump()} == {each["sub"] for each in lines}


def test_a_dry_run_says_the_same_and_writes_nothing(file):
    load(file(ADA))
    before = everything()
    assert load(file(ADA, *people(30), "x"), dry_run=True) == (
        "30 would be added, 1 unchanged, 1 bad.",
        ["line 32: not JSON"],
    )
    assert everything() == before


BAD = [
    ("nothing", "not JSON"),
    ("[]", "not an object"),
    ('{"email": "a@example.com", "password": "x"}', "not an object with only"),
    ("{}", "neither email nor phone"),
    ('{"email": "nobody"}', "email is not an address"),
    ('{"email": 7}', "email is not an address"),
    ('{"phone": "0412345678"}', "phone must be"),
    ('{"email": "a@example.com", "sub": "a b"}', "sub must be"),
    ('{"email": "a@example.com", "sub": ""}', "sub must be"),
    ('{"email": "a@example.com", "sub": "' + "x" * 65 + '"}', "sub must be"),
    ('{"email": "a@example.com", "role": "king"}', "role must be"),
    ('{"email": "a@example.com", "active": "no"}', "active must be"),
    ('{"email": "a@example.com", "created_at": "2024-05-01T08:00:00"}', "created_at must be"),
    ('{"email": "a@example.com", "created_at": 7}', "created_at must be"),
    ('{"email": "a@example.com", "created_at": "2024-13-01T08:00:00Z"}', "created_at must be"),
]


def test_bad_lines_are_named_with_their_number_and_the_rest_is_done(file):
    said, complaints = load(file(*people(2), *(text for text, _ in BAD), ADA))
    assert said == f"3 added, 0 unchanged, {len(BAD)} bad."
    named = [line for line in complaints if line.startswith("line ")]
    assert [line.partition(":")[0] for line in named] == [f"line {number}" for number in range(3, 3 + len(BAD))]
    for line, (_, reason) in zip(named, BAD, strict=True):
        assert reason in line
    assert account_at(ADDRESS)


@pytest.mark.parametrize(
    "line",
    [
        {"sub": "another", "email": ADDRESS},
        {"sub": SUB, "email": "another@example.com"},
        {"sub": SUB, "email": ADDRESS, "phone": PHONE},
        {"email": ADDRESS, "phone": PHONE},
    ],
)
def test_an_account_that_is_there_in_part_is_not_added_to(file, line):
    load(file(ADA))
    before = everything()
    assert load(file(line))[0] == "0 added, 0 unchanged, 1 bad."
    assert everything() == before


def test_a_line_without_sub_finds_its_account_by_the_address(file):
    subject = member(ADDRESS).pk
    assert load(file({"email": ADDRESS.upper()}))[0] == "0 added, 1 unchanged, 0 bad."
    assert account_at(ADDRESS).pk == subject


def test_two_lines_of_one_address_in_one_file(file):
    said, complaints = load(file(ADA, ADA, {**ADA, "sub": "another"}))
    assert said == "1 added, 1 unchanged, 1 bad."
    assert complaints == ["line 3: its address belongs to an account with another sub"]


def test_an_account_that_is_made_meanwhile_is_seen(file):
    def made_meanwhile(request, send):
        member("person0@example.com")
        return send(request)

    with faulty("TransactWriteItems", made_meanwhile):
        said, complaints = load(file(*people(3)))
    assert said == "2 added, 0 unchanged, 1 bad."
    assert complaints[0].startswith("line 1: ")


def test_a_code_on_its_way_makes_no_second_account_of_an_imported_address(file, clock):
    ask()
    load(file(ADA))
    assert answer(mailed_code()).status_code == 404
    assert [account.pk for account in Account.objects.order_by("created_at")] == [SUB]


def test_a_batch_costs_one_read_and_one_transaction(file, requests_log):
    load(file(*people(transfer.BATCH)))
    assert requests_log.operations == ["BatchGetItem", "TransactWriteItems"]
