"""Saving a chart as a picture: the camera above it, and the format that it saves."""

from typing import Any

import streamlit as st

from sparsefool.view.address import AddressCheck

FORMATS = ("PNG", "SVG")

_KEY = "chart_format"


def choose_chart_format(check: AddressCheck) -> None:
    """Draw the choice of what the camera above a chart saves."""
    chosen = st.segmented_control(
        "The camera above a chart saves",
        FORMATS,
        default=FORMATS[0],
        required=True,
        key=_KEY,
        bind="query-params",
    )
    check.option(_KEY, FORMATS, chosen)


def chart_config(name: str, zoom: bool = False) -> dict[str, Any]:
    """Return plotly's options for a chart.

    Args:
        name: of the file that the camera saves, without an ending; a PNG has twice the size on the screen.
        zoom: whether the mouse wheel zooms, instead of scrolling the page.
    """
    kind = str(st.session_state.get(_KEY, FORMATS[0])).lower()
    return {
        "displaylogo": False,
        "scrollZoom": zoom,
        "toImageButtonOptions": {"format": kind, "filename": name, "scale": 2 if kind == "png" else 1},
        "modeBarButtonsToRemove": ["select2d", "lasso2d"],
    }
