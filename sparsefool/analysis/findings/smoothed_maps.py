"""Smoothed maps of perturbations: kernel densities."""

import numpy as np
from jaxtyping import Bool, Float, Real

BANDWIDTH = 1 / 16
"""Standard deviation of the Gaussian kernel, as a share of the image's height: 2 pixels of 32, 14 of 224."""


def smoothed_maps(
    weights: Real[np.ndarray, "n h w"] | Bool[np.ndarray, "n h w"],
) -> Float[np.ndarray, "n h w"]:
    """Return the kernel density of each perturbation; the values of each sum to 1.

    What the kernel spreads beyond the edge is reflected.

    Args:
        weights: of each pixel, 0 or more, and not all 0: 1 where it was changed, or by how much.
    """
    from scipy.ndimage import gaussian_filter

    sigma = BANDWIDTH * weights.shape[1]
    spread = [gaussian_filter(each.astype(np.float64), sigma, mode="reflect") for each in weights]
    maps = np.stack(spread) if spread else np.zeros(weights.shape)
    found: Float[np.ndarray, "n h w"] = maps / maps.sum((1, 2), keepdims=True)
    return found
