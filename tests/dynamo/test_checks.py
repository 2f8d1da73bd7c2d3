"""System checks: declarations that DynamoDB can't keep are refused at start, each with its remedy."""

import inspect
import re

import django
import pytest
from django.apps import apps
from django.db import models

from otp.dynamo import checks
from otp.dynamo.checks import check_model, check_models
from otp.dynamo.fields import SetField
from otp.dynamo.indexes import Index
from otp.dynamo.keys import CompositeKeyField

from .declared import declared, text
from .models import Line, Note, Session

WRONG = {
    "E002": lambda: declared({"key": models.AutoField(primary_key=True)}),
    "E003": lambda: declared({"size": models.FloatField()}),
    "E004": lambda: declared({"name": text(unique=True)}),
    "E005": lambda: declared({"name": text(db_default="x")}),
    "E006": lambda: declared({"tags": SetField(null=True)}),
    "E007": lambda: declared({"note": models.ForeignKey(Note, models.CASCADE, related_name="+")}),
    "E008": lambda: declared(
        {"kind": models.ForeignKey("contenttypes.ContentType", models.DO_NOTHING, related_name="+")}
    ),
    "E009": lambda: declared({"line": models.ForeignKey(Line, models.DO_NOTHING, to_field="at", related_name="+")}),
    "E010": lambda: declared({"key": CompositeKeyField("a", "b"), "a": text(), "b": text(null=True)}),
    "E011": lambda: declared(
        {"size": models.IntegerField()},
        constraints=[models.CheckConstraint(condition=models.Q(size__gt=1), name="more_than_one")],
    ),
    "E012": lambda: declared({"notes": models.ManyToManyField(Note, related_name="+")}),
    "E013": lambda: declared({}, table="größe"),
    "E014": lambda: declared({"name": text()}, [models.Index(fields=["-name"], name="by_name")]),
    "E015": lambda: declared(
        {"name": text(), "at": models.DateTimeField(null=True)}, [models.Index(fields=["name", "at"], name="by_name")]
    ),
    "E016": lambda: declared(
        {"key": CompositeKeyField("a", "b"), "a": text(), "b": text()}, [models.Index(fields=["key"], name="by_key")]
    ),
    "E017": lambda: declared({"on": models.BooleanField()}, [models.Index(fields=["on"], name="by_on")]),
}


@pytest.mark.parametrize("number", WRONG)
def test_each_is_refused_with_its_remedy(number, forgotten):
    found = list(check_model(WRONG[number]()))
    assert [error.id for error in found] == [f"dynamo.{number}"]
    assert found[0].hint


def test_every_check_is_here():
    numbers = re.findall(r"_error\(\s*[\w.]+, (\d+)", inspect.getsource(checks))
    assert {f"E{int(number):03}" for number in numbers} == {"E001", *WRONG}


def test_valid_models_pass(forgotten):
    sparse = Index(fields=["name", "at"], name="by_name", sparse=True)
    assert list(check_model(declared({"name": text(), "at": models.DateTimeField(null=True)}, [sparse]))) == []
    assert list(check_model(Session)) == []


def test_all_installed_models_are_looked_at(installed):
    assert check_models() == []
    assert check_models([apps.get_app_config("dynamo_tests")]) == []


@pytest.mark.parametrize("version", [(4, 2, 0), (7, 0, 0)])
def test_another_django_is_refused(monkeypatch, version):
    monkeypatch.setattr(django, "VERSION", version)
    assert [error.id for error in check_models()] == ["dynamo.E001"]
    assert checks.SUPPORTED[0] == (5, 2)
