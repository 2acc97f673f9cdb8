"""The square of all images of two pixels, coloured by a classifier: computed once per classifier."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float

from sparsefool.geometry.two_pixels import as_image, two_pixel_classifier
from sparsefool.once import once
from sparsefool.view.shared.palette import BLUE, VERMILLION, rgb
from sparsefool.view.shared.pictures import rgba_uri

LOW, HIGH = -48.0, 303.0
"""The range drawn, in levels: the square from 0 to 255 and a margin without valid images."""

CLASS_COLOURS = (BLUE, VERMILLION)
INSIDE, OUTSIDE = 66, 18
"""Opacity of the colours inside and outside the square, out of 255."""

XY = tuple[float, float]

STEP = 3
"""Levels between the grid points of the boundary."""

PLACES, APART = 12, 30
"""How many places for the name of a class are looked for, and how many levels they lie apart."""


@dataclass(frozen=True, eq=False)
class ClassifierMap:
    """What is drawn of a two-pixel classifier.

    Attributes:
        picture: its regions from LOW to HIGH, as the data URI of an image.
        boundary: where the two logits are equal, as the path of an SVG in levels, pixel 2 upwards.
        names: where the names of the classes could be written, the best places first.
    """

    picture: str
    boundary: str
    names: tuple[tuple[XY, ...], tuple[XY, ...]]


@once()
def classifier_map(name: str) -> ClassifierMap:
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
    return ClassifierMap(
        picture=rgba_uri(colours[::-1]),
        boundary=_boundary(ticks, margins),
        names=(_deep_places(ticks, -margins), _deep_places(ticks, margins)),
    )


def _boundary(ticks: Float[np.ndarray, " n"], margins: Float[np.ndarray, "n n"]) -> str:
    """Return the zeros of the margins, a straight piece in each cell of the grid (marching squares)."""
    is_b = margins > 0
    corners = is_b[:-1, :-1].astype(int) + is_b[:-1, 1:] + is_b[1:, :-1] + is_b[1:, 1:]
    pieces = []
    for row, column in np.argwhere((corners > 0) & (corners < 4)):
        places = [f"{x:.1f} {y:.1f}" for x, y in _crossings(ticks, margins, int(row), int(column))]
        pieces += [f"M{one}L{other}" for one, other in zip(places[::2], places[1::2], strict=True)]
    return "".join(pieces)


def _crossings(
    ticks: Float[np.ndarray, " n"], margins: Float[np.ndarray, "n n"], row: int, column: int
) -> list[tuple[float, float]]:
    """Return where the margin changes its sign on the edges of a cell, in turn: two places or four."""
    around = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column), (row, column)]
    places = []
    for one, other in pairwise(around):
        before, after = float(margins[one]), float(margins[other])
        if (before > 0) != (after > 0):
            part = before / (before - after)
            y, x = (float(ticks[i] + part * (ticks[j] - ticks[i])) for i, j in zip(one, other, strict=True))
            places.append((x, y))
    return places


def _margins(name: str, values: Float[np.ndarray, " n"]) -> Float[np.ndarray, "n n"]:
    place = torch.from_numpy(values) / 255
    points = torch.cartesian_prod(place, place).flip(1)  # rows are pixel 2
    logits = two_pixel_classifier(name)(as_image(points.contiguous()))
    margins: Float[np.ndarray, "n n"] = (logits[:, 1] - logits[:, 0]).view(len(values), -1).numpy()
    return margins


def _deep_places(ticks: Float[np.ndarray, " n"], margins: Float[np.ndarray, "n n"]) -> tuple[XY, ...]:
    """Return up to :data:`PLACES` places in the square with large margins, apart and away from its edges."""
    inner = (ticks >= 18) & (ticks <= 237)
    allowed = np.where(inner[:, None] & inner[None, :], margins, -np.inf)
    places: list[XY] = []
    while len(places) < PLACES and allowed.max() > 0:
        row, column = np.unravel_index(int(allowed.argmax()), allowed.shape)
        places.append((float(ticks[column]), float(ticks[row])))
        near = (abs(ticks - ticks[row]) < APART)[:, None] & (abs(ticks - ticks[column]) < APART)[None, :]
        allowed[near] = -np.inf
    return tuple(places)
