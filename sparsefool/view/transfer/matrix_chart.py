"""The matrix of a transfer as a plotly figure (Table 3), with a point to click in each cell."""

from collections.abc import Sequence

import plotly.graph_objects as go

from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.transfer_rates import TransferRate
from sparsefool.view.shared.charts import SCALE, cell_texts, layout
from sparsefool.zoo.specs import find_spec

ALL, CORRECT = "All images", "Both correct"


def matrix_figure(cells: Sequence[TransferRate], over: str) -> go.Figure:
    """Return fooling rates, sources as rows and targets as columns; the points carry both names.

    Args:
        cells: of :func:`~sparsefool.analysis.transfer_rates.transfer_matrix`.
        over: :data:`ALL` images, or :data:`CORRECT`: those that source and target both classify correctly.
    """
    models = list(dict.fromkeys(cell.source for cell in cells))
    by_pair = {(cell.source, cell.target): cell for cell in cells}
    rows = [
        [by_pair[source, target] for target in models if (source, target) in by_pair] for source in models
    ]
    titles = [find_spec(model).title for model in models]
    figure = go.Figure(
        go.Heatmap(
            z=[[rate_of(cell, over)[0].value for cell in row] for row in rows],
            x=titles,
            y=titles,
            zmin=0,
            zmax=1,
            colorscale=SCALE,
            colorbar={"title": {"text": "Fooling rate"}, "tickformat": ".0%", "thickness": 12},
            xgap=3,
            ygap=3,
            hoverinfo="skip",
        )
    )
    sources = [find_spec(cell.source).title for cell in cells]
    targets = [find_spec(cell.target).title for cell in cells]
    values = [rate_of(cell, over)[0].value for cell in cells]
    figure.add_trace(cell_texts(targets, sources, [_text(cell, over) for cell in cells], values))
    figure.add_trace(
        go.Scatter(
            x=targets,
            y=sources,
            mode="markers",
            marker={"symbol": "square", "size": 64, "color": "rgba(0,0,0,0.004)"},
            customdata=[[cell.source, cell.target] for cell in cells],
            text=[_hover(cell) for cell in cells],
            hovertemplate="%{text}<extra></extra>",
            unselected={"marker": {"opacity": 1}},
        )
    )
    figure.update_xaxes(title_text="Target: tried on", side="top", showgrid=False, type="category")
    figure.update_yaxes(title_text="Source: made for", autorange="reversed", showgrid=False, type="category")
    figure.update_layout(**layout("matrix"), height=150 + 96 * len(models), showlegend=False)
    return figure


def rate_of(cell: TransferRate, over: str) -> tuple[Estimate, int, int]:
    """Return the rate of a cell, how many images fooled its target, and out of how many."""
    if over == CORRECT:
        return cell.rate_correct, cell.fooled_correct, cell.n_correct
    return cell.rate, cell.fooled, cell.n


def _text(cell: TransferRate, over: str) -> str:
    rate, fooled, n = rate_of(cell, over)
    if not n:
        return "no image<br>n = 0"
    low, high = rate.interval
    return f"<b>{rate.value:.1%}</b><br>{low:.1%} to {high:.1%}<br>{fooled:,} of {n:,}"


def _hover(cell: TransferRate) -> str:
    source, target = find_spec(cell.source).title, find_spec(cell.target).title
    return f"made for {source}, tried on {target}<br>click to see the images"
