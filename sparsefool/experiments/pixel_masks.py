"""Sets of pixels of an image: those that changed, the centre, the top of an activation map."""

import math
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Real

from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


TOP = 0.2
"""Part of the image that counts as highlighted: its pixels with the largest values."""


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
    """Return the top pixels of a class-activation map; none where no part is evidence for the class."""
    return top_pixels(activation) if activation.max() > 0 else np.zeros(activation.shape, dtype=bool)


def central_pixels(size: tuple[int, int], share: float = TOP) -> Bool[np.ndarray, "h w"]:
    """Return the ``share`` of the pixels that are nearest to the centre of the image: a disc."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    return top_pixels(-np.hypot(rows - (size[0] - 1) / 2, columns - (size[1] - 1) / 2), share)


def resized(masks: Bool[np.ndarray, "n h w"], by: int) -> Bool[np.ndarray, "n h w"]:
    """Return masks with so many pixels more all around, or less where negative; diagonals count as one.

    Beyond the edge of the image a part goes on: it is not shrunk there.
    """
    from scipy.ndimage import maximum_filter, minimum_filter

    choose = maximum_filter if by > 0 else minimum_filter
    side = 2 * abs(by) + 1
    found: Bool[np.ndarray, "n h w"] = choose(masks, size=(1, side, side), mode="nearest")
    return found


def share_inside(changed: Bool[np.ndarray, "h w"], part: Bool[np.ndarray, "h w"]) -> float:
    """Return the changed pixels inside ``part`` over all; NaN where none changed, or the part is empty."""
    total = int(changed.sum())
    return int((changed & part).sum()) / total if total and part.any() else math.nan


def maps_of_next(maps: Bool[np.ndarray, "n h w"]) -> Bool[np.ndarray, "n h w"]:
    """Return for each image the map of the next one, for the last image that of the first.

    What lies inside another image's map shows what a habit of changing the same places of every image would
    give. A single image has no next one: its map is empty, so that :func:`share_inside` is NaN.
    """
    return np.roll(maps, -1, axis=0) if len(maps) > 1 else np.zeros_like(maps)


def changed_pixels(rows: "pd.DataFrame", model: str) -> Bool[np.ndarray, "n h w"]:
    """Return the pixels of each row's image that changed in any channel, once rounded to 8 bits.

    Args:
        rows: of :func:`sparsefool.experiments.records.attack_rows.rows_of`.
        model: the network, whose input size the images have.
    """
    height, width = find_spec(model).input_size
    masks = np.zeros((len(rows), height * width), dtype=bool)
    for mask, changed_at in zip(masks, rows["changed_at"], strict=True):
        mask[np.asarray(changed_at, dtype=np.int64) % (height * width)] = True
    return masks.reshape(len(rows), height, width)
