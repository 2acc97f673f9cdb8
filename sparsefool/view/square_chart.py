"""What the charts of decision regions share: a square of fixed size, a picture below it, the boundary."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from sparsefool.view.palette import CLEAR


def square_layout(width: int, height: int, left: int, bottom: int) -> dict[str, Any]:
    """Return the layout of a square without a background of its own.

    Args:
        width, height: of the whole chart, in pixels.
        left, bottom: room for the axes' titles, in pixels.
    """
    return {
        "width": width,
        "height": height,
        "margin": {"l": left, "r": 2, "t": 2, "b": bottom, "pad": 0},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "showlegend": False,
    }


def picture_below(source: str, left: float, top: float, width: float, height: float) -> dict[str, Any]:
    """Return a picture that lies below the traces, in the units of the axes."""
    return {
        "source": source,
        "xref": "x",
        "yref": "y",
        "x": left,
        "y": top,
        "sizex": width,
        "sizey": height,
        "sizing": "stretch",
        "layer": "below",
    }


def boundary_line(
    x: Float[np.ndarray, " m"], y: Float[np.ndarray, " n"], margins: Float[np.ndarray, "n m"], ink: str
) -> go.Contour:
    """Return the line on which the margin is 0."""
    return go.Contour(
        x=x,
        y=y,
        z=margins,
        contours={"start": 0, "end": 0, "size": 1, "coloring": "none"},
        line={"color": ink, "width": 2},
        showscale=False,
        hoverinfo="skip",
    )
