"""Rows of dots with their 95 % intervals: several series of estimates, one row for each thing they are of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from sparsefool.analysis.statistics import Estimate
from sparsefool.view.shared.charts import layout
from sparsefool.view.shared.palette import GREY

LINE = 21
"""Height of a line of the legend, in pixels."""


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
    formats: tuple[str, str] = (".0%", ".1%"),
) -> go.Figure:
    """Return the series in rows, with the legend below.

    Args:
        labels: of the rows, which may have several lines; from top to bottom.
        series: with one estimate for each row.
        identity: of the figure; zoom survives a rerun as long as it is the same.
        x_title, x_range: of the horizontal axis; as wide as the dots need by default.
        line_at: where a vertical line is drawn, and its text.
        formats: of the numbers on that axis, and beside a dot that is pointed at.
    """
    figure = go.Figure()
    gap = 0.64 / len(series)
    for number, each in enumerate(series):
        offset = gap * (number - (len(series) - 1) / 2)
        values = [estimate.value for estimate in each.estimates]
        figure.add_trace(
            go.Scatter(
                x=[None if value != value else value for value in values],
                y=[row + offset for row in range(len(labels))],
                mode="markers",
                name=each.title,
                marker={"color": each.colour, "symbol": each.symbol, "size": 10},
                error_x=_intervals(each),
                customdata=list(each.notes),
                hovertemplate=f"{each.title}: %{{x:{formats[1]}}}, %{{customdata}}<extra></extra>",
            )
        )
    if line_at is not None:
        place, text = line_at
        above = {"text": text, "xanchor": "center", "yanchor": "bottom"}
        figure.add_vline(place, line={"color": GREY, "dash": "dot"}, annotation=above)
    figure.update_xaxes(title_text=x_title, range=x_range, tickformat=formats[0], zeroline=False)
    figure.update_yaxes(
        tickvals=list(range(len(labels))), ticktext=labels, range=[len(labels) - 0.5, -0.5], zeroline=False
    )
    below = 70 + LINE * len(series)
    figure.update_layout(
        **layout(identity) | {"margin": {"l": 8, "r": 8, "t": 30, "b": below}},
        height=40 + below + max(20 * len(series), 44) * len(labels),
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"},
    )
    return figure


def _intervals(series: Series) -> dict[str, Any]:
    gaps = [
        (estimate.interval[1] - estimate.value, estimate.value - estimate.interval[0])
        for estimate in series.estimates
    ]
    upper, lower = ([0.0 if gap != gap else gap for gap in side] for side in zip(*gaps, strict=True))
    return {
        "type": "data",
        "symmetric": False,
        "array": upper,
        "arrayminus": lower,
        "color": series.colour,
    }
