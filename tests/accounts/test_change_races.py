"""Changing an address: all of it or nothing, whatever happens at the same moment, and whatever fails (threat 31)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db.models import Q

from otp.accounts import acting, own, staff
from otp.accounts import change as changing
from otp.accounts.change import Change
from otp.delivery import email
from otp.dynamo.operations import get
from otp.exceptions import (
    AccountInactive,
    AddressTaken,
    CodeNotFound,
    OTPError,
    Unavailable,
)
from otp.local.inbox import mails
from otp.models import Account, Address, Session
from otp.signin import sessions
from tests.support.accounts import account_at, change_account, member
from tests.support.api import ADDRESS, answer, ask, mailed_code
from tests.support.changes import CALLER, NEW, browser_of, confirm, is_whole, proved
from tests.support.faults import cut_off, faulty, lost, refused

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clock")]

OTHER = "another@example.com"


@pytest.fixture
def account():
    return member(ADDRESS)


def together(*works):
    """Each at the same moment; what each raised, or None."""

    def outcome(work):
        try:
            work()
        except (OTPError, own.LastSuperuser, acting.Refused) as refusal:
            return type(refusal)
        return None

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(outcome, work) for work in works]]


def test_of_two_changes_of_one_account_one_is_made(storage, account):
    here = [browser_of(account), browser_of(account)]
    first, second = proved(here[0]), proved(here[1], OTHER)
    code = mailed_code(ADDRESS)  # it serves either: there is one of the old address
    done = together(*(lambda each=each: changing.confirm(each, code, caller=CALLER) for each in (first, second)))
    assert done.count(None) == 1
    winner = (NEW, OTHER)[done.index(None)]
    assert get(Account, account.pk).addresses == [winner]
    assert account_at(winner).pk == account.pk
    assert account_at(ADDRESS) is None
    assert is_whole()


def test_of_two_accounts_that_want_one_address_one_gets_it(storage):
    changes = [proved(browser_of(member(each))) for each in (ADDRESS, OTHER)]
    codes = [mailed_code(each) for each in (ADDRESS, OTHER)]
    done = together(
        *(
            lambda change=change, code=code: changing.confirm(change, code, caller=CALLER)
            for change, code in zip(changes, codes, strict=True)
        )
    )
    assert done.count(None) == 1
    assert is_whole()
    assert (
        len({ADDRESS, OTHER, NEW} & {a for each in Account.objects.order_by("created_at") for a in each.addresses}) == 2
    )


def test_a_change_and_a_deletion_leave_no_address_without_an_account(storage, account):
    here, elsewhere = browser_of(account), browser_of(account)
    change, leaving = proved(here), sessions.account_of(elsewhere.session["_auth_user_id"])
    done = together(lambda: confirm(change), lambda: own.delete(leaving))
    assert done.count(None) == 1
    assert is_whole()
    assert bool(get(Account, account.pk)) == (done[0] is None)


def test_a_change_and_a_deactivation_leave_it_whole_and_inactive(storage, account):
    boss = member("boss@example.com", role=Account.Role.STAFF)
    change = proved(browser_of(account))
    done = together(lambda: confirm(change), lambda: staff.deactivate(account.pk, by=boss))
    if done[1] is not None:  # staff's was the later one, and the address that it follows had gone: they try again
        staff.deactivate(account.pk, by=boss)
    assert is_whole()
    assert not get(Account, account.pk).is_active
    assert Session.objects.filter(subject=account.pk)[0].epoch != get(Account, account.pk).session_epoch


@pytest.mark.parametrize("meanwhile", ["revoked", "replaced"])
def test_a_code_that_ends_while_it_is_compared_proves_nothing(account, meanwhile):
    boss = member("boss@example.com", role=Account.Role.STAFF)
    change = Change(sessions.account_of(browser_of(account).session["_auth_user_id"]), NEW)
    changing.send(change, NEW, caller=CALLER)

    def end_it(request, send):
        if meanwhile == "revoked":
            staff.revoke(change.flow.key(NEW), by=boss)
        else:
            Address.objects.filter(pk=NEW).update(sends=[])
            changing.send(change, NEW, caller=CALLER)
        return send(request)

    with faulty("GetItem", end_it), pytest.raises(CodeNotFound):
        changing.prove(change, mailed_code(NEW), caller=CALLER)


def test_of_a_newcomer_and_a_change_to_the_same_address_one_has_it(storage, account):
    change = proved(browser_of(account))
    Address.objects.filter(pk=NEW).update(sends=[])
    ask(NEW)
    newcomer = mailed_code(NEW)
    answered = []
    done = together(lambda: confirm(change), lambda: answered.append(answer(newcomer, NEW).status_code))
    assert (done[0] is None) != (answered == [200])
    assert account_at(NEW)
    assert (account_at(NEW).pk == account.pk) == (done[0] is None)
    assert is_whole()


@pytest.mark.parametrize(
    ("meanwhile", "refusal"),
    [
        (lambda account: change_account(ADDRESS, is_active=False), AccountInactive),
        (own.sign_out_everywhere, Unavailable),
        (own.delete, Unavailable),
        (lambda account: member(NEW), AddressTaken),
        (lambda account: Session.objects.filter(subject=account.pk).delete(), Unavailable),
    ],
    ids=["deactivated", "signed out everywhere", "deleted", "taken", "signed out"],
)
def test_what_happens_between_the_code_and_the_transaction_decides(account, meanwhile, refusal):
    change = proved(browser_of(account))

    def then(request, send):
        meanwhile(account)
        return send(request)

    with faulty("TransactWriteItems", then), pytest.raises(refusal):
        confirm(change)
    assert is_whole()
    assert not Session.objects.filter(Q(subject=account.pk), address=NEW).exists()


def test_a_change_whose_response_is_lost_for_good_is_made_and_sends_its_notice(account):
    """The transaction was written; botocore's repetitions got no answer either."""
    change = proved(browser_of(account))
    with faulty("TransactWriteItems", *[lost] * 3):
        confirm(change)
    assert account_at(NEW).pk == account.pk
    assert any("sends your codes somewhere else" in mail.text for mail in mails_to(ADDRESS))


def test_a_change_that_fails_may_be_said_again_with_the_same_code(account):
    change = proved(browser_of(account))
    with faulty("TransactWriteItems", *[refused] * 9), pytest.raises(Unavailable):
        confirm(change)
    assert account_at(ADDRESS)
    confirm(change)
    assert account_at(NEW).pk == account.pk


def test_a_notice_that_can_not_be_sent_holds_nothing_up(account):
    change = proved(browser_of(account))
    code = mailed_code(ADDRESS)
    with faulty("SendEmail", cut_off, of=email.backend().connection):
        changing.confirm(change, code, caller=CALLER)
    assert account_at(NEW).pk == account.pk


def mails_to(address):
    return [mail for mail in mails() if mail.to == [address]]
