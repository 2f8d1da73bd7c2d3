"""The stock admin works with a key of two fields. It refuses Django's own `CompositePrimaryKey`."""

import pytest
from django.contrib.admin.utils import quote
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from otp.dynamo.operations import batch_put, get

from .events import at
from .models import Session

pytestmark = pytest.mark.urls("tests.dynamo.admin")


@pytest.fixture
def staff(everywhere, installed, monkeypatch):
    """Somebody at a site that lets everybody in."""
    # Django looks the model's content type up in SQL, unless it knows it already.
    ContentType.objects._add_to_cache("default", ContentType(pk=99, app_label="dynamo_tests", model="session"))
    monkeypatch.setattr("tests.support.policy.calls", set())  # what this site does is not what the project's does
    monkeypatch.setattr("django.contrib.messages.api.add_message", lambda *args, **kwargs: None)
    return Client()


@pytest.fixture
def key():
    batch_put(*(Session(subject="ann/é b", sid=f"s{n}", made_at=at(n)) for n in range(3)))
    return "ann/é b s1"


def test_listed_shown_changed_and_deleted(staff, key):
    listed = staff.get(reverse("admin:dynamo_tests_session_changelist"))
    assert [each.sid for each in listed.context["cl"].result_list] == ["s2", "s1", "s0"]
    change = reverse("admin:dynamo_tests_session_change", args=[quote(key)])
    assert change in listed.content.decode()
    assert staff.get(change).context["original"].pk == key
    assert staff.post(change, {"agent": "cli", "uses": "4"}).status_code == 302
    assert (get(Session, key).agent, get(Session, key).uses) == ("cli", 4)
    delete = reverse("admin:dynamo_tests_session_delete", args=[quote(key)])
    assert staff.post(delete, {"post": "yes"}).status_code == 302
    assert get(Session, key) is None


def test_an_impossible_key_in_a_url_finds_no_object(staff):
    for key in ("x", "x" * 3000, "é" * 2000 + " s", "a b\x00"):
        assert staff.get(reverse("admin:dynamo_tests_session_change", args=[quote(key)])).status_code == 302
