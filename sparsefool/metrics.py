"""Measures of perturbations, and statistics of samples with their intervals."""

import math
import statistics
from collections.abc import Sequence

from jaxtyping import Float, Int64
from torch import Tensor

Interval = tuple[float, float]


def pixels_changed(before: Float[Tensor, "n c h w"], after: Float[Tensor, "n c h w"]) -> Int64[Tensor, " n"]:
    """Return the number of pixels that differ in any channel: the paper's measure (Section 4.1)."""
    return (before != after).any(dim=1).flatten(1).sum(dim=1)


def features_changed(
    before: Float[Tensor, "n c h w"], after: Float[Tensor, "n c h w"]
) -> Int64[Tensor, " n"]:
    """Return the number of channel values that differ."""
    return (before != after).flatten(1).sum(dim=1)


def max_change(before: Float[Tensor, "n c h w"], after: Float[Tensor, "n c h w"]) -> Float[Tensor, " n"]:
    """Return the largest change of a value, in intensity units 0..255."""
    return 255 * (after - before).abs().flatten(1).amax(dim=1)


def wilson_interval(successes: int, n: int, z: float = 1.959964) -> Interval:
    """Return Wilson's interval of a rate (95 % by default), as two numbers in [0, 1]; (0, 1) if n is 0."""
    if n == 0:
        return 0.0, 1.0
    rate = successes / n
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return (
        max(0.0, centre - half) if successes > 0 else 0.0,
        min(1.0, centre + half) if successes < n else 1.0,
    )


def median_interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """Return the distribution-free interval of a median, between two order statistics.

    With fewer than six values no such interval reaches 95 %, and the range of the values is returned.

    Raises:
        ValueError: there are no values.
    """
    ordered = sorted(values)
    n = len(ordered)
    if n == 0:
        raise ValueError("the median of no values does not exist")
    tail, rank = 0.0, 0
    while rank < n // 2:
        tail += math.comb(n, rank) * 0.5**n
        if tail > (1 - confidence) / 2:
            break
        rank += 1
    lowest = max(rank - 1, 0)
    return ordered[lowest], ordered[n - 1 - lowest]


def median(values: Sequence[float]) -> float:
    """Return the median, or NaN if there are no values."""
    return statistics.median(values) if values else math.nan


def mean_interval(values: Sequence[float], z: float = 1.959964) -> Interval:
    """Return the normal interval of a mean (95 % by default); of a single value, the value itself.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("the mean of no values does not exist")
    mean = statistics.fmean(values)
    half = z * statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return mean - half, mean + half
