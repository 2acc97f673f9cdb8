"""The picture as a chart that can be zoomed, a ring around each changed pixel, and the table of values."""

from typing import Any

import plotly.graph_objects as go

from sparsefool.backend.attack.files import changed_values
from sparsefool.backend.attack.report import AttackReport
from sparsefool.data.pictures import Picture
from sparsefool.view.shared.charts import layout
from sparsefool.view.shared.palette import DARK, MARK
from sparsefool.view.shared.pictures import changed_mask, data_uri

MANY_POINTS = 1500
"""More points than this are drawn with WebGL, which zooms smoothly but needs a graphics context."""


def pixel_figure(report: AttackReport, layer: Picture) -> go.Figure:
    """Return a picture that can be zoomed, with a ring around every changed pixel."""
    figure = picture_figure(layer, chart_identity(report))
    return figure.add_traces(rings(report.request.picture, report.adversarial))


def picture_figure(picture: Picture, identity: str) -> go.Figure:
    """Return a picture on axes that count its pixels; zoom survives as long as ``identity`` is the same."""
    figure = go.Figure(go.Image(source=data_uri(picture), hoverinfo="skip"))
    axis = {"showgrid": False, "zeroline": False, "constrain": "domain"}
    figure.update_xaxes(**axis, title_text="Column")
    figure.update_yaxes(**axis, title_text="Row")
    return figure.update_layout(**layout(identity), height=600, dragmode="zoom")


def rings(before: Picture, after: Picture) -> tuple[go.Scatter | go.Scattergl, ...]:
    """Return a dark and a light ring around every pixel in which two pictures differ; values on hover."""
    rows, columns = changed_mask(before, after).nonzero()
    texts = [
        f"{_levels(before, row, column)} → {_levels(after, row, column)}"
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
    ]
    scatter = go.Scattergl if len(rows) > MANY_POINTS else go.Scatter
    shared = {"x": columns, "y": rows, "mode": "markers", "showlegend": False}
    return (
        scatter(**shared, marker=_ring(DARK, 4), hoverinfo="skip"),
        scatter(
            **shared,
            marker=_ring(MARK, 1.75),
            text=texts,
            hovertemplate="row %{y}, column %{x}<br>%{text}<extra></extra>",
        ),
    )


def _ring(colour: str, width: float) -> dict[str, Any]:
    return {"symbol": "circle-open", "size": 11, "color": colour, "line": {"width": width}}


def changed_table(report: AttackReport) -> dict[str, Any]:
    """Return the changed values as columns: row, column, channel, before, after, change."""
    before = report.request.picture
    values = changed_values(before, report.adversarial)
    channels = ("red", "green", "blue") if before.channels == 3 else ("grey",)
    return {
        "row": values.rows,
        "column": values.columns,
        "channel": [channels[channel] for channel in values.channels],
        "before": values.before,
        "after": values.after,
        "change": values.after.astype(int) - values.before,
    }


def chart_identity(report: AttackReport) -> str:
    """Return what the zoom belongs to: a picture and a network, not λ or δ."""
    return f"{report.request.picture_sha256} {report.request.model}"


def _levels(picture: Picture, row: int, column: int) -> str:
    return " ".join(str(value) for value in picture.pixels[row, column])
