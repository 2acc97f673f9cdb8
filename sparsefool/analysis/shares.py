"""Shares of the perturbations inside parts of the image, with intervals over the images."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sparsefool.metrics import Interval

RESAMPLES = 10_000
FEWEST = 5
"""The fewest images with an interval; of fewer, resampling gives no meaningful one."""


@dataclass(frozen=True)
class Shares:
    """Shares of the perturbed pixels of one network, one number per fooled image, in [0, 1].

    Attributes:
        label, fooling: inside the top 20 % of the class-activation map of the original and the fooling label,
            of the images on which there is such a map.
        centre: inside the centred disc that covers 20 % of the image.
        elsewhere: inside the top 20 % of the original-label map of another image, the next one: what a habit
            of changing the same places of every image explains; empty for a single image.
    """

    label: tuple[float, ...]
    fooling: tuple[float, ...]
    centre: tuple[float, ...]
    elsewhere: tuple[float, ...]


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
