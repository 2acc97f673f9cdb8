"""The paper's medians beside those measured here, as pairs of dots, and those that are far apart in words."""

from collections.abc import Sequence

import plotly.graph_objects as go

from sparsefool.analysis.paper.comparison import PaperComparisonRow
from sparsefool.formats import listed, significant
from sparsefool.view.shared.charts import layout
from sparsefool.view.shared.palette import AFTER, BEFORE, GREY

FAR = 1.4
"""Factor between two medians from which on they are far apart."""

FAR_RATE = 10.0
"""Difference of two fooling rates, in points of percent, from which on they are far apart."""

_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)


def compared_pixels(rows: Sequence[PaperComparisonRow]) -> list[PaperComparisonRow]:
    """Return the rows with a median of the pixels here, and one or more in the paper."""
    return [row for row in rows if row.here and row.here.percent.value > 0 and _papers(row)]


def paper_figure(rows: Sequence[PaperComparisonRow], text_size: int, colour: str) -> go.Figure:
    """Return the median pixels in percent of the image: the paper's, and with its 95 % interval the one here.

    Args:
        rows: of :func:`compared_pixels`; from top to bottom.
        text_size: of all texts, in CSS pixels.
        colour: of all texts.
    """
    places = list(range(len(rows)))
    papers = [_papers(row) for row in rows]
    here = [row.here.percent for row in rows if row.here]
    figure = go.Figure()
    for place, those, other in zip(places, papers, here, strict=True):
        ends = [*(pixels for _, pixels in those), other.value]
        figure.add_trace(
            go.Scatter(
                x=[min(ends), max(ends)], y=[place, place], mode="lines", showlegend=False, hoverinfo="skip",
                line={"color": GREY, "width": 2},
            )
        )  # fmt: skip
    theirs = [(pixels, place, network) for place, those in enumerate(papers) for network, pixels in those]
    figure.add_trace(_dots("paper", theirs, BEFORE, "circle"))
    ours = [(each.value, place, rows[place].network) for place, each in enumerate(here)]
    dots = _dots("here, with its 95 % interval", ours, AFTER, "diamond")
    spans = [(each.value, *each.interval) for each in here]
    upper = [high - value if high > 0 else 0.0 for value, _, high in spans]
    lower = [value - low if low > 0 else 0.0 for value, low, _ in spans]
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


def _dots(name: str, dots: Sequence[tuple[float, int, str]], colour: str, symbol: str) -> go.Scatter:
    """Return a trace of dots, each with its value, its row and what network it is of."""
    values, places, networks = zip(*dots, strict=True)
    return go.Scatter(
        x=values,
        y=places,
        customdata=networks,
        mode="markers",
        name=name,
        marker={"color": colour, "symbol": symbol, "size": 12},
        hovertemplate=f"{name}: %{{x:.3g}} %, %{{customdata}}<extra></extra>",
    )


def paper_finding(rows: Sequence[PaperComparisonRow]) -> str:
    """Return in one sentence how near the medians are to the paper's, on networks that the paper has."""
    factors = [_ratio(row) for row in rows if row.paper]
    near = sum(factor < FAR for factor in factors)
    return (
        f"**{near} of {len(factors)} medians are within a factor of {FAR:g} of the paper's; the farthest "
        f"is {max(factors):.1f} times apart.** The networks are this project's own, trained anew."
    )


def stand_in_note(rows: Sequence[PaperComparisonRow]) -> str:
    """Return what the paper's dots are beside networks that the paper has not; empty if there is none."""
    stand_ins = [row for row in rows if not row.paper]
    if not stand_ins:
        return ""
    ours = listed([f"**{name}**" for name in dict.fromkeys(row.network for row in stand_ins)])
    theirs = listed(list(dict.fromkeys(network for row in stand_ins for network, _ in _papers(row))))
    return f"The paper's dots beside {ours}, which it has not, are {theirs}."


def disagreements(rows: Sequence[PaperComparisonRow]) -> list[str]:
    """Return a sentence or two for each row whose median or fooling rate is far from the paper's.

    Where a network stands in for several of the paper's, it is far from them if it is far from each.
    """
    found = []
    for row in rows:
        papers, here, clauses = [pixels for _, pixels in _papers(row)], row.here, []
        if here is None:
            continue
        rate, rates = (
            100 * here.fooling_rate.value,
            [each.fooling_rate for each in row.beside if each.fooling_rate is not None],
        )
        if papers and here.percent.value > 0 and _ratio(row) >= FAR:
            clauses.append(
                f"{significant(here.percent.value)} % of the pixels, where the paper has {_span(papers)} %"
            )
        if rates and min(abs(each - rate) for each in rates) >= FAR_RATE:
            clauses.append(f"{rate:.3g} % fooled, where the paper has {_span(rates)} %")
        if clauses:
            found.append(f"**{row.attack} on {row.network}:** {'; '.join(clauses)}. {_reason(row)}")
    return found


def _reason(row: PaperComparisonRow) -> str:
    if row.reasons:
        return " ".join(row.reasons)
    return (
        "The network was trained anew and the images are fewer."
        if row.paper
        else "The network is none of the paper's."
    )


def _papers(row: PaperComparisonRow) -> list[tuple[str, float]]:
    """Return the paper's networks that a row is compared with, and their medians in percent of the pixels."""
    return [(each.network, each.median_pixels) for each in row.beside if each.median_pixels]


def _span(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _ratio(row: PaperComparisonRow) -> float:
    """Return how many times apart the median here and the nearest of the paper's are, at least 1."""
    assert row.here is not None
    value = row.here.percent.value
    return min(max(each, value) / min(each, value) for _, each in _papers(row))
