"""Bar charts for an SVG template. All positions are percentages of the plot, so a chart fits any width.

Charting libraries use inline `<style>` or `style=`, which the Content-Security-Policy forbids, and scale their text
with the picture, which makes it unreadable on a phone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

GAP = 0.15  # of a column: the space between two bars

# Where a scale may end: numbers whose half is round too, for the line in the middle.
COUNTS = [step * 10**power for power in range(9) for step in (2, 4, 6, 8, 10)]
TIMES = [10, 20, 30, 60, 120, 240, 600, 1200, 1800, 3600, 7200, 14_400, 86_400]  # seconds
SHARES = [1]


@dataclass(frozen=True)
class Series:
    """A series: a value for each column. `kind` selects the colour in the stylesheet."""

    kind: str
    title: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Column:
    """An hour or day: its bars as (kind, y, height), the label on the axis, and its values as text."""

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
    grid: list[tuple[str, str]]  # lines of the grid, as (y, label)


def chart(
    title: str,
    *series: Series,
    names: Sequence[str],
    ticks: Sequence[str],
    words: Callable[[float | None], str],
    scale: Sequence[float] = COUNTS,
    stacked: bool = False,
) -> Chart:
    """A chart with a column for each name. Its bars are stacked, or drawn one in front of the other."""
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
    """The lower end and the height of each bar."""
    values = [value or 0 for value in row]
    return [(sum(values[:number]) if stacked else 0, value) for number, value in enumerate(values)]


def _top(highest: float, scale: Sequence[float]) -> float:
    return next((end for end in scale if end >= highest), highest)


def _percent(value: float) -> str:
    return f"{value:.3f}%"
