"""Attacks on more images than fit into memory at once."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.attacks.core.boundary import Boundary
from sparsefool.attacks.core.entry import check_classifier, own_classes, own_images, own_options
from sparsefool.attacks.core.events import renumbered
from sparsefool.classifier import Classifier
from sparsefool.devices import is_out_of_memory
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult


def in_batches(
    attack: Callable[..., AttackResult],
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"] | None = None,
    *,
    batch_size: int | None = None,
    **options: Any,
) -> AttackResult:
    """Run an attack in batches, halving their size whenever memory runs out.

    Images do not influence one another, so the result is that of one large batch up to the rounding of the
    network; only random numbers are drawn in another order.

    Args:
        attack: one of :data:`sparsefool.attacks.ATTACKS`, or any function of that signature.
        classifier: the network under attack.
        images: in [0, 1], on the classifier's device.
        labels: as the attack takes them.
        batch_size: images in the first batch; all of them if None.
        options: the other arguments of the attack. Tensors [n] or [n, h, w] and a ``first_boundary`` are
            split like the images. Observers are told positions among all images; they see the events of a
            batch again when it is repeated with fewer images.

    Raises:
        ParameterError: the batch size is not positive, or an argument has the wrong shape or range.
        RuntimeError: there is not enough memory for one image.

    Example:
        >>> result = in_batches(sparsefool, classifier, images, batch_size=256, lambda_=3.0)
    """
    check_classifier(classifier)
    images = own_images(classifier, images)
    labels = own_classes("labels", classifier, labels)
    options = own_options(classifier, options)
    if batch_size is not None and batch_size < 1:
        raise ParameterError(f"batch_size must be at least 1; it is {batch_size}.")
    size, start, parts = batch_size or len(images), 0, list[AttackResult]()
    while start < len(images):
        rows = torch.arange(start, min(start + size, len(images)), device=images.device)
        chosen = {name: _select(name, option, rows, len(images)) for name, option in options.items()}
        try:
            part = attack(classifier, images[rows], None if labels is None else labels[rows], **chosen)
        except RuntimeError as error:
            if len(rows) == 1 or not is_out_of_memory(error):
                raise
            size = (len(rows) + 1) // 2
        else:
            parts.append(part)
            start += len(rows)
    return _merge(parts)


def _select(name: str, option: Any, rows: Tensor, n: int) -> Any:
    """Return the value of an option for the images at ``rows``."""
    if name.endswith("observer"):
        return renumbered(option, rows)
    if isinstance(option, Boundary):
        return option.select(rows)
    if isinstance(option, Tensor) and option.ndim in (1, 3):
        if len(option) != n:
            raise ParameterError(f"{name} must have one entry per image, {n}; it has {len(option)}.")
        return option[rows.to(option.device)]
    return option


def _merge(parts: list[AttackResult]) -> AttackResult:
    columns = (torch.cat([getattr(part, field.name) for part in parts]) for field in fields(AttackResult))
    return AttackResult(*columns)
