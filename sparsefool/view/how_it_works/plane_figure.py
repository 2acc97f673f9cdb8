"""A network's decision regions on a plane, as a plotly figure of fixed height."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Bool, Int64, UInt8

from sparsefool.backend.planes.request import RANDOM, XY, PlaneReport
from sparsefool.view.shared.palette import AFTER, BEFORE, CLEAR, GREEN, GREY, ORANGE, PURPLE, SKY, YELLOW, rgb
from sparsefool.view.shared.pictures import rgba_uri

HEIGHT = 552
"""Height of the figure in pixels; it takes the full width, and the plane in it is a square."""

NAME_SIZE = 15
"""Usual size of the names in the figure, in pixels."""

AXIS_SIZE = 0.85
"""Size of the text at the axes, in parts of that of the names."""

OPACITY = 80
"""Opacity of the regions, out of 255."""

REPEATS = 6
"""How often each grid point is repeated, so that the browser cannot blur the edges of the regions."""

SMALLEST_NAMED = 0.012
"""Share of the window from which a region is labelled with its name."""

OTHERS = (YELLOW, SKY, GREY, GREEN)


def plane_figure(
    report: PlaneReport, text_color: str, height: int = HEIGHT, size: int = NAME_SIZE
) -> go.Figure:
    """Return a figure of the regions, the line that the linearisation assumed, and the attack's path.

    Args:
        report: what to draw.
        text_color: the colour of text and of the true boundary.
        height: in pixels.
        size: of the names, in pixels.
    """
    columns, rows = report.ticks
    low, high = (float(columns[0]), float(rows[0])), (float(columns[-1]), float(rows[-1]))
    attack = report.kind != RANDOM
    traces = [_boundary(report, text_color), _assumed_line(report, (0.0, 0.0), "solid")]
    if attack:
        traces += [_assumed_line(report, _shift(report), "dash"), _path(report)]
    figure = go.Figure([*traces, _marks(report, text_color, size)])
    figure.update_layout(
        height=height,
        margin={"l": round(3.9 * size), "r": 2, "t": 16, "b": round(3.4 * size), "pad": 0},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        showlegend=False,
        dragmode="pan",
        uirevision=report.subject,
        images=[_regions(report, low, high)],
        annotations=_names(report, text_color, size),
    )
    small = {"size": round(AXIS_SIZE * size), "color": text_color}
    look = {"showgrid": False, "zeroline": False, "constrain": "domain", "tickfont": small}
    titles = [{"text": text, "standoff": 5, "font": small} for text in _axes(attack)]
    figure.update_xaxes(**look, constraintoward="left", range=[low[0], high[0]], title=titles[0])
    figure.update_yaxes(
        **look, constraintoward="top", range=[low[1], high[1]], title=titles[1], scaleanchor="x"
    )
    return figure


def region_colours(report: PlaneReport) -> dict[int, str]:
    """Return the colour of every label: blue for that of x, vermillion for that of the final x."""
    first, final = report.start_label, report.end_label
    colours = {first: BEFORE} if first == final else {first: BEFORE, final: AFTER}
    others = (label for label in report.names if label not in colours)
    return colours | {label: OTHERS[index % len(OTHERS)] for index, label in enumerate(others)}


def _axes(attack: bool) -> tuple[str, str]:
    if attack:
        return (
            "from x towards x<sub>B</sub> (levels, ℓ2)",
            "perpendicular, towards the final x (levels, ℓ2)",
        )
    return "along the normal w (levels, ℓ2)", "along a random direction (levels, ℓ2)"


def _regions(report: PlaneReport, low: XY, high: XY) -> dict[str, Any]:
    colours: UInt8[np.ndarray, "n n 4"] = np.zeros((*report.labels.shape, 4), np.uint8)
    colours[..., 3] = OPACITY
    for label, colour in region_colours(report).items():
        colours[report.labels == label, :3] = rgb(colour)
    enlarged = colours[::-1].repeat(REPEATS, axis=0).repeat(REPEATS, axis=1)
    half = (high[0] - low[0]) / (len(colours) - 1) / 2
    return {
        "source": rgba_uri(np.ascontiguousarray(enlarged)),
        "xref": "x",
        "yref": "y",
        "x": low[0] - half,
        "y": high[1] + half,
        "sizex": high[0] - low[0] + 2 * half,
        "sizey": high[1] - low[1] + 2 * half,
        "sizing": "stretch",
        "layer": "below",
    }


def _boundary(report: PlaneReport, text_color: str) -> go.Contour:
    columns, rows = report.ticks
    return go.Contour(
        x=columns,
        y=rows,
        z=report.margins,
        contours={"start": 0, "end": 0, "size": 1, "coloring": "none"},
        line={"color": text_color, "width": 2},
        showscale=False,
        hoverinfo="skip",
    )


def _assumed_line(report: PlaneReport, shift: XY, dash: str) -> go.Scatter:
    """Return the line through x_B perpendicular to w, shifted."""
    x, y = (report.boundary_point[axis] + shift[axis] for axis in (0, 1))
    a, b = (value / float(np.hypot(*report.normal)) for value in report.normal)
    far = 4 * float(report.ticks[0][-1] - report.ticks[0][0])
    return _lines([(x - far * b, y + far * a), (x + far * b, y - far * a)], PURPLE, dash)


def _shift(report: PlaneReport) -> XY:
    more = report.lambda_ - 1
    x, y = (more * (b - a) for a, b in zip(report.start, report.boundary_point, strict=True))
    return x, y


def _path(report: PlaneReport) -> go.Scatter:
    return _lines([report.start, *report.iterates], ORANGE, "solid")


def _lines(places: Sequence[XY], colour: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=[x for x, _ in places],
        y=[y for _, y in places],
        mode="lines",
        line={"color": colour, "width": 3, "dash": dash},
        hoverinfo="skip",
    )


def _marks(report: PlaneReport, text_color: str, size: int) -> go.Scatter:
    attack = report.kind != RANDOM
    marks = [
        (report.start, "x" if attack else "x, projected", "circle", "#ffffff"),
        (report.boundary_point, "x<sub>B</sub>", "diamond", GREEN),
    ]
    if attack:
        marks += [(place, "", "circle", ORANGE) for place in report.iterates[:-1]]
        marks.append((report.iterates[-1], "final x", "star", ORANGE))
    return go.Scatter(
        x=[x for (x, _), *_ in marks],
        y=[y for (_, y), *_ in marks],
        text=[f"<b>{text}</b>" if text else "" for _, text, *_ in marks],
        mode="markers+text",
        textposition=["top right" if attack else "bottom center", *["top right"] * (len(marks) - 1)],
        textfont={"size": size, "color": text_color},
        marker={
            "size": [13 if text else 8 for _, text, *_ in marks],
            "symbol": [symbol for *_, symbol, _ in marks],
            "color": [colour for *_, colour in marks],
            "line": {"width": 1.5, "color": text_color},
        },
        hoverinfo="skip",
    )


def _names(report: PlaneReport, text_color: str, size: int) -> list[dict[str, Any]]:
    columns, rows = report.ticks
    names, font = [], {"size": size, "color": text_color}
    for label, name in report.names.items():
        region = report.labels == label
        if region.mean() >= SMALLEST_NAMED:
            row, column = _innermost(region)
            place = {"x": float(columns[column]), "y": float(rows[row])}
            names.append({**place, "text": f"<i>{name}</i>", "showarrow": False, "font": font})
    return names


def _innermost(region: Bool[np.ndarray, "n n"]) -> tuple[int, int]:
    """Return a point of a region far from its edge: one of the last left when the region is eroded."""
    remaining = np.pad(region, 1)
    while True:
        inner = remaining.copy()
        for axis in (0, 1):
            for step in (1, -1):
                inner &= np.roll(remaining, step, axis)
        if not inner.any():
            places: Int64[np.ndarray, "m 2"] = np.argwhere(remaining)
            row, column = places[len(places) // 2] - 1
            return int(row), int(column)
        remaining = inner
