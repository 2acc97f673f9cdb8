"""Do two perturbations share pixels, and more than two random ones of the same sizes would (Figure 8)?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool

from sparsefool.analysis.shares import bootstrap_interval
from sparsefool.analysis.summaries import Estimate
from sparsefool.errors import ParameterError
from sparsefool.experiments.pixel_masks import changed_pixels

if TYPE_CHECKING:
    import pandas as pd


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


@dataclass(frozen=True)
class Overlap:
    """How far two networks' perturbations of the same images share pixels.

    Attributes:
        models: the two networks.
        n: images that fooled both (8 bits).
        shared: mean intersection over union, with its 95 % bootstrap interval.
        chance: the mean of what as many pixels in random places share.
    """

    models: tuple[str, str]
    n: int
    shared: Estimate
    chance: float


def overlaps_of(rows: "pd.DataFrame") -> Sequence[Overlap]:
    """Return the overlap of each pair of networks whose images have one size."""
    fooled = rows[rows["success_8bit"]]
    groups = {str(model): group.set_index("image") for model, group in fooled.groupby("model", sort=False)}
    found = []
    for first, second in combinations(groups, 2):
        common = groups[first].index.intersection(groups[second].index)
        masks = [changed_pixels(groups[model].loc[common], model) for model in (first, second)]
        if masks[0].shape != masks[1].shape:
            continue
        pairs = list(zip(*masks, strict=True))
        shared = [intersection_over_union(a, b) for a, b in pairs]
        chances = [chance_overlap(int(a.sum()), int(b.sum()), a.size) for a, b in pairs]
        mean = sum(shared) / len(shared) if shared else math.nan
        chance = sum(chances) / len(chances) if chances else math.nan
        found.append(Overlap((first, second), len(pairs), Estimate(mean, bootstrap_interval(shared)), chance))
    return found
