"""Charts of sweeps over λ (Figure 4) and over δ (Figure 6), as plotly figures."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sparsefool.analysis.statistics import Interval
from sparsefool.analysis.summaries import Summary, summarise_by
from sparsefool.view.shared.charts import layout
from sparsefool.view.shared.palette import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION, rgb

if TYPE_CHECKING:
    import pandas as pd


LINES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
AXES = {"delta": "δ, levels of 0 to 255", "lambda_": "λ"}

_TITLES = (
    "Pixels changed, % (median, quartiles)",
    "Fooling rate (95 % interval)",
    "Seconds per image (mean, 95 %)",
    "Iterations (mean, 95 %)",
)


def sweep_figure(rows: "pd.DataFrame", axis: str) -> go.Figure:
    """Return pixels, fooling rate, seconds and iterations over ``axis``, a line for each network.

    Args:
        rows: of a :class:`~sparsefool.experiments.sweep.Sweep` that varies only this axis.
        axis: ``"delta"`` (Figure 6) or ``"lambda_"`` (Figure 4).
    """
    figure = make_subplots(2, 2, subplot_titles=_TITLES, vertical_spacing=0.16, horizontal_spacing=0.09)
    summaries = summarise_by(rows.sort_values(axis), ("model", axis))
    for number, model in enumerate(dict.fromkeys(rows["model"])):
        points = {float(str(key[1])): each for key, each in summaries.items() if key[0] == model}
        _add_network(figure, str(model), points, LINES[number % len(LINES)])
    values = sorted(rows[axis].unique())
    ticks = {
        "type": "log",
        "tickvals": values,
        "ticktext": [f"{value:g}" for value in values],
        "tickangle": 0,
    }
    figure.update_xaxes(**ticks)
    figure.update_xaxes(title_text=AXES[axis], row=2)
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(tickformat=".0%", range=[-0.03, 1.05], row=1, col=2)
    figure.update_annotations(font_size=13)
    figure.update_layout(**layout(f"{axis} {values}"), height=620, hovermode="x")
    figure.update_layout(legend={"orientation": "h", "y": -0.12, "x": 0, "yanchor": "top"})
    return figure


def _add_network(figure: go.Figure, model: str, points: Mapping[float, Summary], colour: str) -> None:
    places = ((1, 1), (1, 2), (2, 1), (2, 2))
    for place, (title, pick, band) in enumerate(_MEASURES):
        x = list(points)
        y = [pick(each).value for each in points.values()]
        low, high = zip(*(band(each) for each in points.values()), strict=True)
        counts = [[each.fooled, each.n] for each in points.values()]
        row, column = places[place]
        figure.add_trace(
            go.Scatter(
                x=[*x, *x[::-1]],
                y=[*high, *low[::-1]],
                fill="toself",
                fillcolor=f"rgba{(*rgb(colour), 0.18)}",
                mode="lines",
                line={"width": 0},
                hoverinfo="skip",
                showlegend=False,
                legendgroup=model,
            ),
            row,
            column,
        )
        hover = f"{model}<br>{title}<br>%{{customdata[0]}} of %{{customdata[1]}} fooled<extra></extra>"
        figure.add_trace(
            go.Scatter(
                x=x,
                y=y,
                name=f"{model} (n = {max(each.n for each in points.values())})",
                mode="lines+markers",
                line={"color": colour, "width": 2},
                customdata=counts,
                hovertemplate=hover,
                showlegend=place == 0,
                legendgroup=model,
            ),
            row,
            column,
        )


def _quartiles(summary: Summary) -> Interval:
    return summary.percent_quartiles


_MEASURES: tuple[tuple[str, Any, Any], ...] = (
    ("median %{y:.3g} % of the pixels", lambda each: each.percent, _quartiles),
    (
        "%{y:.1%} fooled",
        lambda each: each.fooling_rate,
        lambda each: each.fooling_rate.interval,
    ),
    ("%{y:.3g} s", lambda each: each.seconds, lambda each: each.seconds.interval),
    ("%{y:.1f} iterations", lambda each: each.iterations, lambda each: each.iterations.interval),
)
