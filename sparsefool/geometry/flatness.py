"""How flat a boundary is: its distance from the line that approximates it, and how far its normal turns."""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import grid_sample

from sparsefool.geometry.attack_trace import AttackTrace
from sparsefool.geometry.planes import Window

PLACES = 81
"""Evenly spaced points of the line from which the boundary is searched for."""

SAMPLES = 321
"""Points at which the margin is sampled along each perpendicular of the line."""


@dataclass(frozen=True)
class Flatness:
    """How far the true boundary is from a line, within a window of a plane.

    Attributes:
        rms: root-mean-square distance in levels, over the places where there is a boundary; NaN without any.
        bend: the same from the best parallel to the line: how far the boundary is from being straight.
        found: places along the line from which the perpendicular meets the boundary inside the window.
        places: places along the line that lie in the window.
    """

    rms: float
    bend: float
    found: int
    places: int


def flatness(
    margins: Float[Tensor, "n n"],
    window: Window,
    point: tuple[float, float],
    normal: tuple[float, float],
) -> Flatness:
    """Measure the distance between the boundary (margin 0) and a line, along the line's normal.

    At PLACES evenly spaced places of the line, the nearest change of sign of the margin is searched for along
    the perpendicular, in both directions; between grid points the margin is interpolated linearly.

    Args:
        margins: on a grid of the window; rows are the second axis.
        window: the part of the plane, in levels.
        point, normal: the line, in the plane's coordinates; the normal has any length but zero.
    """
    length = math.hypot(*normal)
    across = torch.tensor([normal[0] / length, normal[1] / length])
    along = torch.stack([-across[1], across[0]])
    diagonal = 1.5 * window.reach
    foot = torch.tensor(point) - torch.tensor(window.centre)
    foot = foot - (foot @ along) * along  # the line's point nearest to the centre of the window
    feet = foot + torch.linspace(-diagonal, diagonal, PLACES)[:, None] * along
    feet = feet[(feet.abs() <= window.reach).all(1)]
    offsets = torch.linspace(-2 * window.reach, 2 * window.reach, SAMPLES)
    points = feet[:, None] + offsets[:, None] * across
    sampled = grid_sample(margins[None, None], (points / window.reach)[None], align_corners=True)[0, 0]
    inside = (points.abs() <= window.reach).all(2)
    distances = _nearest_crossings(sampled, inside, offsets)
    found = distances[distances.isfinite()]
    if len(found) == 0:
        return Flatness(math.nan, math.nan, 0, len(feet))
    rms = float(found.square().mean().sqrt())
    return Flatness(rms, float(found.std(correction=0)), len(found), len(feet))


def _nearest_crossings(values: Tensor, inside: Tensor, offsets: Tensor) -> Tensor:
    """Return for each row the offset nearest to 0 at which the value changes sign; infinite if none."""
    left, right = values[:, :-1], values[:, 1:]
    crosses = ((left < 0) != (right < 0)) & inside[:, :-1] & inside[:, 1:]
    part = left / torch.where(crosses, left - right, 1)
    at = offsets[:-1] + part * (offsets[1:] - offsets[:-1])
    found = torch.where(crosses, at, math.inf)
    return found.gather(1, found.abs().argmin(1, keepdim=True))[:, 0]


def normal_angles(trace: AttackTrace) -> tuple[float, ...]:
    """Return the angles in degrees between the normals at successive boundary points of an attack."""
    normals = [(each.normal / each.normal.norm()).flatten().double() for each in trace.rounds]
    return tuple(
        math.degrees(math.acos(min(max(float(one @ next_one), -1.0), 1.0)))
        for one, next_one in pairwise(normals)
    )
