"""Checks of what a caller gives an attack, and the box in which an attacked image may lie."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError

LAMBDA_RANGE = (1.0, math.inf)
"""λ (Section 3.3)."""

DELTA_RANGE = (0.0, 255.0)
"""δ (Section 4.2), in intensity levels."""

COUNTS = ("pixels", "features")
"""What a search may keep few."""


def check_range(title: str, bounds: tuple[float, float], *values: float) -> None:
    """Check numbers that a person chose against their bounds; those may be infinite, the numbers may not.

    Args:
        title: of the numbers, for the message, such as ``"δ"``.
        bounds: the lowest and the highest that is allowed.
        values: the numbers.

    Raises:
        ParameterError: a number is out of bounds or not finite.
    """
    low, high = bounds
    limit = f"a finite number, {low:g} or more" if math.isinf(high) else f"from {low:g} to {high:g}"
    for value in values:
        if not (math.isfinite(value) and low <= value <= high):
            raise ParameterError(f"{title} must be {limit}; it is {value:g}.")


def check_images(classifier: Classifier, images: Tensor) -> None:
    """Check that images are floats [n, c, h, w] in [0, 1], at least one, on the classifier's device.

    Raises:
        ParameterError: they are not.
    """
    if images.ndim != 4 or not images.is_floating_point() or len(images) == 0:
        raise ParameterError(
            "images must be a float tensor [n, c, h, w] with n ≥ 1; "
            f"they are {images.dtype} {list(images.shape)}."
        )
    if 0 in images.shape[2:]:
        raise ParameterError(f"images need a height and width of 1 or more; they are {list(images.shape)}.")
    if images.device != classifier.device:
        raise ParameterError(f"images are on {images.device}, the classifier is on {classifier.device}.")
    if not bool(((images >= 0) & (images <= 1)).all()):
        raise ParameterError(
            "images must lie in [0, 1]; these reach from "
            f"{images.min().item():g} to {images.max().item():g}. Divide 8-bit values by 255."
        )


def per_image(
    value: float | Tensor, name: str, images: Float[Tensor, "n c h w"], bounds: tuple[float, float]
) -> Float[Tensor, " n"]:
    """Return one checked value per image, given a number or a tensor [n].

    Raises:
        ParameterError: a value is not finite or outside the bounds, or there is not one per image.
    """
    values = torch.as_tensor(value, dtype=images.dtype, device=images.device)
    if values.ndim not in (0, 1) or (values.ndim == 1 and len(values) != len(images)):
        raise ParameterError(
            f"{name} must be a number or a tensor [{len(images)}]; its shape is {list(values.shape)}."
        )
    low, high = bounds
    outside = ~(values.isfinite() & (values >= low) & (values <= high)).reshape(-1)
    if bool(outside.any()):
        worst = values.reshape(-1)[outside][0].item()
        limit = f"at least {low:g}" if math.isinf(high) else f"between {low:g} and {high:g}"
        raise ParameterError(f"{name} must be a finite number {limit}; it is {worst:g}.")
    return values.expand(len(images))


def check_limits(*, max_iter: int, overshoot: float, num_candidates: int) -> None:
    """Check the limits that SparseFool and DeepFool share.

    Raises:
        ParameterError: one of them is out of range.
    """
    if max_iter < 1:
        raise ParameterError(f"max_iter must be at least 1; it is {max_iter}.")
    if not (math.isfinite(overshoot) and overshoot >= 0):
        raise ParameterError(f"overshoot must be a finite number, 0 or more; it is {overshoot}.")
    if num_candidates < 2:
        raise ParameterError(
            f"num_candidates counts the label too, so it must be at least 2; it is {num_candidates}."
        )


def check_count(count: str) -> None:
    """Check what a search is to keep few.

    Raises:
        ParameterError: it is neither pixels nor features.
    """
    if count not in COUNTS:
        raise ParameterError(f'count must be "pixels" or "features"; it is {count!r}.')


def check_max_passes(max_passes: int) -> None:
    """Check that at least one pass is allowed.

    Raises:
        ParameterError: it is not.
    """
    if max_passes < 1:
        raise ParameterError(f"max_passes must be at least 1; it is {max_passes}.")


def delta_box(
    images: Float[Tensor, "n c h w"], delta: Float[Tensor, " n"]
) -> tuple[Float[Tensor, "n c h w"], Float[Tensor, "n c h w"]]:
    """Return the bounds l and u: within ±δ (0..255) of the original and within [0, 1] (Section 4.2)."""
    reach = (delta / 255).view(-1, 1, 1, 1)
    return (images - reach).clamp(min=0), (images + reach).clamp(max=1)


def confine(
    images: Float[Tensor, "n c h w"],
    lower: Float[Tensor, "n c h w"],
    upper: Float[Tensor, "n c h w"],
    region: Tensor | None,
) -> tuple[Float[Tensor, "n c h w"], Float[Tensor, "n c h w"]]:
    """Return the bounds with l = u = x outside the region, so that only values inside it may move.

    Args:
        images: x.
        lower, upper: l and u.
        region: bool [n, h, w], or [h, w] for all images alike; None for the whole image.

    Raises:
        ParameterError: the region is not bool or has another shape.
    """
    if region is None:
        return lower, upper
    n, _, height, width = images.shape
    if region.dtype != torch.bool or region.shape not in ((n, height, width), (height, width)):
        raise ParameterError(
            f"region must be a bool tensor [{height}, {width}] or [{n}, {height}, {width}]; "
            f"it is {region.dtype} {list(region.shape)}."
        )
    inside = region.to(images.device).expand(n, height, width)[:, None]
    return torch.where(inside, lower, images), torch.where(inside, upper, images)
