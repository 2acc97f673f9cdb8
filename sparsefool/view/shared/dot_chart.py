"""Rows of dots with their 95 % intervals: several series of estimates, one row for each thing they are of."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from sparsefool.analysis.statistics import Estimate
from sparsefool.view.shared.charts import chart_height, layout
from sparsefool.view.shared.palette import GREY

LINE, AXIS, ABOVE = 21, 54, 30
"""Heights of a line of the legend, of the horizontal axis with its title, and above the rows, in pixels."""

NARROW, SYMBOL, CHARACTER = 640, 44, 7
"""Widths of the legend on the narrowest page, of its symbols and of a character, in pixels, about."""


@dataclass(frozen=True)
class Unit:
    """What the numbers of a chart are in.

    Attributes:
        factor: by which the estimates are multiplied.
        suffix: behind each number.
        axis, beside: their format on the axis, and beside a dot that is pointed at.
    """

    factor: float
    suffix: str
    axis: str
    beside: str


PERCENT = Unit(100, " %", ".0f", ".1f")
POINTS = Unit(100, "", ".0f", "+.1f")
"""Differences of shares, in percentage points: the axis says so."""
TIMES = Unit(1, "", ".2~f", ".2f")


@dataclass(frozen=True)
class Series:
    """Estimates of one kind, one for each row; those that are NaN are not drawn.

    Attributes:
        title: in the legend.
        colour, symbol: of its dots.
        estimates: shares, with their intervals if they have one.
        notes: what the estimates rest on, such as ``n = 20``, shown beside a dot that is pointed at.
    """

    title: str
    colour: str
    symbol: str
    estimates: Sequence[Estimate]
    notes: Sequence[str]


def dot_figure(
    labels: Sequence[str],
    series: Sequence[Series],
    identity: str,
    x_title: str,
    x_range: tuple[float, float] | None = None,
    line_at: tuple[float, str] | None = None,
    unit: Unit = PERCENT,
) -> go.Figure:
    """Return the series in rows, with the legend below.

    Args:
        labels: of the rows, which may have several lines; from top to bottom.
        series: with one estimate for each row.
        identity: of the figure; zoom survives a rerun as long as it is the same.
        x_title, x_range: of the horizontal axis; as wide as the dots need by default.
        line_at: where a vertical line is drawn, and its text.
        unit: in which the chart's numbers are; the estimates, the range and the line are without it.
    """
    figure = go.Figure()
    gap = 0.64 / len(series)
    for number, each in enumerate(series):
        offset = gap * (number - (len(series) - 1) / 2)
        value = f"%{{x:{unit.beside}}}{unit.suffix}"
        values = [unit.factor * estimate.value for estimate in each.estimates]
        figure.add_trace(
            go.Scatter(
                x=[None if value != value else value for value in values],
                y=[row + offset for row in range(len(labels))],
                mode="markers",
                name=each.title,
                marker={"color": each.colour, "symbol": each.symbol, "size": 10},
                error_x=_intervals(each, unit.factor),
                customdata=list(each.notes),
                hovertemplate=f"{each.title}: {value}, %{{customdata}}<extra></extra>",
            )
        )
    if line_at is not None:
        place, text = line_at
        above = {"text": text, "xanchor": "center", "yanchor": "bottom"}
        figure.add_vline(unit.factor * place, line={"color": GREY, "dash": "dot"}, annotation=above)
    figure.update_xaxes(
        title_text=x_title,
        range=x_range and [unit.factor * end for end in x_range],
        tickformat=unit.axis,
        ticksuffix=unit.suffix,
        zeroline=False,
    )
    figure.update_yaxes(
        tickvals=list(range(len(labels))), ticktext=labels, range=[len(labels) - 0.5, -0.5], zeroline=False
    )
    axis, legend = chart_height(AXIS), chart_height(LINE * _legend_lines(series) + 8)
    height = chart_height(ABOVE + max(18 * len(series), 42) * len(labels)) + axis + legend
    figure.update_layout(
        **layout(identity) | {"margin": {"l": 8, "r": 8, "t": ABOVE, "b": axis + legend}},
        height=height,
        showlegend=True,
        legend={"orientation": "h", "yref": "container", "y": legend / height, "yanchor": "top"},
    )
    return figure


def _legend_lines(series: Sequence[Series]) -> int:
    """Return how many lines the legend takes on a narrow page, about; plotly makes its entries alike wide."""
    widest = max(len(each.title) for each in series) * CHARACTER + SYMBOL
    return math.ceil(len(series) / max(1, NARROW // widest))


def _intervals(series: Series, factor: float) -> dict[str, Any]:
    gaps = [
        (factor * (each.interval[1] - each.value), factor * (each.value - each.interval[0]))
        for each in series.estimates
    ]
    upper, lower = ([0.0 if gap != gap else gap for gap in side] for side in zip(*gaps, strict=True))
    return {
        "type": "data",
        "symmetric": False,
        "array": upper,
        "arrayminus": lower,
        "color": series.colour,
    }
