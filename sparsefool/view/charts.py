"""The charts of a trajectory and the map of pixels, as plotly figures."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sparsefool.backend.attack_reports import AttackReport
from sparsefool.backend.exports import changed_values
from sparsefool.data.pictures import Picture
from sparsefool.view.classes import all_class_names, telling_classes
from sparsefool.view.palette import AFTER, BEFORE, CLEAR, GREEN, GREY, OTHERS, SKY
from sparsefool.view.pictures import changed_mask, data_uri

CLASSES = 5
"""Classes whose probability is drawn."""

MANY_POINTS = 1500
"""Points from which plotly draws with WebGL, which zooms smoothly but needs a graphics context."""


def trajectory_figure(report: AttackReport, step: int) -> go.Figure:
    """Return margin, changed pixels and class probabilities over the iterations, with ``step`` marked."""
    figure = make_subplots(
        rows=3,
        shared_xaxes=True,
        vertical_spacing=0.09,
        subplot_titles=(
            "Margin in logits: below 0 the network is fooled",
            "Pixels changed",
            "Probability of the strongest classes",
        ),
    )
    iterations = [each.iteration for each in report.steps]
    margins = [each.margin for each in report.steps]
    pixels = [each.pixels_changed for each in report.steps]
    figure.add_trace(_line(iterations, margins, "margin", SKY, "%{y:.2f} logits"), 1, 1)
    figure.add_hline(0, row=1, col=1, line={"color": GREY, "dash": "dot", "width": 1})
    figure.add_trace(_line(iterations, pixels, "pixels changed", GREEN, "%{y:,} pixels"), 2, 1)
    _add_classes(figure, report, iterations)
    figure.add_vline(step, line={"color": GREY, "width": 2})
    whole = {"dtick": max(1, len(iterations) // 10), "range": [-0.4, max(iterations[-1], 1) + 0.4]}
    figure.update_xaxes(**whole, zeroline=False)
    figure.update_xaxes(title_text=report.request.step_noun, row=3, col=1)
    figure.update_yaxes(rangemode="tozero", row=2, col=1)
    figure.update_yaxes(tickformat=".0%", range=[-0.04, 1.04], row=3, col=1)
    figure.update_annotations(x=0, xanchor="left", font_size=13)
    figure.update_layout(**_layout(_identity(report)), height=560, hovermode="x unified")
    figure.update_layout(legend={"orientation": "h", "y": -0.16, "x": 0, "yanchor": "top"})
    return figure


def pixel_figure(report: AttackReport, layer: Picture) -> go.Figure:
    """Return a picture that can be zoomed, with a ring around every changed pixel."""
    figure = picture_figure(layer, _identity(report))
    return figure.add_trace(rings(report.request.picture, report.adversarial))


def picture_figure(picture: Picture, identity: str) -> go.Figure:
    """Return a picture on axes that count its pixels; zoom is kept as long as ``identity`` is the same."""
    figure = go.Figure(go.Image(source=data_uri(picture), hoverinfo="skip"))
    axis = {"showgrid": False, "zeroline": False, "constrain": "domain"}
    figure.update_xaxes(**axis, title_text="Column")
    figure.update_yaxes(**axis, title_text="Row")
    return figure.update_layout(**_layout(identity), height=600, dragmode="zoom")


def rings(before: Picture, after: Picture) -> go.Scatter | go.Scattergl:
    """Return a ring around every pixel in which two pictures differ, with its values to point at."""
    rows, columns = changed_mask(before, after).nonzero()
    texts = [
        f"{_levels(before, row, column)} → {_levels(after, row, column)}"
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
    ]
    scatter = go.Scattergl if len(rows) > MANY_POINTS else go.Scatter
    return scatter(
        x=columns,
        y=rows,
        mode="markers",
        marker={"symbol": "circle-open", "size": 11, "color": AFTER, "line": {"width": 1.5}},
        text=texts,
        hovertemplate="row %{y}, column %{x}<br>%{text}<extra></extra>",
        showlegend=False,
    )


def changed_table(report: AttackReport) -> dict[str, Any]:
    """Return the changed values as columns: row, column, channel, before, after, change."""
    before = report.request.picture
    found = changed_values(before, report.adversarial)
    channels = ("red", "green", "blue") if before.channels == 3 else ("grey",)
    return {
        "row": found.rows,
        "column": found.columns,
        "channel": [channels[channel] for channel in found.channels],
        "before": found.before,
        "after": found.after,
        "change": found.after.astype(int) - found.before,
    }


def _add_classes(figure: go.Figure, report: AttackReport, iterations: Sequence[int]) -> None:
    names = all_class_names(report)
    labels = telling_classes(report, CLASSES)
    colours = [BEFORE, *((AFTER,) if report.after.label != report.before.label else ()), *OTHERS]
    for label, colour in zip(labels, colours, strict=False):
        values = [float(each.prediction.probabilities[label]) for each in report.steps]
        trace = _line(iterations, values, names[label], colour, "%{y:.1%}")
        figure.add_trace(trace.update(showlegend=True), 3, 1)


def _line(x: Sequence[int], y: Sequence[float], name: str, colour: str, value: str) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 5},
        showlegend=False,
        hovertemplate=f"{name}: {value}<extra></extra>",
    )


def _layout(identity: str) -> dict[str, Any]:
    return {
        "uirevision": identity,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
    }


def _identity(report: AttackReport) -> str:
    """Zoom belongs to a picture and a network, not to λ or δ."""
    return f"{report.request.picture_sha256} {report.request.model}"


def _levels(picture: Picture, row: int, column: int) -> str:
    return " ".join(str(value) for value in picture.pixels[row, column])
