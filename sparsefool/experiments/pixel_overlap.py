"""Do two perturbations share pixels, and more than two random ones of the same sizes would (Figure 8)?"""

import math

import numpy as np
from jaxtyping import Bool

from sparsefool.errors import ParameterError


def intersection_over_union(
    first: Bool[np.ndarray, "h w"], second: Bool[np.ndarray, "rows columns"]
) -> float:
    """Return the pixels in both over the pixels in either, in [0, 1]; NaN where both are empty.

    Raises:
        ParameterError: the images differ in size.
    """
    if first.shape != second.shape:
        raise ParameterError(f"Only images of one size overlap; these are {first.shape} and {second.shape}.")
    union = int((first | second).sum())
    return int((first & second).sum()) / union if union else math.nan


def chance_overlap(first: int, second: int, pixels: int) -> float:
    """Return the expected intersection over union of two random sets of pixels, exactly.

    The size x of the intersection is hypergeometric, so the expectation is the sum over x of
    P(x) · x / (first + second − x).

    Args:
        first, second: how many pixels each set has.
        pixels: how many pixels the image has.

    Raises:
        ParameterError: a set has more pixels than the image.
    """
    if not (0 <= first <= pixels and 0 <= second <= pixels):
        raise ParameterError(f"Sets of {first} and {second} pixels do not fit an image of {pixels}.")
    if first + second == 0:
        return math.nan
    every = _log_choose(pixels, second)
    common = range(max(1, first + second - pixels), min(first, second) + 1)
    return math.fsum(
        math.exp(_log_choose(first, x) + _log_choose(pixels - first, second - x) - every)
        * x
        / (first + second - x)
        for x in common
    )


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
