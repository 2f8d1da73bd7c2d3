"""Every page of the admin, for each role and without one. None of them uses SQL."""

from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.db.utils import NotSupportedError
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from otp.accounts import staff
from otp.models import Account, AuditEntry, Block, Code, LogEntry, Suppression
from otp.signin import sessions
from tests.admin.conftest import ROLES
from tests.support.accounts import account_at, member
from tests.support.api import ADDRESS, answer, ask, mailed_code
from tests.support.faults import faulty, refused

pytestmark = pytest.mark.slow

MODELS = ("logentry", "code", "account", "session", "address", "suppression", "block", "auditentry")


@pytest.fixture
def things(enter):
    """The key of one object of each model, by model."""
    enter("person", ADDRESS)
    ask()
    person, boss = account_at(ADDRESS), member("boss@staff.example", role="superuser")
    staff.sign_out_everywhere(person.pk, by=boss)
    Suppression.objects.create(address=ADDRESS, reason="bounce", created_at=timezone.now())
    attempt = LogEntry.objects.order_by("-created_at")[0]
    entry = AuditEntry.objects.order_by("-created_at")[0]
    of_address = dict.fromkeys(("code", "address", "suppression"), ADDRESS)
    session = sessions.begin(account_at(ADDRESS), "").pk
    Block.objects.create(ip_hash=attempt.ip_hash, until=timezone.now() + timedelta(days=1), created_at=timezone.now())
    of_address["block"] = attempt.ip_hash
    return {**of_address, "account": person.pk, "session": session, "logentry": attempt.pk, "auditentry": entry.pk}


def pages(things):
    """Every URL of the admin, from its resolver."""
    resolver = next(each for each in get_resolver().url_patterns if getattr(each, "namespace", "") == "admin")
    return sorted(set(walk(resolver, "", things)))


def walk(node, path, things):
    path += str(node.pattern).removeprefix("^")
    if isinstance(node, URLResolver):
        return [url for child in node.url_patterns for url in walk(child, path, things)]
    assert isinstance(node, URLPattern)
    model = path.split("/")[2] if path.startswith("admin/otp/") else ""
    path = path.replace("<path:object_id>", quote(things.get(model, "")))
    return ["/" + path.replace("(?P<app_label>otp)/$", "otp/").replace("(?P<url>.*)$", "nothing/")]


READABLE = {"/admin/", "/admin/otp/", "/admin/jsi18n/"}


def test_every_page_is_visited(things):
    found = pages(things)
    assert {f"/admin/otp/{model}/" for model in MODELS} <= set(found)
    assert {f"/admin/otp/{model}/{quote(things[model])}/history/" for model in MODELS} <= set(found)
    assert {"/admin/analytics/", "/admin/analytics.csv"} <= set(found)
    assert len(found) == 8 + 6 * len(MODELS)  # list, add, detail, history, delete, and the old detail's address


@pytest.mark.parametrize("role", ROLES)
def test_staff_of_any_role_read_everything_and_edit_nothing(enter, things, role):
    client = enter(role)
    for url in pages(things):
        response = client.get(url)
        if url.endswith(("/add/", "/delete/")):
            assert response.status_code == 403, url
        elif url in ("/admin/nothing/",):
            assert response.status_code == 404, url
        else:
            assert response.status_code in (200, 302, 301, 405), (url, response.status_code)
        if url.startswith("/admin/otp/") and url.count("/") <= 4:
            assert response.status_code == 200, url


@pytest.mark.parametrize("role", [None, "person"])
def test_others_are_sent_to_the_sign_in(enter, things, role):
    client = enter(role, ADDRESS if role else "")
    for url in pages(things):
        if url in ("/admin/login/", "/admin/logout/"):
            continue
        for method in (client.get, client.post):
            response = method(url)
            assert response.status_code == 302, url
            assert response["Location"].startswith("/admin/login/?next=/admin/"), url
    assert client.get("/admin/login/?next=/admin/otp/code/").status_code == (403 if role else 302)


def test_a_sign_in_returns_to_the_requested_page(enter, client):
    staff.appoint_by_command(ADDRESS, "viewer")
    landed = client.get("/admin/otp/code/", follow=True)
    assert landed.redirect_chain[-1][0] == "/?next=/admin/otp/code/"
    assert "Email address" in landed.content.decode()


def test_signing_out_of_the_admin_is_signing_out(enter):
    client = enter("staff")
    assert client.post("/admin/logout/").status_code == 302
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("role", [*ROLES, "person", None])
def test_no_page_opens_a_database_cursor(enter, things, role):
    client = enter(role)
    with pytest.raises(NotSupportedError):
        connection.cursor()
    for url in pages(things):
        client.get(url)  # raises the exception of the view, if there is one
        client.post(url)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("model", MODELS)
def test_a_forged_edit_is_refused(enter, things, role, model):
    client = enter(role)
    before = {
        kind.__name__: [vars(each) | {"_state": 0} for each in kind.objects.order_by("-created_at")]
        for kind in (Code, LogEntry)
    }
    for url in (
        f"/admin/otp/{model}/add/",
        f"/admin/otp/{model}/{quote(things[model])}/change/",
        f"/admin/otp/{model}/{quote(things[model])}/delete/",
    ):
        assert client.post(url, {"status": "PENDING", "post": "yes", "is_active": ""}).status_code == 403, url
    assert Code.objects.get(pk=ADDRESS).status == "PENDING"
    assert before == {
        kind.__name__: [vars(each) | {"_state": 0} for each in kind.objects.order_by("-created_at")]
        for kind in (Code, LogEntry)
    }


@pytest.mark.parametrize("model", MODELS)
def test_a_missing_object_is_reported(enter, model):
    client = enter("viewer")
    for key in ("nobody@example.com", "x" * 3000, "_00"):
        response = client.get(f"/admin/otp/{model}/{key}/change/", follow=True)
        assert response.redirect_chain[-1][0] == "/admin/"


def test_no_digest_is_on_any_page(enter, things):
    answer("000000")
    code = Code.objects.get(pk=ADDRESS)
    client = enter("superuser")
    for url in pages(things):
        page = client.get(url, follow=True).content.decode(errors="replace")
        assert not any(digest in page for digest in (code.code_digest, *code.attempt_keys)), url
        assert mailed_code() not in page, url


def test_an_address_links_to_its_account_codes_budget_and_log(enter, things):
    page = enter("viewer").get(f"/admin/otp/logentry/{things['logentry']}/change/").content.decode()
    for model in ("account", "code", "address", "logentry"):
        assert f'href="/admin/otp/{model}/?q=person%40example.com"' in page


def test_history_and_recent_actions_show_what_staff_did(enter, things):
    boss = enter("superuser", "boss@staff.example")
    history = boss.get(f"/admin/otp/account/{things['account']}/history/").content.decode()
    assert "Signed out everywhere" in history
    assert "boss@staff.example" in history
    index = boss.get("/admin/").content.decode()
    assert f"Signed out everywhere: {ADDRESS}" in index
    assert "Signed out everywhere" not in enter("viewer").get("/admin/").content.decode()


def test_the_admin_is_never_cached_or_framed(enter):
    response = enter("viewer").get("/admin/otp/logentry/")
    assert "no-store" in response["Cache-Control"]
    assert response["X-Frame-Options"] == "DENY"
    assert "unsafe" not in response["Content-Security-Policy"]


@pytest.mark.parametrize("role", ROLES)
def test_permissions_are_those_of_the_role(role):
    account = Account(addresses=[ADDRESS], role=role)
    verbs = {"superuser": {"view", "act", "appoint"}, "staff": {"view", "act"}, "viewer": {"view"}}[role]
    for verb in ("view", "act", "appoint", "add", "change", "delete", ""):
        assert account.has_perm(f"otp.{verb}_code") == (verb in verbs)
    assert account.has_perms(["otp.view_code"])
    account.is_active = False
    assert not account.has_perm("otp.view_code")
    assert (account.is_staff, account.is_superuser, account.has_module_perms("otp")) == (False, False, False)


def test_a_person_has_no_permission():
    person = Account(addresses=[ADDRESS])
    assert not any(
        (person.is_staff, person.is_superuser, person.has_perm("otp.view_code"), person.has_usable_password())
    )


def test_the_admin_is_always_in_english(enter):
    """Otherwise Django's texts would be in the browser's language, and this project's in English."""
    page = enter("viewer").get("/admin/", headers={"Accept-Language": "ar"})
    assert page["Content-Language"] == "en"
    assert '<html lang="en" dir="ltr"' in " ".join(page.text.split()).replace("en-us", "en")


def test_missing_tables_are_reported_with_a_remedy(enter):
    browser = enter("viewer")
    with faulty("Query", *[refused] * 2):
        page = browser.get("/admin/otp/logentry/")
    assert page.status_code == 503
    assert "reload this page" in page.text
