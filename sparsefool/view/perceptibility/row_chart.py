"""Changed pixels against δ on one picture, as a plotly figure: a mark for each picture of the row."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from sparsefool.backend.sweeps.request import SweepPoint
from sparsefool.view.shared.charts import chart_height, layout, text_size
from sparsefool.view.shared.palette import BLUE, GREY, VERMILLION, text_color

_TICKS = [float(f"{digit}e{exponent}") for exponent in range(6) for digit in (1, 2, 5)]


def row_figure(points: Sequence[SweepPoint], chosen: SweepPoint) -> go.Figure:
    """Return changed pixels against δ, both on logarithmic axes, with the ``chosen`` mark highlighted.

    A filled mark is a picture that fools the network, a hollow one a picture that does not: there the pixels
    are those that were changed in vain. There are no intervals: it is one picture.
    """
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=[point.delta for point in points],
            y=[max(point.pixels, 1) for point in points],
            mode="lines",
            line={"color": GREY, "width": 1.5, "dash": "dot"},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    for fooled, name, symbol in ((True, "fools the network", "circle"), (False, "does not", "circle-open")):
        own = [point for point in points if point.success is fooled]
        if own:
            figure.add_trace(_marks(own, name, symbol))
    figure.add_trace(
        go.Scatter(
            x=[chosen.delta],
            y=[max(chosen.pixels, 1)],
            mode="markers+text",
            marker={
                "symbol": "circle-open",
                "size": 22,
                "color": VERMILLION,
                "line": {"width": 3, "color": VERMILLION},
            },
            text=[f"{chosen.pixels:,} pixels"],
            textposition="top right",
            textfont={"size": text_size(15), "color": text_color()},
            cliponaxis=False,
            hoverinfo="skip",
            name="chosen",
        )
    )
    deltas, pixels = [point.delta for point in points], [max(point.pixels, 1) for point in points]
    figure.update_xaxes(
        type="log",
        tickvals=deltas,
        ticktext=[f"{delta:g}" for delta in deltas],
        tickangle=0,
        range=[math.log10(min(deltas)) - 0.15, math.log10(max(deltas)) + 0.4],
    )
    figure.update_xaxes(title_text="δ: largest change of a value allowed, levels of 0 to 255")
    ticks = [tick for tick in _TICKS if min(pixels) / 2.1 <= tick <= 2.1 * max(pixels)]
    figure.update_yaxes(
        type="log", title_text="Pixels changed", tickvals=ticks, ticktext=[f"{tick:,.0f}" for tick in ticks]
    )
    figure.update_layout(**layout("row"), height=chart_height(300))
    figure.update_layout(
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.0, "yanchor": "bottom"}
    )
    return figure


def _marks(points: Sequence[SweepPoint], name: str, symbol: str) -> go.Scatter:
    return go.Scatter(
        x=[point.delta for point in points],
        y=[max(point.pixels, 1) for point in points],
        mode="markers",
        name=name,
        marker={"symbol": symbol, "size": 11, "color": BLUE, "line": {"width": 2, "color": BLUE}},
        text=[
            f"δ = {point.delta:g}: {point.after.name}, {point.pixels:,} pixels = {point.percent:.3g} %"
            for point in points
        ],
        hovertemplate="%{text}<extra></extra>",
    )
