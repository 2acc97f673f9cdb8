"""λ against δ: what each pair achieves at what cost, and which pairs no other one dominates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class GridPoint:
    """One pair of λ and δ on n images.

    Attributes:
        lambda_, delta: the pair; δ in levels of 0 to 255.
        n, fooled: images attacked, and fooled.
        pixels, percent: median of the changed pixels over the fooled images, and the same in percent; of one
            image alone, its own, fooled or not.
        max_change: median of the largest change of a value, in 0..255, over the same.
    """

    lambda_: float
    delta: float
    n: int
    fooled: int
    pixels: float
    percent: float
    max_change: float


def grid_points(rows: "pd.DataFrame") -> Sequence[GridPoint]:
    """Return a point for each pair of λ and δ.

    Args:
        rows: of one network of a :class:`~sparsefool.experiments.sweep.Sweep`.
    """
    points = []
    for (lambda_, delta), group in rows.groupby(["lambda_", "delta"]):
        fooled = group[group["success"]]
        points.append(
            GridPoint(
                lambda_,
                delta,
                n=len(group),
                fooled=len(fooled),
                pixels=float(fooled["pixels"].median()),
                percent=float((100 * fooled["pixels"] / fooled["pixels_per_image"]).median()),
                max_change=float(fooled["max_change"].median()),
            )
        )
    return points


def pareto_front(points: Sequence[GridPoint]) -> Sequence[GridPoint]:
    """Return the points that no other one dominates, by largest change.

    A point dominates another if it fools at least the same share of the images with at most as many pixels
    and at most as large a largest change, and is better in one of the three. Points without a fooled image do
    not count; of equal ones the first does.
    """
    fooling = [point for point in points if point.fooled]
    front = {
        _costs(point): point
        for point in reversed(fooling)
        if not any(_dominates(_costs(other), _costs(point)) for other in fooling)
    }
    return sorted(front.values(), key=lambda point: (point.max_change, point.pixels))


def _costs(point: GridPoint) -> tuple[float, float, float]:
    """Return what should be small; the change in whole levels, because float32 has 49.99999 for 50."""
    return -point.fooled / point.n, point.pixels, float(round(point.max_change))


def _dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))
