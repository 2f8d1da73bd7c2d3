"""Django's own commands with models of this layer: they work, or refuse in one sentence."""

import json
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from otp.dynamo.operations import batch_put, get

from .commands import REFUSAL, run
from .events import DAY, at
from .models import Kept, Note, Session


@pytest.fixture(autouse=True)
def quiet(settings):
    """The site has indexes of the same names as the test models."""
    settings.SILENCED_SYSTEM_CHECKS = ["models.E030"]


@pytest.mark.parametrize(
    "command",
    [
        ("makemigrations", "--check"),
        ("makemigrations", "dynamo_tests", "--dry-run"),
        ("migrate",),
        ("showmigrations",),
        ("flush", "--noinput"),
        ("sqlflush",),
        ("inspectdb",),
        ("dbshell",),
    ],
    ids=" ".join,
)
def test_commands_that_need_sql_are_refused_in_one_sentence(installed, command):
    assert run(*command) == (f"NoSQLDatabase: {REFUSAL}\n", 1)


def test_dumpdata_refuses_a_whole_table_and_names_the_reason(tables, installed):
    text, code = run("dumpdata", "dynamo_tests.Note")
    assert code == 1
    assert text.startswith("CommandError: Unable to serialize database: Note: no index serves a filter on nothing")
    assert len(text.splitlines()) == 1


def dumped(model, *keys):
    out = StringIO()
    call_command("dumpdata", f"dynamo_tests.{model}", primary_keys=",".join(keys), stdout=out)
    return out.getvalue()


@time_machine.travel(DAY, tick=False)
def test_dumpdata_and_loaddata_by_keys(everywhere, installed, tmp_path):
    batch_put(Note(slug="a", lines=["x", 1], tags={"t"}, created_at=DAY), Note(slug="b", created_at=DAY))
    batch_put(Session(subject="ann", sid="s1", made_at=at(1), uses=4), Kept(key="k", data={"n": 1}, made_at=DAY))
    texts = [dumped("Note", "a", "b"), dumped("Session", "ann s1"), dumped("Kept", "k")]
    before = [get(model, key) for model, key in ((Note, "a"), (Note, "b"), (Session, "ann s1"), (Kept, "k"))]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.json").write_text(text)
    Note.objects.filter(pk__in=["a", "b"]).delete()
    Session.objects.filter(pk="ann s1").update(uses=0)
    call_command("loaddata", *sorted(map(str, tmp_path.iterdir())), verbosity=0)
    after = [get(type(each), each.pk) for each in before]
    assert [values(each) for each in after] == [values(each) for each in before]


def values(instance):
    return {field.name: getattr(instance, field.name) for field in instance._meta.concrete_fields}


def test_loaddata_names_what_cannot_be_stored(tables, installed, tmp_path):
    wrong = [{"model": "dynamo_tests.kept", "pk": "k", "fields": {"name": None}}]
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    with pytest.raises(IntegrityError, match=r"Kept\.name: may not be None"):
        call_command("loaddata", str(tmp_path / "wrong.json"), verbosity=0)


def test_the_refusal_is_a_command_s_own_error():
    with pytest.raises(CommandError, match="no SQL database"):
        call_command("migrate", verbosity=0)
