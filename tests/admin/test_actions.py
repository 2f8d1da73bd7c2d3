"""The actions: who may run them, what they report, and that forged forms gain nothing."""

from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.test import Client
from django.utils import timezone

from otp.accounts import acting
from otp.admin.accounts import AccountAdmin
from otp.admin.base import SelectedRowsForm
from otp.dynamo.operations import batch_put
from otp.models import AuditEntry, Block, Code, Suppression
from otp.signin import sessions
from tests.admin.conftest import ROLES, act, said
from tests.admin.entries import entry
from tests.support.accounts import account_at, change_account, member
from tests.support.api import ADDRESS, answer, ask, mailed_code

pytestmark = pytest.mark.slow

ACTIONS = [
    ("code", "revoke", {"superuser", "staff"}),
    ("address", "unlock", {"superuser", "staff"}),
    ("suppression", "lift", {"superuser", "staff"}),
    ("session", "end", {"superuser", "staff"}),
    ("logentry", "block", {"superuser", "staff"}),
    ("block", "unblock", {"superuser", "staff"}),
    ("account", "sign_out_everywhere", {"superuser", "staff"}),
    ("account", "allow_move", {"superuser", "staff"}),
    ("account", "deactivate", {"superuser", "staff"}),
    ("account", "reactivate", {"superuser", "staff"}),
    ("account", "make_staff", {"superuser"}),
    ("account", "remove_staff", {"superuser"}),
]


@pytest.fixture
def person():
    ask()
    Suppression.objects.create(address=ADDRESS, reason="bounce", created_at=timezone.now())
    return member(ADDRESS)


def prepare(action):
    """Bring the account into a state in which the action applies."""
    change = {"reactivate": {"is_active": False}, "remove_staff": {"role": "staff"}}.get(action)
    if change:
        change_account(ADDRESS, **change)


def networks():
    """The keys of an entry of another network, and of a blocked one."""
    now = timezone.now()
    Block.objects.create(ip_hash="f00d" * 8, until=now + timedelta(days=1), created_at=now)
    batch_put(found := entry(0, now, ip_hash="beef" * 8, address=ADDRESS))
    return {"logentry": found.pk, "block": "f00d" * 8}


def entries():
    return [
        entry.action
        for entry in AuditEntry.objects.order_by("created_at")
        if entry.name in (ADDRESS, "beefbeef", "f00df00d") and entry.actor != acting.COMMAND_LINE
    ]


@pytest.mark.parametrize("role", [*ROLES, "person", None])
@pytest.mark.parametrize(("model", "action", "roles"), ACTIONS)
def test_an_action_is_refused_without_its_permission(enter, person, role, model, action, roles):
    prepare(action)
    keys = {"account": person.pk, "session": sessions.begin(person, "").pk, **networks()}
    page = act(enter(role), model, action, keys.get(model, ADDRESS), choice="3600")
    if role in roles:
        assert said(page)[-1].startswith("1 "), said(page)
        assert len(entries()) == 1
    else:
        assert entries() == []
        if role in ROLES:
            assert said(page) in ([], ["No action selected."])
        else:
            assert page.redirect_chain[0][0].startswith("/admin/login/")


@pytest.mark.parametrize(("model", "action", "roles"), ACTIONS)
@pytest.mark.parametrize("role", ROLES)
def test_an_action_is_offered_with_its_permission(enter, person, role, model, action, roles):
    key = {"account": person.pk, "session": sessions.begin(person, "").pk, **networks()}.get(model, ADDRESS)
    client = enter(role)
    assert (
        f'<option value="{action}">' in client.get(f"/admin/otp/{model}/?q={key if model == 'block' else ADDRESS}").text
    ) == (role in roles)
    page = client.get(f"/admin/otp/{model}/{quote(key)}/change/").text
    assert (f'<button class="button" name="action" value="{action}">' in page) == (role in roles)


@pytest.mark.parametrize("action", ["sign_out_everywhere", "deactivate", "make_staff", "remove_staff"])
def test_an_action_that_is_hard_to_take_back_asks_first(enter, person, action):
    prepare(action)
    client, before = enter("superuser"), account_at(ADDRESS)
    page = act(client, "account", action, person.pk, yes=[])
    assert said(page) == []
    assert f"<li>{ADDRESS}</li>" in page.text
    assert f'<input type="hidden" name="_selected_action" value="{person.pk}">' in page.text
    assert account_at(ADDRESS) == before
    assert entries() == []


def test_an_action_on_the_page_of_an_object_leads_back_to_it(enter, person):
    page = act(enter("staff"), "account", "deactivate", person.pk, from_object="yes")
    assert page.redirect_chain == [(f"/admin/otp/account/{person.pk}/change/", 302)]
    assert said(page) == ["1 deactivated."]


def test_a_question_about_an_object_leads_back_to_it(enter, person):
    asked = act(enter("staff"), "account", "deactivate", person.pk, from_object="yes", yes=[])
    assert f'<a href="/admin/otp/account/{person.pk}/change/">No, go back</a>' in asked.text


def test_an_action_that_removes_the_object_leads_to_the_list(enter, person):
    page = act(enter("staff"), "suppression", "lift", ADDRESS, from_object="yes")
    assert page.redirect_chain == [("/admin/otp/suppression/", 302)]


def test_a_repeated_action_reports_that_nothing_was_left_to_do(enter, person):
    client = enter("staff")
    assert said(act(client, "code", "revoke", ADDRESS)) == ["1 revoked."]
    assert said(act(client, "code", "revoke", ADDRESS)) == [f"{ADDRESS}: It was revoked already."]
    assert entries() == ["revoke"]


def test_a_stale_form_does_not_revive_a_used_code(enter, person):
    client = enter("superuser")
    client.get(f"/admin/otp/code/{ADDRESS}/change/")
    answer(mailed_code())
    assert client.post(f"/admin/otp/code/{ADDRESS}/change/", {"status": "PENDING", "attempts": 0}).status_code == 403
    act(client, "code", "revoke", ADDRESS)
    assert Code.objects.get(pk=ADDRESS).status == "VERIFIED"


def test_a_forged_select_across_acts_only_on_ticked_rows(enter):
    ask()
    ask("other@example.com")
    act(enter("superuser"), "code", "revoke", ADDRESS, select_across="1")
    assert [code.status for code in Code.objects.filter(pk__in=[ADDRESS, "other@example.com"])] == [
        "REVOKED",
        "PENDING",
    ]
    assert Code.objects.get(pk="other@example.com").status == "PENDING"


def test_select_across_is_ignored():
    form = SelectedRowsForm({"action": "", "select_across": "1"})
    form.fields["action"].choices = [("revoke", "Revoke")]
    form.is_valid()
    assert form.cleaned_data["select_across"] is False


@pytest.mark.parametrize("keys", [("x" * 3000,), ("",), ("nobody@example.com",), ("a", "b", "a")])
def test_unknown_keys_change_nothing(enter, keys):
    page = act(enter("superuser"), "account", "deactivate", *keys)
    assert len(said(page)) == len(set(keys))
    assert act(enter("superuser"), "account", "deactivate", *keys, yes=[], from_object="yes").status_code == 200
    assert account_at(keys[0] or "-") is None


def test_an_action_is_limited_to_the_rows_of_a_page(enter, monkeypatch):
    monkeypatch.setattr(AccountAdmin, "list_per_page", 2)
    keys = [member(f"person{number}@example.com").pk for number in range(3)]
    assert said(act(enter("superuser"), "account", "deactivate", *keys)) == ["2 deactivated."]


def test_an_action_needs_the_csrf_token(enter, person):
    client = Client(enforce_csrf_checks=True)
    client.cookies = enter("superuser").cookies
    response = client.post("/admin/otp/code/", {"action": "revoke", "index": "0", "_selected_action": [ADDRESS]})
    assert response.status_code == 403
    assert Code.objects.get(pk=ADDRESS).status == "PENDING"


def test_another_site_s_form_is_refused(enter, person):
    response = enter("superuser").post(
        "/admin/otp/code/",
        {"action": "revoke", "_selected_action": [ADDRESS]},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert response.status_code == 403
    assert entries() == []


def test_staff_cannot_deactivate_or_dismiss_themselves(enter):
    boss = enter("superuser")
    for action in ("deactivate", "remove_staff"):
        said_now = said(act(boss, "account", action, account_at("superuser@staff.example").pk))[-1]
        assert "superuser@staff.example: You can" in said_now
    assert account_at("superuser@staff.example").is_superuser


def test_an_unreachable_table_is_reported_on_the_page(enter, person):
    from tests.support.faults import faulty, refused

    client = enter("staff")
    with faulty("TransactWriteItems", refused, refused):
        page = act(client, "code", "revoke", ADDRESS)
    assert said(page) == [f"{ADDRESS}: Temporarily unavailable. Try again"]


def test_a_message_names_the_address_without_the_flow(enter):
    page = act(enter("staff"), "code", "revoke", f"{ADDRESS} secret-flow")
    assert said(page) == [f"{ADDRESS}: It is gone."]
