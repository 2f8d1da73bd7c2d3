"""Bar charts, as an SVG template draws them. All positions are percentages of the plot, so a chart fits any width.

Charting libraries style their SVG with inline `<style>` or `style=`, which the Content-Security-Policy refuses, and
scale their text with the picture, which on a phone leaves it unreadable.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

GAP = 0.15  # of a column: the space between two bars

# Where a scale may end, so that its half is as round a number.
COUNTS = [step * 10**power for power in range(9) for step in (2, 4, 6, 8, 10)]
TIMES = [10, 20, 30, 60, 120, 240, 600, 1200, 1800, 3600, 7200, 14_400, 86_400]  # seconds
SHARES = [1]


@dataclass(frozen=True)
class Series:
    """What one colour shows, a value for each column. `kind` names the colour to the stylesheet."""

    kind: str
    title: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Column:
    """One hour or day: its bars as (kind, y, height), what stands below it, and all of it in words."""

    x: str
    bar_x: str
    bars: list[tuple[str, str, str]]
    tick: str
    words: str


@dataclass(frozen=True)
class Chart:
    title: str
    series: list[Series]
    columns: list[Column]
    width: str  # of a column
    bar_width: str
    grid: list[tuple[str, str]]  # its lines, as y and what stands beside it


def chart(
    title: str,
    *series: Series,
    names: Sequence[str],
    ticks: Sequence[str],
    words: Callable[[float | None], str],
    scale: Sequence[float] = COUNTS,
    stacked: bool = False,
) -> Chart:
    """A column for each name. The bars of a column stand upon each other, or each in front of the one before."""
    rows = list(zip(*(each.values for each in series), strict=True))
    heights = [_heights(row, stacked) for row in rows]
    top = _top(max(max(base + value for base, value in row) for row in heights), scale)
    width = 100 / len(rows)
    columns = [
        Column(
            x=_percent(number * width),
            bar_x=_percent((number + GAP / 2) * width),
            bars=[
                (each.kind, _percent(100 - 100 * (base + value) / top), _percent(100 * value / top))
                for each, (base, value) in zip(series, heights[number], strict=True)
                if value
            ],
            tick=ticks[number],
            words=f"{name}: " + ", ".join(f"{each.title} {words(each.values[number])}" for each in series),
        )
        for number, name in enumerate(names)
    ]
    grid = [(_percent(100 - 100 * share), words(top * share)) for share in (0, 0.5, 1)]
    return Chart(title, list(series), columns, _percent(width), _percent(width * (1 - GAP)), grid)


def _heights(row: Sequence[float | None], stacked: bool) -> list[tuple[float, float]]:
    """Where each bar begins and how high it is."""
    values = [value or 0 for value in row]
    return [(sum(values[:number]) if stacked else 0, value) for number, value in enumerate(values)]


def _top(highest: float, scale: Sequence[float]) -> float:
    return next((end for end in scale if end >= highest), highest)


def _percent(value: float) -> str:
    return f"{value:.3f}%"
