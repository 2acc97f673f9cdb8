"""The charts of a comparison, as plotly figures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sparsefool.analysis.statistics import Estimate
from sparsefool.analysis.summaries import Summary, summarise_by
from sparsefool.view.shared.charts import layout, title_size
from sparsefool.view.shared.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, YELLOW
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, YELLOW, GREY)
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "star", "pentagon")


@dataclass(frozen=True)
class _Panel:
    """One measure: its title, its values, and whether its axis is logarithmic."""

    title: str
    estimates: Mapping[tuple[str, str], Estimate]
    logarithmic: bool = False


def summary_figure(rows: "pd.DataFrame") -> go.Figure:
    """Return fooling rate, pixels, features, seconds and forwards of each attack, with 95 % intervals."""
    summaries = {
        (str(model), str(attack)): summary
        for (model, attack), summary in summarise_by(rows, ("model", "attack")).items()
    }
    models, attacks = _distinct(summaries, 0), _distinct(summaries, 1)
    panels = _panels(summaries)
    figure = make_subplots(
        rows=1, cols=len(panels), shared_yaxes=True, horizontal_spacing=0.03,
        subplot_titles=[panel.title for panel in panels],
    )  # fmt: skip
    for column, panel in enumerate(panels, start=1):
        for number, model in enumerate(models):
            trace = _dots(panel, model, attacks, number)
            figure.add_trace(trace.update(showlegend=column == 1 and len(models) > 1), 1, column)
        figure.update_xaxes(**_axis(panel), row=1, col=column)
    figure.update_yaxes(autorange="reversed", ticksuffix="  ", showgrid=True)
    figure.update_annotations(font_size=title_size(13))
    figure.update_layout(
        **layout("comparison"),
        height=110 + 34 * len(attacks) * max(1, len(models) / 1.6),
        scattermode="group",
        legend={"orientation": "h", "y": -0.14, "x": 0, "yanchor": "top"},
    )
    return figure


def image_figure(rows: "pd.DataFrame", chosen: int | None) -> go.Figure:
    """Return pixels against seconds, one point for each image and attack; the chosen image is ringed.

    Each point's ``customdata`` begins with the network and the image's number.
    """
    figure = go.Figure()
    keys = [(str(model), str(attack)) for model, attack in summarise_by(rows, ("model", "attack"))]
    models, attacks = list(dict.fromkeys(rows["model"])), list(dict.fromkeys(attack for _, attack in keys))
    for model, attack in keys:
        drawn = rows[(rows["model"] == model) & (rows["attack"] == attack) & (rows["pixels"] > 0)]
        colour = COLOURS[attacks.index(attack) % len(COLOURS)]
        name = attack if len(models) == 1 else f"{attack}, {find_spec(model).title}"
        figure.add_trace(_points(drawn, name, colour, SYMBOLS[models.index(model) % len(SYMBOLS)]))
    if chosen is not None:
        ringed = rows[(rows["image"] == chosen) & (rows["pixels"] > 0)]
        ring = {"symbol": "circle-open", "size": 17, "color": GREY, "line": {"width": 2.5}}
        figure.add_trace(
            go.Scatter(
                x=ringed["seconds"], y=_percent(ringed), mode="markers", marker=ring, hoverinfo="skip",
                name=f"image {chosen}",
            )
        )  # fmt: skip
    figure.update_xaxes(type="log", title_text="Seconds per image (batch time split by passes)")
    figure.update_yaxes(type="log", title_text="Pixels changed, % of the image")
    figure.update_layout(**layout("comparison"), height=520, dragmode="pan", clickmode="event+select")
    figure.update_layout(legend={"orientation": "h", "y": -0.14, "x": 0, "yanchor": "top"})
    return figure


def _panels(summaries: Mapping[tuple[str, str], Summary]) -> Sequence[_Panel]:
    return (
        _Panel("Fooling rate, %", {key: s.fooling_rate.times(100) for key, s in summaries.items()}),
        _Panel("Pixels, median, %", {key: s.percent for key, s in summaries.items()}),
        _Panel("Features, median", {key: s.features for key, s in summaries.items()}),
        _Panel("Seconds, mean", {key: s.seconds for key, s in summaries.items()}, logarithmic=True),
        _Panel("Forwards, mean", {key: s.forwards for key, s in summaries.items()}, logarithmic=True),
    )


def _axis(panel: _Panel) -> dict[str, Any]:
    """Return the axis of a panel; of a logarithmic one that spans many decades, every other has its label."""
    if not panel.logarithmic:
        return {"rangemode": "tozero"}
    known = [each.value for each in panel.estimates.values() if each.value > 0]
    many = bool(known) and max(known) > 1000 * min(known)
    return {"type": "log", "dtick": 2 if many else 1, "tickangle": 0}


def _dots(panel: _Panel, model: str, attacks: Sequence[str], number: int) -> go.Scatter:
    known = [
        (attack, panel.estimates[model, attack]) for attack in attacks if (model, attack) in panel.estimates
    ]
    known = [(attack, estimate) for attack, estimate in known if not math.isnan(estimate.value)]
    colour = COLOURS[number % len(COLOURS)]
    return go.Scatter(
        x=[estimate.value for _, estimate in known],
        y=[attack for attack, _ in known],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [_length(estimate.value, estimate.interval[1]) for _, estimate in known],
            "arrayminus": [_length(estimate.interval[0], estimate.value) for _, estimate in known],
            "thickness": 1.8,
        },
        customdata=[_in_words(estimate) for _, estimate in known],
        mode="markers",
        cliponaxis=False,
        name=find_spec(model).title,
        offsetgroup=model,
        legendgroup=model,
        marker={"color": colour, "size": 9, "symbol": SYMBOLS[number % len(SYMBOLS)]},
        hovertemplate="%{y}: %{x:.4g}%{customdata}<extra></extra>",
    )


def _length(start: float, end: float) -> float:
    """Return the length of one half of an error bar; 0 where there is no interval."""
    return 0.0 if math.isnan(end - start) else end - start


def _in_words(estimate: Estimate) -> str:
    low, high = estimate.interval
    return "" if math.isnan(low) else f" (95 % {low:.4g} to {high:.4g})"


def _points(rows: "pd.DataFrame", name: str, colour: str, symbol: str) -> go.Scatter:
    fooled = rows["success"]
    return go.Scatter(
        x=rows["seconds"],
        y=_percent(rows),
        mode="markers",
        name=name,
        marker={
            "color": colour,
            "size": 7,
            "opacity": 0.75,
            "symbol": [symbol if each else f"{symbol}-open" for each in fooled],
        },
        customdata=list(zip(rows["model"], rows["image"], rows["pixels"], rows["features"], strict=True)),
        hovertemplate=name
        + "<br>image %{customdata[1]}: %{customdata[2]} pixels, %{customdata[3]} features, "
        "%{x:.3g} s<extra></extra>",
    )


def _percent(rows: "pd.DataFrame") -> "pd.Series[float]":
    percent: pd.Series[float] = 100 * rows["pixels"] / rows["pixels_per_image"]
    return percent


def _distinct(summaries: Mapping[tuple[str, str], Summary], place: int) -> list[str]:
    return list(dict.fromkeys(key[place] for key in summaries))
