"""`python -m bench.report`: the tables of docs/performance.md in Markdown, from the last run's build/bench.json."""

import json
from collections.abc import Iterable, Sequence

from .ablation import parts_of
from .cpu import TARGETS, VERBS
from .figures import OUTPUT, Figure
from .throughput import CLIENTS, ON_POSTGRESQL, named

NAMES = {"wrong": "a wrong code", "right": "a right code", "send": "a send", "naive": "hand-written"}


class Report:
    def __init__(self, figures: Iterable[Figure]) -> None:
        self.figures = {each.name: each for each in figures}

    def value(self, name: str) -> str:
        return f"{self.figures[name].value:.2f}" if name in self.figures else ""

    def row(self, first: str, names: Iterable[str], *rest: object) -> str:
        return f"| {' | '.join([first, *(self.value(name) for name in names), *map(str, rest)])} |"

    def ratios(self) -> list[str]:
        rows = head("one run", "instructions", "over sockets", "CPU time", "over sockets", "at most")
        for verb, other in sorted(TARGETS, key=lambda each: each[1], reverse=True):
            names = [
                f"{what} per {verb}{how}: ours / {other}"
                for what in ("instructions", "CPU")
                for how in ("", " over sockets")
            ]
            rows.append(self.row(f"{NAMES[verb]}: ours / {NAMES.get(other, other)}", names, TARGETS[verb, other]))
        cold = "cold start to a first answer: ours / naive"
        return [*rows, self.row("a cold start: ours / hand-written", ["", "", cold, ""], self.figures[cold].target)]

    def parts(self) -> list[str]:
        rows = head("instructions / those of the whole hand-written call", *(NAMES[verb] for verb in VERBS))
        return [
            *rows,
            *(self.row(part, [f"{verb}: {part} / the hand-written {verb}" for verb in VERBS]) for part in parts_of()),
        ]

    def throughput(self) -> list[str]:
        rows = head(
            "over HTTP, this project and django-allauth on PostgreSQL",
            *map(named, CLIENTS),
            "at most",
        )
        kinds = {
            f"sign-ins a second {{}}: {ON_POSTGRESQL} / ours": "1; 0.5 with 64",
            f"CPU of the site per sign-in {{}}: ours / {ON_POSTGRESQL}": "0.5",
            f"CPU of all processes per sign-in {{}}: ours / {ON_POSTGRESQL}": "",
            f"wait, 50th percentile, {{}}: ours / {ON_POSTGRESQL}": "",
            f"wait, 99th percentile, {{}}: ours / {ON_POSTGRESQL}": "",
        }
        for kind, most in kinds.items():
            names = [kind.format(f"with {named(n)}") for n in CLIENTS]
            rows.append(self.row(kind.replace(" {}", "").replace(",:", ":"), names, most))
        return rows

    def growth(self) -> list[str]:
        rows = head("from a thousand attempts to a million", "requests", "capacity units", "CPU time")
        found = [name for name in self.figures if name.startswith("growth, ")]
        for act in dict.fromkeys(name.removeprefix("growth, ").split(":")[0] for name in found):
            rows.append(self.row(act, [name for name in found if name.startswith(f"growth, {act}:")]))
        return rows


def head(*cells: str) -> list[str]:
    return [f"| {' | '.join(cells)} |", "|---" * len(cells) + "|"]


def main() -> None:
    read = [
        Figure(**{key: each[key] for key in ("name", "value", "unit", "target", "note")})
        for each in json.loads(OUTPUT.read_text())
    ]
    report = Report(read)
    tables: Sequence[list[str]] = (report.ratios(), report.parts(), report.throughput(), report.growth())
    print("\n\n".join("\n".join(table) for table in tables))


if __name__ == "__main__":
    main()
