"""The charts of a trajectory and the map of pixels, as plotly figures."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from sparsefool.backend.attack_reports import AttackReport
from sparsefool.backend.exports import changed_values
from sparsefool.data.pictures import Picture
from sparsefool.view.classes import all_class_names, telling_classes
from sparsefool.view.palette import AFTER, BEFORE, CLEAR, GREEN, GREY, OTHERS, SKY
from sparsefool.view.pictures import changed_mask, data_uri

CLASSES = 5
"""Classes whose probability is drawn."""

TITLES = (
    "Margin in logits: below 0 the network is fooled",
    "Pixels changed",
    "Probability of the strongest classes",
)
"""Of the rows of a trajectory."""

GAP = 0.09
"""Between two of them, as a share of the height."""

MANY_POINTS = 1500
"""Points from which plotly draws with WebGL, which zooms smoothly but needs a graphics context."""


def trajectory_figure(report: AttackReport, step: int) -> go.Figure:
    """Return margin, changed pixels and class probabilities over the iterations, with ``step`` marked."""
    iterations = [each.iteration for each in report.steps]
    margins = [each.margin for each in report.steps]
    pixels = [each.pixels_changed for each in report.steps]
    lines = [
        _line(1, iterations, margins, "margin", SKY, "%{y:.2f} logits"),
        _line(2, iterations, pixels, "pixels changed", GREEN, "%{y:,} pixels"),
        *_class_lines(report, iterations),
    ]
    # Built whole from plain dictionaries: plotly takes five times as long to change a figure piece by piece.
    whole = {"dtick": max(1, len(iterations) // 10), "range": [-0.4, max(iterations[-1], 1) + 0.4]}
    layout = {
        **_layout(_identity(report)),
        **_rows(report.request.step_noun, whole),
        "annotations": [_title(row, title) for row, title in enumerate(TITLES, start=1)],
        "shapes": [
            _shape("x domain", "y", (0, 1), (0, 0), {"color": GREY, "dash": "dot", "width": 1}),
            *(
                _shape(
                    _axis("x", row),
                    _axis("y", row) + " domain",
                    (step, step),
                    (0, 1),
                    {"color": GREY, "width": 2},
                )
                for row in (1, 2, 3)
            ),
        ],
        "height": 560,
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": -0.16, "x": 0, "yanchor": "top"},
    }
    return go.Figure({"data": lines, "layout": layout})


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


def _rows(noun: str, iterations: Mapping[str, Any]) -> dict[str, Any]:
    """Return the axes of the three rows, which share their iterations."""
    axes: dict[str, Any] = {}
    for row, more in (
        (1, {}),
        (2, {"rangemode": "tozero"}),
        (3, {"tickformat": ".0%", "range": [-0.04, 1.04]}),
    ):
        low, high = _domain(row)
        last = {"title": {"text": noun}} if row == 3 else {"matches": "x3", "showticklabels": False}
        axes[_axis("xaxis", row)] = {"anchor": _axis("y", row), "zeroline": False, **iterations, **last}
        axes[_axis("yaxis", row)] = {"anchor": _axis("x", row), "domain": [low, high], **more}
    return axes


def _axis(name: str, row: int) -> str:
    """Return plotly's name of an axis: the first one has no number."""
    return name if row == 1 else f"{name}{row}"


def _domain(row: int) -> tuple[float, float]:
    """Return the lower and upper end of a row, 1 to 3 from the top, as shares of the height."""
    low = (3 - row) * (1 + GAP) / 3
    return low, round(low + (1 - 2 * GAP) / 3, 6)


def _title(row: int, text: str) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": _domain(row)[1]}
    anchors = {"xanchor": "left", "yanchor": "bottom", "showarrow": False}
    return {**place, **anchors, "text": text, "font": {"size": 13}}


def _shape(
    xref: str, yref: str, x: tuple[float, float], y: tuple[float, float], line: Mapping[str, Any]
) -> dict[str, Any]:
    ends = {"x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1]}
    return {"type": "line", "xref": xref, "yref": yref, **ends, "line": line}


def _class_lines(report: AttackReport, iterations: Sequence[int]) -> list[dict[str, Any]]:
    names = all_class_names(report)
    labels = telling_classes(report, CLASSES)
    colours = [BEFORE, *((AFTER,) if report.after.label != report.before.label else ()), *OTHERS]
    lines = []
    for label, colour in zip(labels, colours, strict=False):
        values = [float(each.prediction.probabilities[label]) for each in report.steps]
        line = _line(3, iterations, values, names[label], colour, "%{y:.1%}")
        lines.append({**line, "showlegend": True})
    return lines


def _line(
    row: int, x: Sequence[int], y: Sequence[float], name: str, colour: str, value: str
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "xaxis": _axis("x", row),
        "yaxis": _axis("y", row),
        "x": x,
        "y": y,
        "name": name,
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2},
        "marker": {"size": 5},
        "showlegend": False,
        "hovertemplate": f"{name}: {value}<extra></extra>",
    }


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
