"""Shares of the perturbations inside parts of the image."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


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
