"""How many pixels two perturbations share, and how many they would share by chance (Figure 8)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from sparsefool.analysis.statistics import Estimate, estimate_mean
from sparsefool.analysis.verdicts import Verdict, by_interval
from sparsefool.errors import ParameterError
from sparsefool.experiments.pixel_masks import changed_pixels

if TYPE_CHECKING:
    import pandas as pd


Mask = Bool[np.ndarray, "h w"]

SIMILAR = 6
"""How many other images' perturbations of about the same size each one is compared with; or all there are."""


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


@lru_cache(maxsize=65_536)
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
        shared: mean intersection over union, of one image each.
        random: the mean of what as many pixels in random places share.
        chance: the mean of what perturbations of the same size share that were made for different images:
            the habit of changing the same places of every image. NaN for a single image.
        because_of_image: mean of what an image's two perturbations share beyond that.
    """

    models: tuple[str, str]
    n: int
    shared: Estimate
    random: float
    chance: float
    because_of_image: Estimate

    @property
    def verdict(self) -> Verdict:
        """Whether an image's two perturbations share more pixels than those of different images."""
        return by_interval(self.because_of_image)


def overlap_of(models: tuple[str, str], masks: Sequence[tuple[Mask, Mask]]) -> Overlap:
    """Return how far two networks' perturbations share pixels; NaN without an image.

    Args:
        models: the two networks.
        masks: the changed pixels of both, for each image that fooled both (8 bits).

    Raises:
        ParameterError: the masks of an image differ in size.
    """
    shared = [intersection_over_union(first, second) for first, second in masks]
    random = [chance_overlap(int(first.sum()), int(second.sum()), first.size) for first, second in masks]
    gains, chance = list[float](), math.nan
    if len(masks) > 1:
        elsewhere = _overlap_with_others(*map(np.stack, zip(*masks, strict=True)))
        gains, chance = (np.array(shared) - elsewhere).tolist(), float(elsewhere.mean())
    return Overlap(
        models,
        n=len(masks),
        shared=estimate_mean(shared),
        random=sum(random) / len(random) if random else math.nan,
        chance=chance,
        because_of_image=estimate_mean(gains),
    )


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
        if masks[0].shape[1:] == masks[1].shape[1:]:
            found.append(overlap_of((first, second), list(zip(*masks, strict=True))))
    return found


def _overlap_with_others(
    first: Bool[np.ndarray, "n h w"], second: Bool[np.ndarray, "n h w"]
) -> Float[np.ndarray, " n"]:
    """Return for each image the mean overlap of its perturbations with those of other images.

    One network's perturbation of the image is compared with the other network's of those images where the
    latter is closest in size to what it is on this one; and the other way round.
    """
    first, second = first.reshape(len(first), -1), second.reshape(len(second), -1)
    both_ways = [_overlap_with_similar(first, second), _overlap_with_similar(second, first)]
    mean: Float[np.ndarray, " n"] = np.mean(both_ways, axis=0)
    return mean


def _overlap_with_similar(
    ones: Bool[np.ndarray, "n pixels"], others: Bool[np.ndarray, "n pixels"]
) -> Float[np.ndarray, " n"]:
    sizes, similar = others.sum(1), _most_similar(others.sum(1))
    overlaps = []
    for images in similar.T:
        common = (ones & others[images]).sum(1)
        overlaps.append(common / (ones.sum(1) + sizes[images] - common))
    mean: Float[np.ndarray, " n"] = np.mean(overlaps, axis=0)
    return mean


def _most_similar(sizes: Int[np.ndarray, " n"]) -> Int[np.ndarray, "n similar"]:
    """Return for each image up to :data:`SIMILAR` others: its neighbours when all are ordered by size."""
    n = len(sizes)
    count = min(SIMILAR, n - 1)
    order = np.argsort(sizes, kind="stable")
    starts = np.clip(np.arange(n) - count // 2, 0, n - 1 - count)
    windows = starts[:, None] + np.arange(count + 1)
    others = windows[windows != np.arange(n)[:, None]].reshape(n, count)
    similar: Int[np.ndarray, "n similar"] = order[others][np.argsort(order)]
    return similar
