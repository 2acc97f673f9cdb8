"""How many pixels two perturbations share, and how many two random ones of their sizes would (Figure 8)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool

from sparsefool.analysis.statistics import Estimate, estimate_mean
from sparsefool.errors import ParameterError
from sparsefool.experiments.pixel_masks import changed_pixels

if TYPE_CHECKING:
    import pandas as pd


Mask = Bool[np.ndarray, "h w"]


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


def overlap_of(models: tuple[str, str], masks: Sequence[tuple[Mask, Mask]]) -> Overlap:
    """Return how far two networks' perturbations share pixels; NaN without an image.

    Args:
        models: the two networks.
        masks: the changed pixels of both, for each image that fooled both (8 bits).

    Raises:
        ParameterError: the masks of an image differ in size.
    """
    shared = [intersection_over_union(first, second) for first, second in masks]
    chances = [chance_overlap(int(first.sum()), int(second.sum()), first.size) for first, second in masks]
    return Overlap(models, len(masks), estimate_mean(shared), _mean(chances))


def overlaps_of(rows: "pd.DataFrame") -> Sequence[Overlap]:
    """Return the overlap of each pair of networks that take images of one size.

    Args:
        rows: of a :class:`~sparsefool.experiments.regions.Regions`.
    """
    fooled = rows[rows["success_8bit"]]
    groups = {str(model): group.set_index("image") for model, group in fooled.groupby("model", sort=False)}
    found = []
    for first, second in combinations(groups, 2):
        common = groups[first].index.intersection(groups[second].index)
        masks = [changed_pixels(groups[model].loc[common], model) for model in (first, second)]
        if masks[0].shape == masks[1].shape:
            found.append(overlap_of((first, second), list(zip(*masks, strict=True))))
    return found


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
