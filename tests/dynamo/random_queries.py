"""Random queries of random models, and their answers in a form that can be compared."""

from typing import Any

from django.db.models import F, Max, Min, Q
from hypothesis import strategies as some

from .random_models import OWNERS, Declared

TEXT = ("word", "text")
NUMERIC = ("number", "price")
ASKED = [
    *("rows", "values", "only", "count", "exists", "first", "last", "ends", "pages"),
    *("update", "add", "delete", "save"),
]


def kind_of(declared: Declared, name: str) -> str | None:
    return {"id": declared.id_kind, "owner": declared.owner}.get(name, declared.kinds.get(name))


@some.composite
def leaves(draw: Any, declared: Declared) -> Q:
    """A condition on one field."""
    values = declared.values
    name = draw(some.sampled_from(list(values)))
    value, kind = values[name], kind_of(declared, name)
    lookups = ["exact", "in", "lt", "lte", "gt", "gte", "range", "isnull", "F", "in F"]
    match draw(some.sampled_from([*lookups, "startswith", "contains"] if kind in TEXT else lookups)):
        case "isnull":
            return Q((f"{name}__isnull", draw(some.booleans())))
        case "in":
            return Q((f"{name}__in", draw(some.lists(value, max_size=3))))
        case "range":
            return Q((f"{name}__range", (draw(value), draw(value))))
        case "F" | "in F" as how:
            alike = [each for each in values if kind_of(declared, each) == kind] or [name]
            other = F(draw(some.sampled_from(alike)))
            if how == "in F":
                return Q((f"{name}__in", [other, draw(value)]))
            return Q((f"{name}__{draw(some.sampled_from(['exact', 'lt', 'gte']))}", other))
        case "startswith" | "contains" as how:
            return Q((f"{name}__{how}", draw(some.sampled_from(["", "a", "b", "ab", "%", "_", "0"]))))
        case how:
            return Q((f"{name}__{how}", draw(value)))


def conditions(declared: Declared) -> Any:
    """Conditions on up to four fields, joined and negated."""
    return some.recursive(
        leaves(declared),
        lambda inner: some.one_of(
            some.builds(lambda a, b: a & b, inner, inner),
            some.builds(lambda a, b: a | b, inner, inner),
            inner.map(Q.__invert__),
        ),
        max_leaves=4,
    )


@some.composite
def accesses(draw: Any, declared: Declared, rows: list[dict[str, Any]]) -> Q:
    """What finds items at all, by key or by an index: without it most queries would be refused."""
    values = {**declared.values, **_present(declared, rows)}
    ways: list[tuple[list[str], str | None]] = [(["id", *(["owner"] if declared.owner else [])], None)]
    ways += [(["owner"], "id")] if declared.owner else []
    for hash_field, range_field, _ in declared.indexes:
        ways.append((declared.partitions.get(hash_field, ([hash_field], 1))[0], range_field))
    bound, range_field = draw(some.sampled_from(ways))
    found = Q()
    for name in bound:
        several = draw(some.booleans()) or name == "id"
        wanted = draw(some.lists(values[name], min_size=1, max_size=6 if name == "id" else 2))
        found &= Q((f"{name}__in", wanted)) if several else Q((name, wanted[0]))
    if range_field in declared.nullable and draw(some.booleans()):
        found &= Q((f"{range_field}__isnull", False))
    if range_field and draw(some.booleans()):
        low, high = sorted(draw(some.tuples(*[values[range_field]] * 2)))
        found &= Q((f"{range_field}__{draw(some.sampled_from(['gt', 'gte']))}", low))
        found &= Q((f"{range_field}__{draw(some.sampled_from(['lt', 'lte']))}", high))
    return found


def _present(declared: Declared, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """For most draws the values that some item has."""
    there = {name: [row[name] for row in rows if row[name] is not None] for name in declared.values}
    return {name: some.sampled_from(each) | declared.values[name] for name, each in there.items() if each}


def queries(declared: Declared, rows: list[dict[str, Any]]) -> Any:
    """Queries of a model. What they are drawn from is made once: to make it takes longer than to draw."""
    asked = conditions(declared)
    return _query(declared, accesses(declared, rows), some.just(Q()) | asked, some.none() | some.none() | asked)


@some.composite
def _query(draw: Any, declared: Declared, access: Any, filters: Any, excludes: Any) -> dict[str, Any]:
    """One query, as what is to be asked and how."""
    names = list(declared.values)
    ranges = [range_field for _, range_field, _ in declared.indexes if range_field] or names
    by = draw(some.lists(some.sampled_from([*names, *ranges * 2]), max_size=2, unique=True))
    changed = draw(some.sampled_from(list(declared.kinds)))
    return {
        "ask": draw(some.sampled_from(ASKED)),
        "access": draw(access) if draw(some.integers(0, 5)) else Q(),
        "filter": draw(filters),
        "exclude": draw(excludes),
        "order": [draw(some.sampled_from([name, f"-{name}"])) for name in by],
        "reverse": draw(some.booleans()),
        "slice": draw(some.none() | some.tuples(some.integers(0, 2), some.integers(0, 5))),
        "end": draw(some.sampled_from(ranges)),
        "size": draw(some.integers(1, 3)),
        "change": (
            changed,
            draw(declared.values[changed] | (some.none() if changed in declared.nullable else some.nothing())),
        ),
        "add": (draw(some.sampled_from(declared.of_kind(*NUMERIC) or [changed])), draw(some.integers(-1, 2))),
        "key": (draw(declared.values["id"]), draw(declared.values.get("owner", some.none()))),
    }


def conditioned(manager: Any, query: dict[str, Any]) -> Any:
    found = manager.filter(query["access"]).filter(query["filter"])
    return found if query["exclude"] is None else found.exclude(query["exclude"])


def ordered(manager: Any, query: dict[str, Any]) -> Any:
    """The queryset; where it has an order, in one that leaves no ties."""
    found = conditioned(manager, query)
    if not query["order"]:
        return found
    found = found.order_by(*query["order"], *([] if {"id", "-id"} & {*query["order"]} else ["id"]))
    return found.reverse() if query["reverse"] else found


def cut(found: Any, query: dict[str, Any]) -> Any:
    if not (query["slice"] and query["order"]):
        return found
    start, length = query["slice"]
    return found[start : start + length]


def row(instance: Any, declared: Declared) -> str:
    return str([getattr(instance, name) for name in declared.values])


def answer(manager: Any, query: dict[str, Any], declared: Declared) -> Any:
    """What a query answers, as something that can be compared."""
    found = ordered(manager, query)
    in_order: Any = list if query["order"] else sorted
    match query["ask"]:
        case "rows":
            return in_order(row(each, declared) for each in cut(found, query))
        case "values":
            return in_order(map(str, cut(found, query).values_list("id", query["change"][0])))
        case "only":
            return in_order(str((each.id, getattr(each, query["end"]))) for each in found.only("id", query["end"]))
        case "count":
            return cut(found, query).count()
        case "exists":
            return cut(found, query).exists()
        case "first" | "last" as end:
            each = getattr(found, end)() if query["order"] else None
            return each and each.id
        case "ends":
            return conditioned(manager, query).aggregate(low=Min(query["end"]), high=Max(query["end"]))
        case "pages":
            return paged(conditioned(manager, query), query, declared)
        case _:
            return written(conditioned(manager, query), manager, query)


def written(found: Any, manager: Any, query: dict[str, Any]) -> Any:
    """How many items a query changed."""
    (changed, value), (added_to, amount), (key, owner) = query["change"], query["add"], query["key"]
    match query["ask"]:
        case "update":
            return found.update(**{changed: value})
        case "add":
            return found.update(**{added_to: F(added_to) + amount})
        case "delete":
            return found.delete()[0]
    one = manager.filter(**{"id": key} if owner is None else {"id": key, "owner": owner}).first()
    if one:
        setattr(one, changed, value)
        one.save()
    return one and one.id


def paged(found: Any, query: dict[str, Any], declared: Declared) -> Any:
    """All items by pages, forwards and backwards, and in their order the values that they are ordered by."""
    name = query["order"][0] if query["order"] else None
    if name:
        found = found.order_by(name)
    column = (name or "id").removeprefix("-")
    there = _walked(found, query["size"]) if hasattr(found, "page") else list(found)
    return sorted(row(each, declared) for each in there), [str(getattr(each, column)) for each in there] if name else []


def _walked(found: Any, size: int) -> list[Any]:
    pages = [found.page(size)]
    while pages[-1].next:
        pages.append(found.page(size, after=pages[-1].next))
    there = [each for page in pages for each in page.items]
    back = [pages[-1]]
    while back[0].previous:
        back.insert(0, found.page(size, before=back[0].previous))
    assert [each.pk for page in back for each in page.items] == [each.pk for each in there]
    return there


def contents(manager: Any, declared: Declared) -> list[str]:
    """All items."""
    owners = {"owner__in": OWNERS[declared.owner]} if declared.owner else {"id__in": declared.ids}
    return sorted(row(each, declared) for each in manager.filter(**owners))
