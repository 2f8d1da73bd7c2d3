"""Figures, the results of the benchmarks, and how they are printed and written."""

import importlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

OUTPUT = Path(__file__).parent.parent / "build" / "bench.json"


@dataclass(frozen=True)
class Figure:
    """One result. `target` is the highest acceptable value, None if there is none; `note` gives the details."""

    name: str
    value: float
    unit: str
    target: float | None = None
    note: str = ""

    @property
    def met(self) -> bool:
        return self.target is None or self.value <= self.target

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "met": self.met}


def measured(part: str) -> list[Figure]:
    """The figures of one part: those of the module with that name."""
    return importlib.import_module(f"bench.{part}").figures()


def table(figures: Iterable[Figure]) -> str:
    rows = [("figure", "value", "unit", "target", "met", "")]
    for each in figures:
        target = "" if each.target is None else f"{each.target:g}"
        rows.append((each.name, f"{each.value:.3g}", each.unit, target, "yes" if each.met else "NO", each.note))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[5]]).rstrip()
        for row in rows
    )


def write(figures: Iterable[Figure], path: Path = OUTPUT) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([each.as_json() for each in figures], indent=2) + "\n")
