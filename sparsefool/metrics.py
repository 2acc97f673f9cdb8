"""Measures of perturbations."""

from jaxtyping import Float, Int64
from torch import Tensor


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
