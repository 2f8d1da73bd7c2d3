"""Actions of staff on other accounts: each is one transaction, with its entry in the audit log."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from otp.accounts import acting, staff
from otp.exceptions import Unavailable
from otp.models import Address, AuditEntry, Code, Suppression
from tests.support.accounts import account_at, change_account, member
from tests.support.api import ADDRESS, answer, ask, mailed_code, other_than, sent_to
from tests.support.faults import error, faulty


def made(role, address=None):
    address = address or f"{role}@staff.example"
    staff.appoint_by_command(address, role)
    return account_at(address)


def person(address=ADDRESS):
    return member(address)


def audit():
    entries = AuditEntry.objects.order_by("created_at")
    return [(each.actor_name, each.action, each.kind, each.name) for each in entries if each.actor != "manage.py"]


def test_a_revoked_code_does_not_sign_in():
    ask()
    staff.revoke(ADDRESS, by=made("staff"))
    assert answer(mailed_code()).json()["code"] == "otp_not_found"
    assert audit() == [("staff@staff.example", "revoke", "code", ADDRESS)]


def test_an_action_is_one_transaction_of_change_entry_and_check(requests_log):
    ask()
    by = made("staff")
    requests_log.clear()
    staff.revoke(ADDRESS, by=by)
    assert requests_log.operations == ["TransactWriteItems"]
    change, entry, check = requests_log.requests[0][1]["TransactItems"]
    assert change["Update"]["ConditionExpression"] == "attribute_exists(#code_digest) AND #status = :1"
    assert entry["Put"]["TableName"] == "otp_audit"
    assert check["ConditionCheck"]["Key"] == {"subject": {"S": by.pk}}


@pytest.mark.parametrize(("status", "why"), [(Code.Status.VERIFIED, "It was used"), (Code.Status.REVOKED, "revoked")])
def test_an_ended_code_is_not_changed(status, why):
    ask()
    Code.objects.filter(pk=ADDRESS).update(status=status)
    with pytest.raises(acting.Refused, match=why):
        staff.revoke(ADDRESS, by=made("staff"))
    assert Code.objects.get(pk=ADDRESS).status == status
    assert audit() == []


def test_a_deleted_code_is_not_created_again():
    with pytest.raises(acting.Refused):
        staff.revoke(ADDRESS, by=made("staff"))
    assert not Code.objects.filter(pk=ADDRESS).exists()


def test_an_unlocked_address_is_sent_the_next_code_at_once():
    ask()
    assert ask().status_code == 429
    staff.unlock(ADDRESS, by=made("staff"))
    assert ask().status_code == 200
    assert audit() == [("staff@staff.example", "unlock", "address", ADDRESS)]


def test_a_parallel_unlock_and_send_lose_nothing():
    ask()
    before = Address.objects.get(pk=ADDRESS).last_write
    staff.unlock(ADDRESS, by=made("staff"))
    record = Address.objects.get(pk=ADDRESS)
    assert record.last_write != before, "a send that read the old record must read it again"
    with pytest.raises(acting.Refused, match="Its budget is unused"):
        staff.unlock(ADDRESS, by=made("staff"))


def test_a_deactivated_account_is_signed_out_until_it_is_reactivated():
    client, account, by = Client(), person(), made("staff")
    client.force_login(account)
    staff.deactivate(account.pk, by=by)
    assert client.get("/account/").status_code == 302
    ask()
    assert answer(mailed_code()).json()["code"] == "account_inactive"
    staff.reactivate(account.pk, by=by)
    assert client.get("/account/").status_code == 302, "the old session must stay ended"
    assert [action for _, action, _, _ in audit()] == ["deactivate", "reactivate"]


def test_signing_out_everywhere_ends_the_session_only():
    client, account = Client(), person()
    client.force_login(account)
    staff.sign_out_everywhere(account.pk, by=made("staff"))
    assert client.get("/account/").status_code == 302
    assert account_at(ADDRESS).is_active


@pytest.mark.parametrize("verb", [staff.sign_out_everywhere, staff.deactivate, staff.reactivate])
def test_staff_do_not_act_on_staff_but_a_superuser_does(verb):
    other, boss = made("viewer"), made("superuser")
    change_account(other.address, is_active=verb != staff.reactivate)
    with pytest.raises(acting.Refused, match="only superusers"):
        verb(other.pk, by=made("staff"))
    verb(other.pk, by=boss)
    assert [actor for actor, *_ in audit()] == [boss.address]


@pytest.mark.parametrize("verb", [staff.sign_out_everywhere, staff.deactivate, staff.appoint, staff.dismiss])
def test_nobody_can_act_on_their_own_account(verb):
    boss = made("superuser")
    with pytest.raises(acting.Refused, match="your own account"):
        verb(boss.pk, by=boss)
    assert account_at(boss.address).is_superuser


def test_superusers_make_and_remove_staff():
    boss, subject = made("superuser"), person().pk
    staff.appoint(subject, by=boss)
    assert account_at(ADDRESS).role == "staff"
    with pytest.raises(acting.Refused, match="staff already"):
        staff.appoint(subject, by=boss)
    staff.dismiss(subject, by=boss)
    assert account_at(ADDRESS).role is None
    with pytest.raises(acting.Refused, match="has no role"):
        staff.dismiss(subject, by=boss)


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_others_cannot_manage_staff_however_it_is_called(role):
    subject = person().pk
    with pytest.raises(acting.Refused, match="no longer"):
        staff.appoint(subject, by=made(role))
    assert account_at(ADDRESS).role is None


@pytest.mark.parametrize("change", [{"role": None}, {"role": "viewer"}, {"is_active": False}])
def test_staff_who_have_just_lost_their_role_cannot_act(change):
    ask()
    by = made("staff")
    change_account(by.address, **change)
    with pytest.raises(acting.Refused, match="no longer"):
        staff.revoke(ADDRESS, by=by)
    assert Code.objects.get(pk=ADDRESS).status == "PENDING"
    assert audit() == []


def test_a_superuser_demoted_a_moment_ago_cannot_act_on_staff():
    other, boss = made("viewer"), made("superuser")
    change_account(boss.address, role="staff")
    with pytest.raises(acting.Refused, match="no longer"):
        staff.deactivate(other.pk, by=boss)
    assert account_at(other.address).is_active


def test_two_superusers_cannot_remove_each_other_and_leave_none():
    one, two = made("superuser", "one@staff.example"), made("superuser", "two@staff.example")
    staff.dismiss(two.pk, by=one)
    with pytest.raises(acting.Refused):
        staff.dismiss(one.pk, by=two)
    assert [each.pk for each in staff.staff_accounts()] == [one.pk]


def test_nothing_changes_if_the_audit_log_cannot_be_written():
    ask()
    by = made("staff")
    busy = [error("ProvisionedThroughputExceededException")] * 2
    with faulty("TransactWriteItems", *busy), pytest.raises(Unavailable):
        staff.revoke(ADDRESS, by=by)
    assert answer(other_than(mailed_code())).status_code == 401
    assert audit() == []


# -- manage.py staff -------------------------------------------------------------------------------


def command(*args):
    out = StringIO()
    call_command("staff", *args, stdout=out)
    return out.getvalue()


def test_the_first_superuser_is_appointed_on_the_command_line():
    assert "is now superuser" in command("add", " Boss@Staff.Example", "--superuser")
    boss = account_at("boss@staff.example")
    assert (boss.is_superuser, boss.signed_in_at, boss.created_at is None) == (True, None, False)
    assert [entry.action for entry in AuditEntry.objects.filter(actor="manage.py")] == ["make_superuser"]


def test_appointing_an_existing_account_keeps_its_data():
    ask()
    answer(mailed_code())
    before = account_at(ADDRESS)
    command("add", ADDRESS)
    after = account_at(ADDRESS)
    assert (after.role, after.session_epoch, after.created_at) == ("staff", before.session_epoch, before.created_at)


def test_the_list_shows_accounts_with_a_role():
    person()
    command("add", "b@staff.example")
    command("add", "a@staff.example", "--viewer")
    change_account("a@staff.example", is_active=False)
    assert command("list").splitlines() == ["staff      b@staff.example", "viewer     a@staff.example  (deactivated)"]


def test_a_role_can_be_removed_even_from_the_last_superuser():
    command("add", ADDRESS, "--superuser")
    command("remove", ADDRESS)
    assert command("list") == ""
    with pytest.raises(CommandError, match="has no role"):
        command("remove", ADDRESS)


@pytest.mark.parametrize("args", [("add", "nonsense"), ("add",), ("add", ADDRESS, "--viewer", "--superuser"), ()])
def test_invalid_parameters_are_refused(args):
    with pytest.raises(CommandError):
        command(*args)
    assert account_at(ADDRESS) is None


def test_a_superuser_whose_mail_came_back_gets_codes_again_by_the_command_line():
    account = made("superuser")
    Suppression.objects.create(address=account.address, reason="bounce", created_at=timezone.now())
    ask(account.address)
    assert not sent_to(account.address)
    call_command("staff", "lift", account.address, stdout=StringIO())
    Address.objects.filter(pk=account.address).update(sends=[])
    ask(account.address)
    assert sent_to(account.address)
    assert AuditEntry.objects.filter(actor=acting.COMMAND_LINE).order_by("-created_at")[0].action == "lift"
    with pytest.raises(CommandError, match="isn't suppressed"):
        call_command("staff", "lift", account.address)
