"""Text in the cells of a heat map, black or white, whichever can be read better on the cell's colour."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.colors import sample_colorscale, unlabel_rgb

from sparsefool.view.palette import GREY

SCALE = "Cividis_r"
"""The colours of every heat map: the more, the darker; colour-blind people see them as others do."""


def cell_texts(
    x: Sequence[str], y: Sequence[str], texts: Sequence[str], places: Sequence[float]
) -> go.Scatter:
    """Return the texts as a trace to lay over a heat map that has no texts of its own.

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
        textfont={"size": 14, "color": [readable_on(place) for place in places]},
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
