"""What the charts of all pages share: layout, saving, legends, and text in the cells of heat maps."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from plotly.colors import sample_colorscale, unlabel_rgb
from plotly.io import to_json

from sparsefool.view.shared.page import lecture_mode
from sparsefool.view.shared.palette import CLEAR, GREY, text_color
from sparsefool.view.shared.widgets import choose_one

FORMATS = ("PNG", "SVG")

AXIS_TEXT = 13
"""Usual size of the texts at axes and in legends, in CSS pixels."""

LECTURE_TEXT, LECTURE_TITLE = 18, 22
"""Sizes of the text and of the titles of charts in lecture mode, in CSS pixels."""

LARGEST_KEPT = 50_000
"""Characters of the description of the largest chart that is kept once it is checked."""

LECTURE_GROWTH = 1.35
"""How much taller a chart is in lecture mode."""

_KEY = "chart_format"

_AXIS = re.compile(r"[xy]axis\d*")


def choose_chart_format() -> None:
    """Draw the choice of the format in which the camera icon of a chart saves."""
    choose_one("Camera icon of a chart saves", FORMATS, _KEY)


def title_size(usual: int) -> int:
    """Return the size of a title inside a chart, in CSS pixels: in lecture mode, one for the last row."""
    return LECTURE_TITLE if lecture_mode() else usual


def text_size(usual: int) -> int:
    """Return the size of other texts in a chart, in CSS pixels; larger in lecture mode."""
    return LECTURE_TEXT if lecture_mode() else usual


def chart_height(usual: int) -> int:
    """Return the height of a chart in CSS pixels, with room for the larger type of lecture mode."""
    return round(usual * LECTURE_GROWTH) if lecture_mode() else usual


def file_name(name: str) -> str:
    """Return the name of a saved figure's file, without its extension."""
    return "-".join(["sparsefool", *re.findall(r"[A-Za-z0-9]+", name)])


def chart_config(name: str, zoom: bool = False) -> dict[str, Any]:
    """Return plotly's options for a chart.

    Args:
        name: unique on the page; it names the file that the camera icon saves. A PNG has twice the size on
            the screen.
        zoom: whether the mouse wheel zooms, instead of scrolling the page.
    """
    chosen = st.session_state.get(_KEY) or st.query_params.get(_KEY)  # its choice may be drawn further down
    kind = "svg" if chosen == "SVG" else "png"
    return {
        "displaylogo": False,
        "scrollZoom": zoom,
        "toImageButtonOptions": {
            "format": kind,
            "filename": file_name(name),
            "scale": 2 if kind == "png" else 1,
        },
        "modeBarButtonsToRemove": ["select2d", "lasso2d"],
    }


def show_chart(
    figure: go.Figure | Mapping[str, Any], key: str, alt: str, *, name: str = "", **more: Any
) -> Any:
    """Draw a chart whose texts are as readable as the page's, and return what is selected in it.

    Args:
        figure: the chart, or plotly's description of it, which is drawn sooner: plotly has not checked it
            yet. The fonts that it leaves open are set.
        key: of the widget.
        alt: what it shows, for those who cannot see it.
        name: as for :func:`chart_config`; by default the key.
        more: further arguments of streamlit's ``plotly_chart``; a ``config`` replaces the usual one.
    """
    options = {"config": chart_config(name or key)} | more
    return st.plotly_chart(checked(readable(figure)), key=key, alt=alt, **options)


def readable(figure: go.Figure | Mapping[str, Any]) -> dict[str, Any]:
    """Return a figure's description with the texts of its axes, legend and colour bars in the page's style.

    Streamlit's theme makes them pale and small. What the figure itself says of them stays.
    """
    described = figure.to_dict() if isinstance(figure, go.Figure) else figure
    font = {"color": text_color(), "size": text_size(AXIS_TEXT)}
    frame: Mapping[str, Any] = described.get("layout", {})
    axes = {"xaxis", "yaxis"} | {name for name in frame if _AXIS.fullmatch(name)}
    texts = {name: _with_font(frame.get(name, {}), font) for name in axes}
    legend = frame.get("legend", {})
    legend = {**legend, "font": {**font, **legend.get("font", {})}}
    bars = [
        {**trace, "colorbar": _with_font(trace.get("colorbar", {}), font)}
        if trace["type"] == "heatmap"
        else trace
        for trace in described.get("data", ())
    ]
    return {**described, "data": bars, "layout": {**frame, **texts, "legend": legend}}


def _with_font(axis: Mapping[str, Any], font: Mapping[str, Any]) -> dict[str, Any]:
    """Return an axis or a colour bar with a font for its ticks and its title."""
    title = axis.get("title", {})
    return {
        **axis,
        "tickfont": {**font, **axis.get("tickfont", {})},
        "title": {**title, "font": {**font, **title.get("font", {})}},
    }


def checked(described: Mapping[str, Any]) -> go.Figure:
    """Return a figure that plotly has checked, which takes it ten times as long as all else.

    The last ones are kept for all sessions, unless they are larger than :data:`LARGEST_KEPT`; a figure is not
    to be changed.
    """
    text = to_json(described, validate=False)
    return _kept(text) if len(text) <= LARGEST_KEPT else _figure(text)


class _Checked(go.Figure):  # type: ignore[misc]  # plotly has no types
    """A figure that is not changed any more: what it consists of is copied once, and not for each session."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        super().__init__(described)
        self._description: dict[str, Any] = super().to_dict()

    def to_dict(self) -> dict[str, Any]:
        """Return the description, which is not to be changed either."""
        return self._description


def _figure(described: str) -> go.Figure:
    return _Checked(json.loads(described))


_kept = lru_cache(maxsize=256)(_figure)


SCALE = "Cividis_r"
"""The colour scale of every heat map, darker for more; colour-blind people see it as others do."""


def cell_texts(
    x: Sequence[str], y: Sequence[str], texts: Sequence[str], places: Sequence[float]
) -> go.Scatter:
    """Return the texts of the cells as a trace to lay over a heat map that has none.

    Args:
        x, y: the cells' columns and rows.
        texts: one per cell.
        places: where each cell's colour lies on :data:`SCALE`, from 0 to 1; NaN where it has none.
    """
    return go.Scatter(
        x=x,
        y=y,
        text=texts,
        mode="text",
        textfont={"size": text_size(14), "color": [readable_on(place) for place in places]},
        hoverinfo="skip",
    )


def readable_on(place: float) -> str:
    """Return black or white, whichever has the greater contrast (WCAG) on a place of :data:`SCALE`."""
    if math.isnan(place):
        return GREY
    (colour,) = sample_colorscale(SCALE, [min(max(place, 0.0), 1.0)])
    linear = [_linear(value / 255) for value in unlabel_rgb(colour)]
    luminance = sum(share * value for share, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#000000" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "#ffffff"


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def legend_html(*entries: tuple[str, str]) -> str:
    """Return a legend: coloured marks, each with its meaning."""
    items = "".join(
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:1.4rem;height:.25rem;'
        f'border-radius:2px;vertical-align:middle;background:{colour}"></span> {escape(text)}</span>'
        for colour, text in entries
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;font-size:.82rem">{items}</div>'


def layout(identity: str) -> dict[str, Any]:
    """Return the layout that all figures share; zoom survives a rerun as long as ``identity`` is the same."""
    size = {"size": LECTURE_TEXT} if lecture_mode() else {}
    return {
        "font": {"color": text_color(), **size},
        "uirevision": identity,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
    }
