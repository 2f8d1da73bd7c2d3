"""Makes the mutants of a module. Each is its source with one change."""

import builtins
import importlib.util
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.mutators import mutation_operators

from .targets import ROOT


def drop_part(node: cst.FormattedString) -> Iterator[cst.CSTNode]:
    """An f-string without one of its parts: a length, a separator."""
    for n in range(len(node.parts)):
        yield node.with_changes(parts=[*node.parts[:n], *node.parts[n + 1 :]])


def drop_statement(node: cst.SimpleStatementLine) -> Iterator[cst.CSTNode]:
    """`pass` instead of a call whose result is unused, or of a raise."""
    statement = node.body[0]
    if isinstance(statement, cst.Raise) or (isinstance(statement, cst.Expr) and isinstance(statement.value, cst.Call)):
        yield node.with_changes(body=[cst.Pass()])


OPERATORS = (*mutation_operators, (cst.FormattedString, drop_part), (cst.SimpleStatementLine, drop_statement))
UNTOUCHED = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)


@dataclass(frozen=True)
class Mutant:
    """A module with one change.

    `function` is the qualified name of the one whose body it is in, None outside of any; `statement` are the lines
    that say by which tests it is run.
    """

    module: str
    path: str
    source: str
    function: str | None
    statement: range
    line: int
    change: tuple[str, str]

    def __str__(self) -> str:
        return f"{Path(self.path).relative_to(ROOT)}:{self.line}\n    - {self.change[0]}\n    + {self.change[1]}"


def mutants_of(module: str) -> list[Mutant]:
    """Every mutant of a module, from its first line to its last, each once."""
    path = importlib.util.find_spec(module).origin
    text = Path(path).read_text()
    wrapper = MetadataWrapper(cst.parse_module(text))
    parents, positions = (wrapper.resolve(provider) for provider in (ParentNodeProvider, PositionProvider))
    changes = Changes()
    wrapper.module.visit(changes)
    found = {}
    for node, other in changes.found:
        around = list(_around(node, parents))
        source = wrapper.module.deep_replace(node, other).code
        if source != text:
            where = _function(around), _statement(around, positions)
            found.setdefault(source, Mutant(module, path, source, *where, *_difference(text, source)))
    return list(found.values())


class Changes(cst.CSTVisitor):
    """Collects the replacements of each node, as (node, replacement)."""

    def __init__(self) -> None:
        self.found: list[tuple[cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, UNTOUCHED) or _is_type_alias(node):
            return False
        for kind, operator in OPERATORS:
            if isinstance(node, kind):
                self.found += [(node, other) for other in operator(node)]
        return True


def _is_type_alias(node: cst.CSTNode) -> bool:
    """Such as `Key = tuple[str, str]`, which does nothing at run time, like an annotation."""
    if isinstance(node, cst.Assign) and isinstance(node.value, cst.Subscript):
        name = getattr(node.value.value, "value", None)
        return isinstance(name, str) and (isinstance(getattr(builtins, name, None), type) or hasattr(typing, name))
    return False


def _around(node: cst.CSTNode, parents: dict[cst.CSTNode, cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """A node and its ancestors, innermost first."""
    while node:
        yield node
        node = parents.get(node)


def _function(around: list[cst.CSTNode]) -> str | None:
    names = []
    for inner, node in reversed(list(pairwise(around))):
        if isinstance(node, cst.ClassDef):
            names.append(node.name.value)
        elif isinstance(node, cst.FunctionDef):
            return ".".join([*names, node.name.value]) if inner is node.body else None
    return None


def _statement(around: list[cst.CSTNode], positions: dict[cst.CSTNode, CodeRange]) -> range:
    """The lines of a simple statement, or of the head of a compound one."""
    kinds = (cst.SimpleStatementLine, cst.BaseCompoundStatement)
    statement = next(node for node in around if isinstance(node, kinds))
    first, last = (getattr(positions[statement], end).line for end in ("start", "end"))
    if isinstance(statement, cst.BaseCompoundStatement):
        last = max(first, positions[statement.body].start.line - 1)
    return range(first, last + 1)


def _difference(before: str, after: str) -> tuple[int, tuple[str, str]]:
    """The number of the first line that differs, and the differing lines before and after, each joined into one."""
    old, new = before.splitlines(), after.splitlines()
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    was, now = (" ".join(" ".join(lines[start : len(lines) - end]).split()) for lines in (old, new))
    return start + 1, (was, now)


def _alike(some: list[str], others: list[str]) -> int:
    """The length of the common beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(some, others, strict=False)))
