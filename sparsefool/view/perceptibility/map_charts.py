"""The λ × δ map and its Pareto front, as plotly figures."""

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from sparsefool.analysis.pareto import GridPoint, pareto_front
from sparsefool.analysis.survivors import enough_fooled
from sparsefool.formats import percent
from sparsefool.view.perceptibility.sweep_charts import AXES
from sparsefool.view.shared.charts import SCALE, cell_texts, chart_height, layout, text_size
from sparsefool.view.shared.palette import GREY, VERMILLION

CELL, RING = 62, 52
"""Height of a cell and diameter of the ring in it, in CSS pixels."""


TICKS = [float(f"{digit}e{exponent}") for exponent in range(-3, 3) for digit in (1, 2, 5)]
"""Marks of a logarithmic axis in percent."""


def percent_text(percent: float) -> str:
    """Return a percentage with the digits that matter, never as a power of ten."""
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"


def map_figure(
    cells: Sequence[GridPoint], lambdas: Sequence[float] = (), deltas: Sequence[float] = ()
) -> go.Figure:
    """Return the λ × δ map: colour and number give the changed pixels; each cell has a point to click.

    Rings mark the Pareto front; a cross marks a cell in which no image was fooled. Of several images,
    brackets mark a median over too few fooled ones to be compared. The points carry λ and δ.

    Args:
        cells: those that are known.
        lambdas, deltas: of the rows and columns; where not given, those of the cells.
    """
    deltas = deltas or sorted({cell.delta for cell in cells})
    lambdas = lambdas or sorted({cell.lambda_ for cell in cells})
    by_pair = {(cell.lambda_, cell.delta): cell for cell in cells}
    shown = [[_colour(by_pair.get((lambda_, delta))) for delta in deltas] for lambda_ in lambdas]
    fooling = [cell for cell in cells if cell.fooled]
    figure = go.Figure(
        go.Heatmap(
            z=shown,
            x=[f"{delta:g}" for delta in deltas],
            y=[f"{lambda_:g}" for lambda_ in lambdas],
            colorscale=SCALE,
            colorbar=_percent_bar(),
            xgap=2,
            ygap=2,
            hoverinfo="skip",
        )
    )
    figure.add_trace(_numbers(fooling))
    figure.add_trace(_crosses([cell for cell in cells if not cell.fooled]))
    front = set(pareto_front(cells))
    for members, name in ((front, "Pareto front"), (set(cells) - front, "other pairs")):
        figure.add_trace(_clickable([cell for cell in cells if cell in members], name))
    for axis, values, title in (
        (figure.update_xaxes, deltas, AXES["delta"]),
        (figure.update_yaxes, lambdas, AXES["lambda_"]),
    ):
        order = [f"{value:g}" for value in values]
        axis(type="category", categoryorder="array", categoryarray=order, title_text=title, showgrid=False)
    figure.update_layout(**layout("map"), height=110 + chart_height(CELL) * len(lambdas), showlegend=False)
    return figure


def front_figure(cells: Sequence[GridPoint]) -> go.Figure:
    """Return changed pixels against the largest change, the Pareto front as a line."""
    fooling, front = [cell for cell in cells if cell.fooled], pareto_front(cells)
    others = _scatter([cell for cell in fooling if cell not in front], GREY, "other pairs", "markers")
    best = _scatter(front, VERMILLION, "Pareto front", "lines+markers")
    figure = go.Figure([others, best.update(line={"shape": "hv", "width": 2})])
    figure.update_xaxes(title_text="Largest change of a value, levels", rangemode="tozero")
    texts = [f"{tick:g}" for tick in TICKS]
    figure.update_yaxes(title_text="Pixels changed, %", type="log", tickvals=TICKS, ticktext=texts)
    figure.update_layout(
        **layout("front"),
        height=chart_height(360),
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure


def _colour(cell: GridPoint | None) -> float | None:
    return math.log10(max(cell.percent, 1e-3)) if cell and cell.fooled else None


def _numbers(fooling: Sequence[GridPoint]) -> go.Scatter:
    colours = [math.log10(max(cell.percent, 1e-3)) for cell in fooling]
    low, high = min(colours, default=0.0), max(colours, default=0.0)
    places = [(colour - low) / ((high - low) or 1.0) for colour in colours]
    columns, rows = [f"{cell.delta:g}" for cell in fooling], [f"{cell.lambda_:g}" for cell in fooling]
    return cell_texts(columns, rows, [_cell_text(cell) for cell in fooling], places)


def _cell_text(cell: GridPoint) -> str:
    if cell.n == 1:
        return percent_text(cell.percent)
    pixels = percent_text(cell.percent)
    pixels = pixels if enough_fooled(cell.fooled, cell.n) else f"({pixels})"
    return f"{pixels}<br>{percent(cell.fooled / cell.n)} fooled"


def _percent_bar() -> dict[str, Any]:
    return {
        "title": {"text": "Pixels, %"},
        "tickvals": [math.log10(tick) for tick in TICKS],
        "ticktext": [f"{tick:g}" for tick in TICKS],
        "thickness": 12,
    }


def _hover(cell: GridPoint) -> str:
    outcome = (
        f"{cell.fooled} of {cell.n} fooled" if cell.n > 1 else ("fooled" if cell.fooled else "not fooled")
    )
    return (
        f"λ = {cell.lambda_:g}, δ = {cell.delta:g}: {outcome}<br>{cell.pixels:g} pixels = "
        f"{cell.percent:.3g} %, largest change {cell.max_change:.0f}"
    )


def _crosses(cells: Sequence[GridPoint]) -> go.Scatter:
    return go.Scatter(
        x=[f"{cell.delta:g}" for cell in cells],
        y=[f"{cell.lambda_:g}" for cell in cells],
        mode="text",
        text="✕",
        textfont={"color": GREY, "size": text_size(15)},
        hoverinfo="skip",
    )


def _clickable(cells: Sequence[GridPoint], name: str) -> go.Scatter:
    ring = {"width": 3, "color": VERMILLION} if name == "Pareto front" else {"width": 0}
    return go.Scatter(
        x=[f"{cell.delta:g}" for cell in cells],
        y=[f"{cell.lambda_:g}" for cell in cells],
        mode="markers",
        name=name,
        marker={"symbol": "circle", "size": chart_height(RING), "color": "rgba(0,0,0,0.004)", "line": ring},
        customdata=[[cell.lambda_, cell.delta] for cell in cells],
        text=[_hover(cell) for cell in cells],
        hovertemplate="%{text}<extra></extra>",
        unselected={"marker": {"opacity": 1}},
    )


def _scatter(cells: Sequence[GridPoint], colour: str, name: str, mode: str) -> go.Scatter:
    return go.Scatter(
        x=[cell.max_change for cell in cells],
        y=[cell.percent for cell in cells],
        mode=mode,
        name=name,
        marker={"color": colour, "size": 8},
        text=[_hover(cell) for cell in cells],
        hovertemplate="%{text}<extra></extra>",
    )
