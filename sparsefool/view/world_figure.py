"""The picture of the two-pixel world, as a plotly figure of fixed size."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from sparsefool.experiments.geometry.two_pixels import CLASS_NAMES
from sparsefool.view.palette import GREEN, GREY, ORANGE, PURPLE
from sparsefool.view.square_chart import boundary_line, picture_below, square_layout
from sparsefool.view.world_map import HIGH, LOW, WorldMap, world_map
from sparsefool.view.world_scene import XY, Line, Scene

SIDE = 470
"""Width of the picture in pixels; the height is that and the room for the axis."""

CLICK_STEP = 5
"""Levels between the points that can be clicked."""

NORMAL_LENGTH = 42
"""Length of the drawn normal in levels."""

DEEPFOOL, PLANE, SOLVER = GREEN, PURPLE, ORANGE
"""DeepFool is green as in the paper's Figure 3."""


def world_figure(name: str, seen: Scene, ink: str) -> go.Figure:
    """Draw the world ``name`` and what is to be seen in it.

    Args:
        name: of the classifier.
        seen: points and lines.
        ink: the colour of text.
    """
    world = world_map(name)
    figure = go.Figure(
        [
            boundary_line(world.ticks, world.ticks, world.margins, ink),
            _path(seen.earlier, SOLVER, "dot", 2),
            _path(seen.deepfool, DEEPFOOL, "solid", 3, markers=True),
            _line(seen.tangent, "solid"),
            _line(seen.moved, "dash"),
            _path(seen.wanted or (), SOLVER, "dot", 2, symbol="x-thin"),
            _path(seen.path, SOLVER, "solid", 4, markers=True),
            _path(seen.result or (), ink, "solid", 2),
            _marks(seen, ink),
            _places(),
        ]
    )
    figure.update_layout(
        **square_layout(SIDE, SIDE - 4, 48, 44),
        hovermode="closest",
        dragmode=False,
        clickmode="event+select",
        uirevision="two pixels",
        images=[picture_below(world.picture, LOW, HIGH, HIGH - LOW, HIGH - LOW)],
        shapes=_frames(seen),
        annotations=[*_class_names(world, ink), *_normal(seen.tangent)],
    )
    axis = {"range": [LOW, HIGH], "tickvals": [0, 100, 200, 255], "showgrid": False, "zeroline": False}
    figure.update_xaxes(**axis, title={"text": "Pixel 1 (level)", "standoff": 6})
    figure.update_yaxes(**axis, scaleanchor="x", title={"text": "Pixel 2 (level)", "standoff": 4})
    return figure


def _path(
    points: tuple[XY, ...], colour: str, dash: str, width: int, *, markers: bool = False, symbol: str = ""
) -> go.Scatter:
    last = {"symbol": symbol, "size": 11, "line": {"width": 2, "color": colour}}
    return go.Scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="lines+markers" if markers or symbol else "lines",
        line={"color": colour, "width": width, "dash": dash},
        marker=last if symbol else {"size": 7, "color": colour},
        hoverinfo="skip",
    )


def _line(line: Line | None, dash: str) -> go.Scatter:
    """Draw a line right across the picture."""
    if line is None:
        return _path((), PLANE, dash, 3)
    (x, y), (a, b), far = line.point, line.normal, 2 * (HIGH - LOW)
    return _path(((x - far * b, y + far * a), (x + far * b, y - far * a)), PLANE, dash, 3)


def _marks(seen: Scene, ink: str) -> go.Scatter:
    """Draw the points that have a name."""
    marks: list[tuple[XY, str, str, str]] = [(seen.start, "x", "circle", "#ffffff")]
    if len(seen.earlier) > 1 and seen.deepfool:
        marks.append((seen.deepfool[0], "x<sup>(i)</sup>", "circle", SOLVER))
    if seen.boundary_point:
        marks.append((seen.boundary_point, "x<sub>B</sub>", "diamond", DEEPFOOL))
    if seen.tested:
        marks.append((seen.tested, "test", "star", SOLVER))
    if seen.result:
        marks.append((seen.result[1], "x + r", "star", SOLVER))
    return go.Scatter(
        x=[place[0] for place, *_ in marks],
        y=[place[1] for place, *_ in marks],
        text=[f"<b>{text}</b>" for _, text, *_ in marks],
        mode="markers+text",
        textposition=[_text_position(place) for place, *_ in marks],
        textfont={"size": 15, "color": ink},
        marker={
            "size": 13,
            "symbol": [symbol for *_, symbol, _ in marks],
            "color": [colour for *_, colour in marks],
            "line": {"width": 1.5, "color": ink},
        },
        cliponaxis=True,
        hoverinfo="skip",
    )


def _text_position(place: XY) -> str:
    return f"{'bottom' if place[1] > HIGH - 30 else 'top'} {'left' if place[0] > HIGH - 60 else 'right'}"


def _places() -> go.Scatter:
    """Return the unseen points that make the picture clickable."""
    values = np.append(np.arange(0, 255, CLICK_STEP), 255).astype(np.int16)
    unseen = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=np.tile(values, len(values)),
        y=np.repeat(values, len(values)),
        mode="markers",
        marker={"size": 4, "opacity": 0},
        selected=unseen,
        unselected=unseen,
        hovertemplate="place x here: %{x}, %{y}<extra></extra>",
    )


def _frames(seen: Scene) -> list[dict[str, Any]]:
    square = {"type": "rect", "x0": 0, "y0": 0, "x1": 255, "y1": 255, "line": {"color": GREY, "width": 1.5}}
    if seen.box is None:
        return [square]
    left, bottom, right, top = seen.box
    box = {"type": "rect", "x0": left, "y0": bottom, "x1": right, "y1": top}
    return [square, {**box, "line": {"color": SOLVER, "width": 2, "dash": "dash"}}]


def _class_names(world: WorldMap, ink: str) -> list[dict[str, Any]]:
    return [
        {"x": x, "y": y, "text": f"<b>{name}</b>", "showarrow": False, "font": {"size": 22, "color": ink}}
        for (x, y), name in zip(world.names, CLASS_NAMES, strict=True)
    ]


def _normal(line: Line | None) -> list[dict[str, Any]]:
    if line is None:
        return []
    (x, y), (a, b) = line.point, line.normal
    arrow = {
        "x": x + NORMAL_LENGTH * a,
        "y": y + NORMAL_LENGTH * b,
        "ax": x,
        "ay": y,
        "axref": "x",
        "ayref": "y",
        "text": "",
        "arrowhead": 2,
        "arrowwidth": 3,
        "arrowcolor": PLANE,
    }
    name = {"x": arrow["x"], "y": arrow["y"], "text": "<b>w</b>", "showarrow": False}
    return [arrow, {**name, "xshift": 12 * a, "yshift": 12 * b, "font": {"size": 15, "color": PLANE}}]
