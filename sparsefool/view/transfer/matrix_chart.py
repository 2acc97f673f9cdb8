"""The matrix of a transfer as a plotly figure (Table 3), with a point to click in each cell."""

from collections.abc import Sequence

import plotly.graph_objects as go

from sparsefool.analysis.paper.figures import TABLE_3
from sparsefool.analysis.transfer_rates import Rate, TransferRate
from sparsefool.formats import percent, percents
from sparsefool.view.shared.charts import SCALE, cell_texts, layout
from sparsefool.zoo.specs import find_spec

_AGAINST_NOISE = {True: "more than noise", False: "less than noise", None: "not told from noise"}
_NARROW = 4
"""Networks from which on the texts of the cells are smaller."""


def matrix_figure(cells: Sequence[TransferRate], text_size: int, colour: str) -> go.Figure:
    """Return fooling rates, sources as rows and targets as columns; the points carry both names.

    On the diagonal is how often the attack fools its own source: only these images count in the row.

    Args:
        cells: of :func:`~sparsefool.analysis.transfer_rates.transfer_matrix`.
        text_size: of the texts, in CSS pixels; smaller in the cells where there are many networks.
        colour: of the texts outside the cells.
    """
    models = list(dict.fromkeys(cell.source for cell in cells))
    by_pair = {(cell.source, cell.target): cell for cell in cells}
    rows = [
        [by_pair[source, target] for target in models if (source, target) in by_pair] for source in models
    ]
    titles = [_broken(model) for model in models]
    figure = go.Figure(
        go.Heatmap(
            z=[[shown_rate(cell).estimate.value for cell in row] for row in rows],
            x=titles,
            y=titles,
            zmin=0,
            zmax=1,
            colorscale=SCALE,
            showscale=False,
            xgap=3,
            ygap=3,
            hoverinfo="skip",
        )
    )
    sources, targets = [_broken(cell.source) for cell in cells], [_broken(cell.target) for cell in cells]
    texts = cell_texts(
        targets, sources, [_text(cell) for cell in cells], [shown_rate(cell).estimate.value for cell in cells]
    )
    figure.add_trace(texts.update(textfont_size=text_size if len(models) < _NARROW else text_size - 3))
    figure.add_trace(
        go.Scatter(
            x=targets,
            y=sources,
            mode="markers",
            marker={"symbol": "square", "size": 96, "color": "rgba(0,0,0,0.004)"},
            customdata=[[cell.source, cell.target] for cell in cells],
            text=[_hover(cell) for cell in cells],
            hovertemplate="%{text}<extra></extra>",
            unselected={"marker": {"opacity": 1}},
        )
    )
    figure.update_xaxes(title_text="Tried on", side="top", showgrid=False, type="category")
    figure.update_yaxes(title_text="Made for", autorange="reversed", showgrid=False, type="category")
    texts = {"size": text_size, "color": colour}
    figure.update_xaxes(tickfont=texts, title_font=texts)
    figure.update_yaxes(tickfont=texts, title_font=texts)
    row = round((8 if _has_paper(cells) else 7) * 1.35 * text_size) + 12
    figure.update_layout(
        **layout("matrix"), height=round(6.5 * text_size) + row * len(models), showlegend=False
    )
    return figure


def _has_paper(cells: Sequence[TransferRate]) -> bool:
    return any((cell.source, cell.target) in TABLE_3 for cell in cells)


def shown_rate(cell: TransferRate) -> Rate:
    """Return what a cell shows: on the diagonal, how many of the attacked images fool their own source."""
    return Rate(cell.fooled.n, cell.attacked) if cell.source == cell.target else cell.fooled


def cell_lines(cell: TransferRate) -> list[str]:
    """Return what is written in a cell: the rate first."""
    rate = shown_rate(cell)
    if not rate.n:
        return ["no image", "n = 0"]
    paper = TABLE_3.get((cell.source, cell.target))
    lines = [percent(rate.estimate.value, 1), _interval(rate), f"{rate.count:,} of {rate.n:,}"]
    if cell.source == cell.target:
        lines.append("only these count")
    else:
        noise = percent(cell.noise.estimate.value, 1)
        lines += [f"noise {noise}", _interval(cell.noise), _AGAINST_NOISE[cell.beyond_noise]]
    return lines if paper is None else [*lines, f"paper: {paper:g} %"]


def _text(cell: TransferRate) -> str:
    rate, *others = cell_lines(cell)
    return "<br>".join([f"<b>{rate}</b>", *others])


def _interval(rate: Rate) -> str:
    low, high = rate.estimate.interval
    return percents(low, high, 1)


def _hover(cell: TransferRate) -> str:
    source, target = find_spec(cell.source).title, find_spec(cell.target).title
    return f"made for {source}, tried on {target}<br>click to see the images"


def _broken(model: str) -> str:
    """Return a network's title with a line break after a comma, so that it fits beside its row."""
    return find_spec(model).title.replace(", ", ",<br>")
