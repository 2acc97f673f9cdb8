"""The chart of a comparison: what an attack changes against how long it takes."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.summaries import Summary
from sparsefool.view.comparison.labels import Label, place_labels, text_box
from sparsefool.view.comparison.texts import short
from sparsefool.view.shared.charts import layout
from sparsefool.view.shared.palette import BLUE, CLEAR, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, YELLOW
from sparsefool.zoo.specs import find_spec

COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, YELLOW, GREY)
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "star", "pentagon")

SELDOM = 0.5
"""Share of the images below which an attack's mark is hollow: its median is over few, easy images."""

_LARGE = 16
"""Size of the text, in CSS pixels, from which on labels are short."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 34, 58

_STEPS = (
    (3.2, (1.0,)),
    (2.2, (1.0, 3.0)),
    (0.8, (1.0, 2.0, 5.0)),
    (0.0, (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)),
)
"""Which multiples of the powers of ten are on an axis that is longer than so many powers."""

Summaries = Mapping[tuple[str, str], Summary]
"""By network and attack."""


@dataclass(frozen=True)
class Count:
    """What is counted of an image: the name of the estimate of a summary, and its words."""

    name: str
    title: str
    words: str

    def of(self, summary: Summary) -> Estimate:
        """Return the median of a summary."""
        found: Estimate = getattr(summary, self.name)
        return found


PIXELS = Count("pixels", "Pixels", "pixels")
VALUES = Count("features", "Values (colour channels of a pixel)", "values")


def overview_figure(
    summaries: Summaries, count: Count, text_size: int, colour: str, height: int
) -> go.Figure:
    """Return a mark for each attack and network: what it changes against its seconds, with 95 % intervals.

    Args:
        summaries: those without a fooled image are not drawn.
        count: what is counted.
        text_size: of all texts, in CSS pixels.
        colour: of all texts.
        height: of the figure, in CSS pixels.
    """
    shown = {key: summary for key, summary in summaries.items() if count.of(summary).value > 0}
    if not shown:
        return go.Figure()
    models = list(dict.fromkeys(model for model, _ in summaries))
    figure = go.Figure()
    x_range = _range([each for s in shown.values() for each in (s.seconds.value, *s.seconds.interval)])
    y_range = _range([each for s in shown.values() for each in (count.of(s).value, *count.of(s).interval)])
    groups = _by_attack(shown)
    for group in groups.values():
        if len(group) > 1:
            figure.add_trace(_link(group, count))
    for number, model in enumerate(models):
        marks = {attack: shown[model, attack] for attack in groups if (model, attack) in shown}
        figure.add_trace(_marks(model, marks, count, number, len(models) > 1))
    for attack, label in _labels(groups, count, x_range, y_range, text_size, height).items():
        summary = groups[attack][label.mark]
        figure.add_annotation(_annotation(attack, label, summary, count, text_size, colour))
    figure.update_xaxes(
        **_axis(x_range), title_text="Seconds per image (mean)", range=list(x_range), ticks="outside"
    )
    title = f"{count.words.capitalize()} changed (median)"
    figure.update_yaxes(**_axis(y_range), title_text=title, range=list(y_range), automargin=False)
    texts = {"size": text_size, "color": colour}
    figure.update_xaxes(tickfont=texts, title_font=texts, automargin=False)
    figure.update_yaxes(tickfont=texts, title_font=texts)
    margin = {"l": _scaled(_LEFT, text_size), "r": _RIGHT, "t": _scaled(_TOP, text_size),
              "b": _scaled(_BOTTOM, text_size)}  # fmt: skip
    figure.update_layout(
        **layout("comparison") | {"margin": margin},
        height=height,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "font": texts,
                "itemclick": False, "itemdoubleclick": False},
    )  # fmt: skip
    return figure


def _scaled(margin: int, text_size: int) -> int:
    """Return a margin that leaves room for texts of a size; :data:`_LEFT` and the others are for 13."""
    return round(margin * text_size / 13)


def _by_attack(shown: Summaries) -> Mapping[str, list[Summary]]:
    groups: dict[str, list[Summary]] = {}
    for (_, attack), summary in shown.items():
        groups.setdefault(attack, []).append(summary)
    return groups


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of a logarithmic axis, with room for marks and labels."""
    known = [math.log10(value) for value in values if value > 0]
    low, high = min(known), max(known)
    room = max(0.12, 0.1 * (high - low))
    return low - room, high + room


def _axis(ends: tuple[float, float]) -> dict[str, Any]:
    """Return a logarithmic axis with as many round numbers on it as are read with ease."""
    low, high = ends
    steps = (
        (1,)
        if high - low > 3.2
        else (1, 3)
        if high - low > 2.2
        else (1, 2, 5)
        if high - low > 0.8
        else (1, 1.5, 2, 3, 4, 5, 7)
    )
    values = [step * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for step in steps]
    values = [value for value in values if low <= math.log10(value) <= high]
    texts = [f"{value:,.10g}" for value in values]
    return {"type": "log", "tickvals": values, "ticktext": texts, "zeroline": False, "minor_showgrid": False}


def _link(marks: Sequence[Summary], count: Count) -> go.Scatter:
    """Return the line that joins the marks of one attack on several networks."""
    return go.Scatter(
        x=[summary.seconds.value for summary in marks],
        y=[count.of(summary).value for summary in marks],
        mode="lines",
        line={"color": GREY, "width": 1},
        opacity=0.6,
        hoverinfo="skip",
        showlegend=False,
    )


def _marks(model: str, marks: Mapping[str, Summary], count: Count, number: int, named: bool) -> go.Scatter:
    colour, symbol = COLOURS[number % len(COLOURS)], SYMBOLS[number % len(SYMBOLS)]
    found = list(marks.values())
    return go.Scatter(
        x=[summary.seconds.value for summary in found],
        y=[count.of(summary).value for summary in found],
        error_x=_bars([summary.seconds for summary in found], colour),
        error_y=_bars([count.of(summary) for summary in found], colour),
        mode="markers",
        name=find_spec(model).title,
        showlegend=named,
        marker={
            "size": 11,
            "color": colour,
            "symbol": [symbol if is_strong(summary) else f"{symbol}-open" for summary in found],
            "line": {"width": 2, "color": colour},
        },
        customdata=list(marks),
        text=[_hover(model, attack, summary, count) for attack, summary in marks.items()],
        hovertemplate="%{text}<extra></extra>",
    )


def is_strong(summary: Summary) -> bool:
    """Return whether an attack fools at least half of the images, as they are once saved as pictures."""
    return summary.fooled_8bit >= SELDOM * summary.n


def _hover(model: str, attack: str, summary: Summary, count: Count) -> str:
    return (
        f"<b>{attack}</b>, {find_spec(model).title}<br>{_with_ends(count.of(summary))} {count.words}, "
        f"{_with_ends(summary.seconds)} s<br>fools {summary.fooled_8bit:,} of {summary.n:,} images"
    )


def _with_ends(estimate: Estimate) -> str:
    low, high = estimate.interval
    return short(estimate.value) + ("" if math.isnan(low) else f" ({short(low)} to {short(high)})")


def _bars(estimates: Sequence[Estimate], colour: str) -> dict[str, Any]:
    gaps = [(e.interval[1] - e.value, e.value - e.interval[0]) for e in estimates]
    upper, lower = ([0.0 if math.isnan(gap) else gap for gap in side] for side in zip(*gaps, strict=True))
    return {
        "type": "data", "symmetric": False, "array": upper, "arrayminus": lower, "color": colour,
        "thickness": 1.5, "width": 0,
    }  # fmt: skip


def label_text(attack: str, summary: Summary, text_size: int) -> str:
    """Return the label of an attack; one that fools few images says how many, unless the text is large."""
    if text_size >= _LARGE:
        return attack
    share = summary.fooled_8bit / summary.n
    return attack if is_strong(summary) else f"{attack} (fools {100 * share:.3g} %)"


def _labels(
    groups: Mapping[str, Sequence[Summary]],
    count: Count,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    text_size: int,
    height: int,
) -> Mapping[str, Label]:
    marks = [
        [(_share(s.seconds.value, x_range), 1 - _share(count.of(s).value, y_range)) for s in group]
        for group in groups.values()
    ]
    longest = [
        max((label_text(attack, s, text_size) for s in group), key=len) for attack, group in groups.items()
    ]
    sizes = [text_box(text, text_size) for text in longest]
    lines = [
        point
        for group, places in zip(groups.values(), marks, strict=True)
        for point in _drawn_lines(group, places, count, x_range, y_range)
    ]
    placed = place_labels(marks, sizes, height - _scaled(_TOP + _BOTTOM, text_size), lines)
    return dict(zip(groups, placed, strict=True))


def _drawn_lines(
    group: Sequence[Summary],
    places: Sequence[tuple[float, float]],
    count: Count,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
) -> Iterator[tuple[float, float]]:
    """Yield points of the intervals of an attack's marks and of the line that joins them."""
    for (x, y), summary in zip(places, group, strict=True):
        for end in count.of(summary).interval:
            if end > 0:
                yield from _between((x, y), (x, 1 - _share(end, y_range)))
        for end in summary.seconds.interval:
            if end > 0:
                yield from _between((x, y), (_share(end, x_range), y))
    for one, other in itertools.pairwise(places):
        yield from _between(one, other)


def _between(one: tuple[float, float], other: tuple[float, float]) -> list[tuple[float, float]]:
    steps = (0.2, 0.4, 0.6, 0.8, 1.0)
    return [(one[0] + step * (other[0] - one[0]), one[1] + step * (other[1] - one[1])) for step in steps]


def _share(value: float, ends: tuple[float, float]) -> float:
    low, high = ends
    return (math.log10(value) - low) / (high - low)


def _annotation(
    attack: str, label: Label, summary: Summary, count: Count, text_size: int, colour: str
) -> dict[str, Any]:
    return {
        "x": math.log10(summary.seconds.value),
        "y": math.log10(count.of(summary).value),
        "ax": label.x,
        "ay": label.y,
        "xanchor": label.xanchor,
        "yanchor": label.yanchor,
        "text": label_text(attack, summary, text_size),
        "font": {"size": text_size, "color": colour},
        "borderpad": 0,
        "bgcolor": CLEAR,
        "arrowhead": 0,
        "arrowwidth": 1,
        "arrowcolor": GREY if math.hypot(label.x, label.y) > 14 else CLEAR,
        "standoff": 6,
    }
