"""The sessions of an account: found by its address, ended one by one, and read in the account's history."""

import pytest
from django.contrib.admin.utils import quote

from otp.accounts import own
from otp.models import AuditEntry, Session
from otp.signin import sessions
from tests.admin.conftest import act, said
from tests.support.accounts import account_at, member
from tests.support.api import ADDRESS

pytestmark = pytest.mark.slow

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LIST = "/admin/otp/session/"


@pytest.fixture
def person():
    return member(ADDRESS)


def listed(page):
    return {session.pk for session in page.context["cl"].result_list}


def test_without_an_address_none_is_listed_and_the_page_says_what_to_do(viewer, person):
    sessions.begin(person, FIREFOX)
    page = viewer.get(LIST)
    assert listed(page) == set()
    assert "An exact address, to list the sessions of its account" in page.text


def test_those_of_an_account_are_found_by_its_address(viewer, person, requests_log):
    begun = {sessions.begin(person, FIREFOX).pk for _ in range(3)}
    sessions.begin(member("other@example.com"), FIREFOX)
    requests_log.clear()
    page = viewer.get(f"{LIST}?q={ADDRESS}")
    assert listed(page) == begun
    assert "Firefox on Linux" in page.text
    assert FIREFOX not in page.text
    assert requests_log.operations == ["BatchGetItem", "GetItem", "GetItem", "Query"]


def test_more_than_a_page_of_them_are_paged(viewer, person):
    begun = {sessions.begin(person, "").pk for _ in range(30)}
    first = viewer.get(f"{LIST}?q={ADDRESS}")
    second = viewer.get(LIST + first.context["cl"].older_url)
    assert (len(listed(first)), listed(first) | listed(second)) == (25, begun)


def test_those_that_were_ended_are_not_listed(viewer, person):
    sessions.begin(person, "")
    own.sign_out_everywhere(person)
    assert listed(viewer.get(f"{LIST}?q={ADDRESS}")) == set()


def test_one_is_ended_and_the_account_s_history_says_by_whom(enter, person):
    one, other = sessions.begin(person, ""), sessions.begin(person, "")
    staff = enter("staff")
    assert said(act(staff, "session", "end", one.pk)) == ["1 signed out."]
    assert sessions.account_of(one.pk) is None
    assert sessions.account_of(other.pk)
    (entry,) = AuditEntry.objects.filter(kind="account", key=person.pk).order_by("-created_at")
    assert (entry.action, entry.actor_name, entry.name) == ("end_session", "staff@staff.example", ADDRESS)
    assert "Signed out in one place" in staff.get(f"/admin/otp/account/{quote(person.pk)}/history/").text


def test_a_second_click_finds_it_gone(enter, person):
    one, staff = sessions.begin(person, ""), enter("staff")
    act(staff, "session", "end", one.pk)
    assert said(act(staff, "session", "end", one.pk)) == ["The session: It is gone."]
    assert len(AuditEntry.objects.filter(kind="account", key=person.pk).order_by("-created_at")) == 1


def test_of_staff_only_a_superuser_ends_them_and_nobody_ones_own_here(enter):
    viewer = enter("viewer")
    theirs = sessions.begin(account_at("viewer@staff.example"), "")
    assert "only superusers may" in said(act(enter("staff"), "session", "end", theirs.pk))[0]
    boss = enter("superuser")
    assert said(act(boss, "session", "end", theirs.pk)) == ["1 signed out."]
    own_session = Session.objects.filter(subject=account_at("superuser@staff.example").pk)[0]
    assert "your own account" in said(act(boss, "session", "end", own_session.pk))[0]
    assert viewer.get("/admin/").status_code == 200
