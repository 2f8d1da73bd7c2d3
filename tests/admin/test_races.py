"""Twenty parallel actions of staff during an attempt: no update is lost, and no ended code works again."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db.utils import OperationalError

from otp.accounts import acting, staff
from otp.exceptions import OTPError
from otp.models import AuditEntry, Code, LogEntry
from tests.support.accounts import account_at, member
from tests.support.api import ADDRESS, answer, ask, mailed_code, other_than

pytestmark = pytest.mark.slow

STAFF = 20


@pytest.fixture(
    params=[
        pytest.param("embedded", id="embedded"),
        pytest.param("dynamodb_local", id="dynamodb-local", marks=pytest.mark.dynamodb_local),
    ]
)
def twenty(request):
    """Twenty superusers, on either DynamoDB."""
    if request.param != "embedded":
        request.getfixturevalue(request.param)
    for number in range(STAFF):
        staff.appoint_by_command(f"boss{number}@staff.example", "superuser")
    return [account_at(f"boss{number}@staff.example") for number in range(STAFF)]


def outcome(work):
    """The outcome of a request, which distinguishes a refusal from a lost race for an item."""
    try:
        work()
    except (acting.Refused, OTPError, OperationalError) as refusal:
        return type(refusal).__name__
    return "done"


def all_at_once(*works):
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(outcome, work) for work in works]]


def audited(kind, action):
    return [
        each.actor for each in AuditEntry.objects.order_by("created_at") if each.kind == kind and each.action == action
    ]


def test_twenty_revocations_and_the_correct_code_have_one_of_two_results(twenty):
    ask()
    code, responses = mailed_code(), []
    done = all_at_once(
        *(lambda by=by: staff.revoke(ADDRESS, by=by) for by in twenty), lambda: responses.append(answer(code))
    )
    status = Code.objects.get(pk=ADDRESS).status
    revoked = Counter(done[:STAFF])["done"]
    signed_in = responses[0].status_code == 200
    assert (status, revoked, signed_in) in [("REVOKED", 1, False), ("VERIFIED", 0, True), ("PENDING", 0, False)]
    assert len(audited("code", "revoke")) == revoked
    verified = [each for each in LogEntry.objects.filter(address=ADDRESS) if each.outcome == "otp_verified"]
    assert len(verified) == signed_in
    if status != "PENDING":
        assert answer(code).status_code == 404, "the final status must not change"


def test_attempts_counted_while_staff_act_stay_counted(twenty):
    ask()
    wrong, responses, subject = other_than(mailed_code()), [], member(ADDRESS).pk
    all_at_once(
        *(lambda by=by: staff.sign_out_everywhere(subject, by=by) for by in twenty[:5]),
        *[lambda: responses.append(answer(wrong).status_code)] * 10,
        *(lambda by=by: staff.unlock(ADDRESS, by=by) for by in twenty[5:]),
    )
    code = Code.objects.get(pk=ADDRESS)
    assert code.attempts == len(code.attempt_keys)
    assert responses.count(401) <= code.attempts <= min(6, responses.count(401) + responses.count(503))
    assert len(audited("address", "unlock")) == 1


def test_a_user_deactivated_during_their_sign_in_is_signed_out(twenty):
    subject = member(ADDRESS).pk
    ask()
    code = mailed_code()
    done = all_at_once(*(lambda by=by: staff.deactivate(subject, by=by) for by in twenty), lambda: answer(code))
    account = account_at(ADDRESS)
    assert Counter(done[:STAFF])["done"] == len(audited("account", "deactivate")) == (not account.is_active)


def test_twenty_superusers_who_remove_each_other_leave_at_least_one(twenty):
    works = [
        lambda by=by, other=other: staff.dismiss(other.pk, by=by)
        for by, other in zip(twenty, twenty[1:] + twenty[:1], strict=True)
    ]
    done = all_at_once(*works)
    assert len(staff.staff_accounts()) == STAFF - Counter(done)["done"] >= 1
