"""`Q` and `F` as DynamoDB's expressions."""

import pytest
from django.db.models import F, Q
from django.db.utils import NotSupportedError

from otp.dynamo.expressions import Add, Append, Expression, IfMissing
from otp.dynamo.operations import Put, Update, get

from .events import event
from .models import Event, Note


def condition(q):
    expression = Expression(Event)
    return expression.condition(q), expression.placeholders()


@pytest.mark.parametrize(
    ("q", "text"),
    [
        (Q(number=1), "#number = :0"),
        (Q(number__lt=1), "#number < :0"),
        (Q(number__range=(1, 2)), "#number BETWEEN :0 AND :1"),
        (Q(number__in=[1, 2]), "#number IN (:0, :1)"),
        (Q(person__isnull=True), "attribute_not_exists(#person)"),
        (Q(person=None), "attribute_not_exists(#person)"),
        (Q(pk__isnull=False), "attribute_exists(#id)"),
        (Q(person__startswith="a"), "begins_with(#person, :0)"),
        (Q(person__contains="n"), "contains(#person, :0)"),
        (Q(number=F("size")), "#number = #size"),
        (Q(number=1) & Q(size=2) & Q(kind="a"), "#number = :0 AND #size = :1 AND #kind = :2"),
        (Q(number=1) & (Q(size=2) | Q(kind="a")), "#number = :0 AND (#size = :1 OR #kind = :2)"),
        (Q(Q(Q(size=2) | Q(kind="a"))) & Q(number=1), "(#size = :0 OR #kind = :1) AND #number = :2"),
        (Q(number=1) | Q(size=2, kind="a"), "#number = :0 OR (#kind = :1 AND #size = :2)"),
        (~Q(number=1), "NOT #number = :0"),
        (~Q(number=1, size=2), "NOT (#number = :0 AND #size = :1)"),
        (~Q(Q(number=1) | Q(size=2)), "NOT (#number = :0 OR #size = :1)"),
        (~Q(~Q(number=1)), "NOT (NOT #number = :0)"),
        (Q(kind="a") & ~Q(number=1), "#kind = :0 AND NOT #number = :1"),
        (Q() & Q(number=1) & Q(Q()), "#number = :0"),
        (Q(), ""),
    ],
)
def test_a_q_is_a_condition_with_only_the_parentheses_it_needs(q, text):
    assert condition(q)[0] == text


def test_names_and_values_are_placeholders():
    assert condition(Q(person="ann") & Q(number__gt=3))[1] == {
        "ExpressionAttributeNames": {"#person": "person", "#number": "number"},
        "ExpressionAttributeValues": {":0": {"S": "ann"}, ":1": {"N": "3"}},
    }


@pytest.mark.parametrize("q", [Q(kind__iexact="a"), Q(at__year=2026), Q(number__gt=None), Q(number=1) ^ Q(number=2)])
def test_unsupported_conditions_raise(q):
    with pytest.raises(NotSupportedError, match="Event"):
        condition(q)


def test_each_change_has_its_clause():
    expression = Expression(Note)
    changes = {
        "text": "x",
        "lapses_at": None,
        "revision": Add(2),
        "lines": Append(["a"]),
        "created_at": IfMissing(event(1).at),
    }
    assert expression.update(changes) == (
        "SET #text = :0, #lines = list_append(#lines, :2), #created_at = if_not_exists(#created_at, :3) "
        "REMOVE #lapses_at ADD #revision :1"
    )


@pytest.mark.parametrize(("change", "amount"), [(F("revision") + 2, "2"), (F("revision") - 2, "-2")])
def test_an_f_that_adds_to_itself_is_an_add(change, amount):
    expression = Expression(Note)
    assert expression.update({"revision": change}) == "ADD #revision :0"
    assert expression.values == {":0": {"N": amount}}


@pytest.mark.parametrize("change", [F("revision") * 2, F("slug"), F("slug") + 1])
def test_other_arithmetic_raises(change):
    with pytest.raises(NotSupportedError, match=r"Note\.revision: use Add, Append or IfMissing"):
        Expression(Note).update({"revision": change})


def test_a_primary_key_cannot_be_changed():
    with pytest.raises(NotSupportedError, match="primary key"):
        Expression(Note).update({"slug": "b"})


def test_a_partition_moves_with_its_parts(everywhere):
    Put(event(1, kind="sent")).run()
    moved = Update(Event, "0001", {"kind": "failed"}).run()
    assert moved.of_kind in ("failed#0", "failed#1")
    assert [each.pk for each in Event.objects.filter(kind="failed").order_by("at")] == ["0001"]
    assert not Event.objects.filter(kind="sent").order_by("at").exists()


def test_a_part_of_a_partition_takes_plain_values_only():
    with pytest.raises(NotSupportedError, match="change kind together, to plain values"):
        Expression(Event).update({"kind": IfMissing("sent")})


def test_dynamodb_accepts_a_deeply_nested_condition(everywhere):
    Put(event(1)).run()
    wild = Q(Q(~Q(Q(number=2) | ~Q(kind="sent"))) & (Q(person="ann") | (Q(size=1) & ~Q(~Q(number=3)))))
    Update(Event, "0001", {"size": 9}, when=wild).run()
    assert get(Event, "0001").size == 9
