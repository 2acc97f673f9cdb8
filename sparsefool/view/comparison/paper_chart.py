"""The paper's medians beside those measured here, as pairs of dots, and those that are far apart in words."""

from collections.abc import Sequence

import plotly.graph_objects as go

from sparsefool.analysis.paper.comparison import PaperComparisonRow
from sparsefool.formats import significant
from sparsefool.view.shared.charts import layout
from sparsefool.view.shared.palette import AFTER, BEFORE, GREY

FAR = 1.4
"""Factor between two medians from which on they are far apart."""

FAR_RATE = 10.0
"""Difference of two fooling rates, in points of percent, from which on they are far apart."""

_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)


def compared_pixels(rows: Sequence[PaperComparisonRow]) -> list[PaperComparisonRow]:
    """Return the rows with a median of the pixels in the paper and here."""
    return [row for row in rows if row.paper and row.paper.pixels and row.here and row.here.percent.value > 0]


def paper_figure(rows: Sequence[PaperComparisonRow], text_size: int, colour: str) -> go.Figure:
    """Return the median pixels in percent of the image: the paper's, and with its 95 % interval the one here.

    Args:
        rows: of :func:`compared_pixels`; from top to bottom.
        text_size: of all texts, in CSS pixels.
        colour: of all texts.
    """
    places = list(range(len(rows)))
    papers = [row.paper.pixels for row in rows if row.paper]
    here = [row.here.percent for row in rows if row.here]
    figure = go.Figure()
    for place, one, other in zip(places, papers, here, strict=True):
        figure.add_trace(
            go.Scatter(
                x=[one, other.value], y=[place, place], mode="lines", showlegend=False, hoverinfo="skip",
                line={"color": GREY, "width": 2},
            )
        )  # fmt: skip
    figure.add_trace(_dots("paper", papers, places, BEFORE, "circle"))
    dots = _dots("here, with its 95 % interval", [each.value for each in here], places, AFTER, "diamond")
    ends = [(each.value, *each.interval) for each in here]
    upper = [high - value if high > 0 else 0.0 for value, _, high in ends]
    lower = [value - low if low > 0 else 0.0 for value, low, _ in ends]
    bars = {"type": "data", "symmetric": False, "array": upper, "arrayminus": lower, "thickness": 2}
    figure.add_trace(dots.update(error_x=bars))
    texts = {"size": text_size, "color": colour}
    figure.update_xaxes(
        type="log", tickvals=_TICKS, ticktext=[f"{each:g} %" for each in _TICKS], tickfont=texts,
        title_text="Pixels changed (median), share of the image", title_font=texts, zeroline=False,
    )  # fmt: skip
    labels = [f"{row.attack}<br>{row.network.replace(', ', ',<br>')}" for row in rows]
    figure.update_yaxes(
        tickvals=places, ticktext=labels, tickfont=texts, range=[len(rows) - 0.5, -0.5], zeroline=False,
        showgrid=True,
    )  # fmt: skip
    lines = [label.count("<br>") + 1 for label in labels]
    figure.update_layout(
        **layout("paper"),
        height=110 + round(1.5 * text_size * max(lines, default=1) * len(rows)),
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": texts},
    )
    return figure


def _dots(
    name: str, values: Sequence[float | None], places: Sequence[int], colour: str, symbol: str
) -> go.Scatter:
    return go.Scatter(
        x=values,
        y=places,
        mode="markers",
        name=name,
        marker={"color": colour, "symbol": symbol, "size": 12},
        hovertemplate=f"{name}: %{{x:.3g}} %<extra></extra>",
    )


def paper_finding(rows: Sequence[PaperComparisonRow]) -> str:
    """Return in one sentence how near the medians are to the paper's."""
    near = [row for row in rows if _ratio(row) < FAR]
    factors = [_ratio(row) for row in rows]
    return (
        f"**{len(near)} of {len(rows)} medians are within a factor of {FAR:g} of the paper's; the farthest "
        f"is {max(factors):.1f} times apart.** The networks are this project's own, trained anew."
    )


def disagreements(rows: Sequence[PaperComparisonRow]) -> list[str]:
    """Return a sentence or two for each row whose median or fooling rate is far from the paper's."""
    found = []
    for row in rows:
        paper, here = row.paper, row.here
        if paper is None or here is None:
            continue
        clauses = []
        if paper.pixels and here.percent.value > 0 and _ratio(row) >= FAR:
            clauses.append(
                f"{significant(here.percent.value)} % of the pixels, where the paper has {paper.pixels:g} %"
            )
        rate = 100 * here.fooling_rate.value
        if paper.fooling_rate is not None and abs(paper.fooling_rate - rate) >= FAR_RATE:
            clauses.append(f"{rate:.3g} % fooled, where the paper has {paper.fooling_rate:g} %")
        if clauses:
            reasons = " ".join(row.reasons) or "The network was trained anew and the images are fewer."
            found.append(f"**{row.attack} on {row.network}:** {'; '.join(clauses)}. {reasons}")
    return found


def _ratio(row: PaperComparisonRow) -> float:
    assert row.paper is not None
    assert row.paper.pixels is not None
    assert row.here is not None
    pair = row.paper.pixels, row.here.percent.value
    return max(pair) / min(pair)
