"""The square of all images of two pixels, coloured by a classifier: computed once per classifier."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float

from sparsefool.experiments.geometry.two_pixels import as_image, two_pixel_classifier
from sparsefool.view.palette import BLUE, VERMILLION, rgb
from sparsefool.view.pictures import rgba_uri

LOW, HIGH = -48.0, 303.0
"""What is drawn, in levels: the square from 0 to 255 and a margin in which no images live."""

CLASS_COLOURS = (BLUE, VERMILLION)
INSIDE, OUTSIDE = 66, 18
"""How opaque the colours are inside and outside the square, of 255."""

STEP = 3
"""Levels between the grid points of the boundary."""


@dataclass(frozen=True, eq=False)
class WorldMap:
    """A classifier of two pixels, drawn.

    Attributes:
        picture: its regions from LOW to HIGH, as the source of an image.
        ticks: places of the grid below, in levels.
        margins: logit of B minus logit of A on the grid: rows are pixel 2, columns are pixel 1.
        names: where to write the names of the classes.
    """

    picture: str
    ticks: Float[np.ndarray, " n"]
    margins: Float[np.ndarray, "n n"]
    names: tuple[tuple[float, float], tuple[float, float]]


@cache
def world_map(name: str) -> WorldMap:
    """Return the map of a two-pixel classifier."""
    fine = np.arange(LOW + 0.5, HIGH, dtype=np.float32)
    colours = np.zeros((len(fine), len(fine), 4), np.uint8)
    inside = (fine >= 0) & (fine <= 255)
    colours[..., 3] = np.where(inside[:, None] & inside[None, :], INSIDE, OUTSIDE)
    is_b = _margins(name, fine) > 0
    for value, colour in enumerate(CLASS_COLOURS):
        colours[is_b == bool(value), :3] = rgb(colour)
    ticks = np.arange(LOW, HIGH + 1, STEP, dtype=np.float32)
    margins = _margins(name, ticks)
    return WorldMap(
        picture=rgba_uri(colours[::-1]),
        ticks=ticks,
        margins=margins,
        names=(_deepest(ticks, -margins), _deepest(ticks, margins)),
    )


def _margins(name: str, values: Float[np.ndarray, " n"]) -> Float[np.ndarray, "n n"]:
    place = torch.from_numpy(values) / 255
    points = torch.cartesian_prod(place, place).flip(1)  # rows are pixel 2
    logits = two_pixel_classifier(name)(as_image(points.contiguous()))
    margins: Float[np.ndarray, "n n"] = (logits[:, 1] - logits[:, 0]).view(len(values), -1).numpy()
    return margins


def _deepest(ticks: Float[np.ndarray, " n"], margins: Float[np.ndarray, "n n"]) -> tuple[float, float]:
    """Return a place in the square where the margin is largest, a little away from the edges."""
    inner = (ticks >= 18) & (ticks <= 237)
    allowed = np.where(inner[:, None] & inner[None, :], margins, -np.inf)
    row, column = np.unravel_index(int(allowed.argmax()), allowed.shape)
    return float(ticks[column]), float(ticks[row])
