"""How much of a perturbation lies in a part of the image, against the size of that part."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Real

from sparsefool.metrics import Interval

TOP = 0.2
"""Part of the image that counts as highlighted: its pixels with the largest values."""

RESAMPLES = 10_000
FEWEST = 5
"""Images from which an interval is given: resampling fewer says nothing."""


@dataclass(frozen=True)
class Shares:
    """Shares of the perturbed pixels of one network, one number per fooled image, in [0, 1].

    Attributes:
        label, fooling: inside the top 20 % of the class-activation map of the original and the fooling label,
            of the images on which there is such a map.
        centre: inside the centred disc that covers 20 % of the image.
        elsewhere: inside the top 20 % of the original-label maps of the *other* images, on average: what a
            habit of looking at the same places of every image explains; empty for a single image.
    """

    label: tuple[float, ...]
    fooling: tuple[float, ...]
    centre: tuple[float, ...]
    elsewhere: tuple[float, ...]


def top_pixels(values: Real[np.ndarray, "h w"], share: float = TOP) -> Bool[np.ndarray, "h w"]:
    """Return the ``share`` of the pixels with the largest values, to the nearest whole number of pixels.

    Equal values are taken in one fixed random order, so that a flat part of a map prefers no corner.
    """
    flat = values.ravel()
    order = np.lexsort((np.random.default_rng(0).permutation(flat.size), -flat))
    mask = np.zeros(flat.size, dtype=bool)
    mask[order[: round(share * flat.size)]] = True
    return mask.reshape(values.shape)


def highlighted_pixels(activation: Real[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Return the top pixels of a class-activation map; none where no part speaks for the class."""
    return top_pixels(activation) if activation.max() > 0 else np.zeros(activation.shape, dtype=bool)


def central_pixels(size: tuple[int, int], share: float = TOP) -> Bool[np.ndarray, "h w"]:
    """Return the ``share`` of the pixels that are nearest to the centre of the image: a disc."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    return top_pixels(-np.hypot(rows - (size[0] - 1) / 2, columns - (size[1] - 1) / 2), share)


def share_inside(changed: Bool[np.ndarray, "h w"], part: Bool[np.ndarray, "h w"]) -> float:
    """Return the changed pixels inside ``part`` over all; NaN where none changed, or the part is empty."""
    total = int(changed.sum())
    return int((changed & part).sum()) / total if total and part.any() else math.nan


def known(shares: Iterable[float]) -> tuple[float, ...]:
    """Return the shares that are not NaN."""
    return tuple(share for share in shares if not math.isnan(share))


def bootstrap_interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """Return the percentile bootstrap interval of a mean over images; NaN for fewer than FEWEST images.

    Images are drawn with replacement, always with the same seed, so equal values give an equal interval.
    """
    if len(values) < FEWEST:
        return math.nan, math.nan
    sample = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(0).integers(0, len(sample), (RESAMPLES, len(sample)))
    low, high = np.quantile(sample[draws].mean(1), [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
