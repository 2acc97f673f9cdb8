"""The chart of a comparison: what an attack changes against how long it takes."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.summaries import Summaries, Summary
from sparsefool.formats import significant, with_interval
from sparsefool.view.comparison.attack_labels import label_annotations
from sparsefool.view.comparison.log_axis import LogAxis
from sparsefool.view.comparison.measures import Count, is_strong
from sparsefool.view.shared.charts import layout
from sparsefool.view.shared.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, YELLOW
from sparsefool.zoo.specs import find_spec

COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, YELLOW, GREY)
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "star", "pentagon")

_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 34, 58


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
    axes = _axis([s.seconds for s in shown.values()]), _axis([count.of(s) for s in shown.values()])
    groups = _by_attack(shown)
    for group in groups.values():
        if len(group) > 1:
            figure.add_trace(_link(group, count))
    for number, model in enumerate(models):
        marks = {attack: shown[model, attack] for attack in groups if (model, attack) in shown}
        figure.add_trace(_marks(model, marks, count, number, len(models) > 1))
    room = height - _scaled(_TOP + _BOTTOM, text_size)
    for annotation in label_annotations(groups, count, axes, text_size, colour, room):
        figure.add_annotation(annotation)
    figure.update_xaxes(**axes[0].options(), title_text="Seconds per image (mean)", ticks="outside")
    title = f"{count.words.capitalize()} changed (median)"
    figure.update_yaxes(**axes[1].options(), title_text=title, automargin=False)
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


def _axis(estimates: Sequence[Estimate]) -> LogAxis:
    return LogAxis.around(end for each in estimates for end in (each.value, *each.interval))


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


def _hover(model: str, attack: str, summary: Summary, count: Count) -> str:
    changed, seconds = (with_interval(each, significant) for each in (count.of(summary), summary.seconds))
    return (
        f"<b>{attack}</b>, {find_spec(model).title}<br>{changed} {count.words}, {seconds} s<br>"
        f"fools {summary.fooled_8bit:,} of {summary.n:,} images"
    )


def _bars(estimates: Sequence[Estimate], colour: str) -> dict[str, Any]:
    gaps = [(e.interval[1] - e.value, e.value - e.interval[0]) for e in estimates]
    upper, lower = ([0.0 if math.isnan(gap) else gap for gap in side] for side in zip(*gaps, strict=True))
    return {
        "type": "data", "symmetric": False, "array": upper, "arrayminus": lower, "color": colour,
        "thickness": 1.5, "width": 0,
    }  # fmt: skip
