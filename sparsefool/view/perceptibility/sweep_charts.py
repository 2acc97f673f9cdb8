"""Charts of sweeps over λ (Figure 4) and over δ (Figure 6), as plotly figures."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.survivors import Sparsity, sparsity_by
from sparsefool.view.perceptibility.sweep_texts import NOT_REACHED, measured
from sparsefool.view.shared.charts import layout, title_size
from sparsefool.view.shared.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, rgb
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


LINES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
AXES = {"delta": "δ, levels of 0 to 255", "lambda_": "λ, aim beyond the boundary"}

TITLES = (
    "Pixels changed: median over the fooled",
    "Pixels changed: median over all images",
    "Fooling rate",
    "Iterations, mean",
)
_PLACES = ((1, 1), (1, 2), (2, 1), (2, 2))

TOO_FEW, OPEN = "circle-open", "triangle-up-open"
"""Marks of a median over too few fooled images, and of one that lies above all pixels counted."""

CLOSEST = 1.3
"""Ratio of two values of λ or δ from which on both have a text at the axis."""

_MEANINGS = {TOO_FEW: "too few fooled to compare", OPEN: NOT_REACHED}


@dataclass(frozen=True)
class _Curve:
    """A panel's values of one network.

    Attributes:
        x: λ or δ.
        estimates: a value with its interval at each.
        on_line: whether the value belongs to the line; the others are marked apart.
        mark: the symbol of those.
        texts: what is said of each.
    """

    x: Sequence[float]
    estimates: Sequence[Estimate]
    on_line: Sequence[bool]
    mark: str
    texts: Sequence[str]


def sweep_figure(rows: "pd.DataFrame", axis: str) -> go.Figure:
    """Return pixels, fooling rate and iterations over ``axis``, a line with a 95 % band for each network.

    The changed pixels are drawn twice: over the fooled images, where a hollow circle in the place of the line
    marks those of too few, and over all images.

    Args:
        rows: of a :class:`~sparsefool.experiments.sweep.Sweep` that varies only this axis.
        axis: ``"delta"`` (Figure 6) or ``"lambda_"`` (Figure 4).
    """
    figure = make_subplots(2, 2, subplot_titles=TITLES, vertical_spacing=0.14, horizontal_spacing=0.11)
    points = sparsity_by(rows.sort_values(axis), ("model", axis))
    ends = _range(list(points.values()))
    marks: dict[str, None] = {}
    for number, model in enumerate(dict.fromkeys(rows["model"])):
        own = {float(str(key[1])): each for key, each in points.items() if key[0] == model}
        name = f"{find_spec(str(model)).title} (n = {max(each.summary.n for each in own.values())})"
        for place, curve in zip(_PLACES, _curves(own, ends[1]), strict=True):
            marks |= dict.fromkeys([curve.mark] if not all(curve.on_line) else [])
            for trace in _traces(curve, name, LINES[number % len(LINES)], place == (1, 1)):
                figure.add_trace(trace, *place)
    figure.add_traces([_legend_entry(mark) for mark in marks])
    unbounded = any(math.isinf(end) for each in points.values() for end in each.over_all.interval)
    _set_axes(figure, sorted(rows[axis].unique()), AXES[axis], ends, OPEN in marks or unbounded)
    figure.update_layout(**layout(f"{axis} {sorted(rows[axis].unique())}"), height=680, hovermode="closest")
    figure.update_layout(legend={"orientation": "h", "y": -0.12, "x": 0, "yanchor": "top"})
    return figure


def _curves(points: Mapping[float, Sparsity], top: float) -> tuple[_Curve, ...]:
    """Return the curves of the four panels; what is not reached is drawn at ``top``."""
    x, each = list(points), list(points.values())
    counts = [f"{one.summary.fooled} of {one.summary.n} fooled" for one in each]
    over_fooled = [one.summary.percent for one in each]
    over_all = [_below(one.over_all, top) for one in each]
    rates = [one.summary.fooling_rate for one in each]
    iterations = [one.summary.iterations for one in each]
    everywhere = [True] * len(x)
    reached = [one.reached for one in each]

    def texts(values: Sequence[str]) -> list[str]:
        return [f"{value}<br>{count}" for value, count in zip(values, counts, strict=True)]

    return (
        _Curve(
            x,
            over_fooled,
            [one.comparable for one in each],
            TOO_FEW,
            texts([measured(one, " %") for one in over_fooled]),
        ),
        _Curve(x, over_all, reached, OPEN, texts([measured(one.over_all, " %") for one in each])),
        _Curve(x, rates, everywhere, OPEN, texts([measured(one.times(100), " %") for one in rates])),
        _Curve(x, iterations, everywhere, OPEN, texts([measured(one, "") for one in iterations])),
    )


def _below(estimate: Estimate, top: float) -> Estimate:
    """Return an estimate with ``top`` in the place of infinity."""
    low, high = estimate.interval
    return Estimate(min(estimate.value, top), (min(low, top), min(high, top)))


def _traces(curve: _Curve, name: str, colour: str, in_legend: bool) -> Iterator[go.Scatter]:
    for low, high, x in _bands(curve):
        yield go.Scatter(
            x=[*x, *x[::-1]],
            y=[*high, *low[::-1]],
            fill="toself",
            fillcolor=f"rgba{(*rgb(colour), 0.18)}",
            mode="lines",
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
            legendgroup=name,
        )
    shared = {
        "x": curve.x,
        "name": name,
        "text": curve.texts,
        "hovertemplate": f"{name}<br>%{{text}}<extra></extra>",
        "legendgroup": name,
    }
    values = [each.value for each in curve.estimates]
    yield go.Scatter(
        **shared,
        y=[value if on else None for value, on in zip(values, curve.on_line, strict=True)],
        mode="lines+markers",
        line={"color": colour, "width": 3},
        marker={"size": 8},
        showlegend=in_legend,
    )
    yield go.Scatter(
        **shared,
        y=[None if on else value for value, on in zip(values, curve.on_line, strict=True)],
        mode="markers",
        marker={"symbol": curve.mark, "size": 10, "color": colour, "line": {"width": 2}},
        showlegend=False,
    )


def _bands(curve: _Curve) -> Iterator[tuple[list[float], list[float], list[float]]]:
    """Yield the lower ends, upper ends and places of each stretch of the line that has intervals."""
    points = list(zip(curve.x, (each.interval for each in curve.estimates), curve.on_line, strict=True))
    for drawn, stretch in groupby(points, lambda point: point[2] and not math.isnan(sum(point[1]))):
        if drawn:
            places, intervals, _ = zip(*stretch, strict=True)
            yield [low for low, _ in intervals], [high for _, high in intervals], list(places)


def _legend_entry(mark: str) -> go.Scatter:
    marker = {"symbol": mark, "size": 9, "color": GREY, "line": {"width": 2}}
    return go.Scatter(x=[None], y=[None], mode="markers", marker=marker, name=_MEANINGS[mark])


def _range(points: Sequence[Sparsity]) -> tuple[float, float]:
    """Return the ends of the axis of pixels, in percent; at the upper one stands what is not reached."""
    estimates = [each for point in points for each in (point.summary.percent, point.over_all)]
    values = [number for each in estimates for number in (each.value, *each.interval)]
    known = [value for value in values if math.isfinite(value) and value > 0] or [1.0]
    return min(known), 2 * max(known)


def tick_texts(values: Sequence[float]) -> list[str]:
    """Return the texts of ticks on a logarithmic axis; empty where one would touch the one before."""
    texts: list[str] = []
    last = 0.0
    for value in values:
        has_room = value >= CLOSEST * last
        texts.append(f"{value:g}" if has_room else "")
        last = value if has_room else last
    return texts


def _set_axes(
    figure: go.Figure, values: Sequence[float], title: str, ends: tuple[float, float], with_open: bool
) -> None:
    figure.update_xaxes(type="log", tickvals=values, ticktext=tick_texts(values), tickangle=0)
    figure.update_xaxes(title_text=title, row=2)
    low, top = ends
    ticks = [float(f"{digit}e{exponent}") for exponent in range(-4, 3) for digit in (1, 2, 5)]
    ticks = [tick for tick in ticks if low / 2 <= tick <= top / 1.8]
    texts = [f"{tick:g} %" for tick in ticks]
    span = [math.log10(low) - 0.1, math.log10(top) + 0.12]
    figure.update_yaxes(type="log", range=span, tickvals=ticks, ticktext=texts, row=1)
    if with_open:
        figure.update_yaxes(tickvals=[*ticks, top], ticktext=[*texts, NOT_REACHED], row=1, col=2)
    shares = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    texts = [f"{100 * share:.0f} %" for share in shares]
    figure.update_yaxes(tickvals=shares, ticktext=texts, range=[-0.03, 1.05], row=2, col=1)
    figure.update_yaxes(rangemode="tozero", row=2, col=2)
    figure.update_annotations(font_size=title_size(16))
