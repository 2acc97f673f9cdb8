"""Saving a chart as a picture: the camera above it, and the format that it saves."""

import re
from typing import Any

import streamlit as st

from sparsefool.view.address import AddressCheck
from sparsefool.view.choices import choose_one

FORMATS = ("PNG", "SVG")

_KEY = "chart_format"


def choose_chart_format(check: AddressCheck) -> None:
    """Draw the choice of what the camera above a chart saves."""
    choose_one("The camera above a chart saves", FORMATS, _KEY, check)


def file_name(name: str) -> str:
    """Return what a saved figure is called, without an ending."""
    return "-".join(["sparsefool", *re.findall(r"[A-Za-z0-9]+", name)])


def chart_config(name: str, zoom: bool = False) -> dict[str, Any]:
    """Return plotly's options for a chart.

    Args:
        name: unique on the page; the file that the camera saves is called after it. A PNG has twice the size
            on the screen.
        zoom: whether the mouse wheel zooms, instead of scrolling the page.
    """
    asked = st.session_state.get(_KEY) or st.query_params.get(_KEY)  # its choice may be drawn further down
    kind = "svg" if asked == "SVG" else "png"
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
