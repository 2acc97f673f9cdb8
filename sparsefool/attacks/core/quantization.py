"""The 8-bit check: an adversarial image that exists only in float32 is not an image."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool import metrics
from sparsefool.attacks.core.checks import DELTA_RANGE, per_image
from sparsefool.attacks.core.criterion import Criterion, are_usable
from sparsefool.classifier import Classifier
from sparsefool.types import AttackResult

ROUNDING = 1e-3
"""Tolerance, in levels of 255, for float32 noise around a whole level."""


@dataclass(frozen=True, eq=False)
class EightBitCheck:
    """The adversarial images as they can be saved, classified again.

    Attributes:
        originals, images: float32 in [0, 1], every value a whole number of 255ths.
        labels: the network's labels of ``images``.
        success: whether they fool the network.
        logits: the network's logits of ``images``.
    """

    originals: Float[Tensor, "n c h w"]
    images: Float[Tensor, "n c h w"]
    labels: Int64[Tensor, " n"]
    success: Bool[Tensor, " n"]
    logits: Float[Tensor, "n k"]

    @property
    def pixels_changed(self) -> Int64[Tensor, " n"]:
        """Pixels that changed in any channel."""
        return metrics.pixels_changed(self.originals, self.images)

    @property
    def features_changed(self) -> Int64[Tensor, " n"]:
        """Channel values that changed."""
        return metrics.features_changed(self.originals, self.images)

    @property
    def max_change(self) -> Float[Tensor, " n"]:
        """The largest change of a value, in 0..255."""
        return metrics.max_change(self.originals, self.images)


def round_to_8_bits(
    images: Float[Tensor, "n c h w"], adversarial: Float[Tensor, "n c h w"], delta: float | Tensor
) -> tuple[Float[Tensor, "n c h w"], Float[Tensor, "n c h w"]]:
    """Round originals and adversarial images to whole 255ths.

    Changed values are rounded away from the original, so that rounding does not undo the perturbation, and
    then clipped to ±δ around the rounded original and to 0..255.

    Returns:
        The rounded originals and the rounded adversarial images.
    """
    reach = per_image(delta, "delta", images, DELTA_RANGE).floor().view(-1, 1, 1, 1)
    before = (255 * images).round()
    after = 255 * adversarial
    up = (after - ROUNDING).ceil()
    down = (after + ROUNDING).floor()
    rounded = torch.where(adversarial > images, up, torch.where(adversarial < images, down, before))
    clipped = rounded.clamp(before - reach, before + reach).clamp(0, 255)
    return before / 255, clipped / 255


def check_8_bit(
    classifier: Classifier,
    result: AttackResult,
    delta: float | Tensor,
    *,
    target: int | Tensor | None = None,
) -> EightBitCheck:
    """Round the result of an attack to 8 bits and classify it again.

    Args:
        classifier: the network that was attacked.
        result: what the attack returned.
        delta: the δ that the attack was given; the rounded values respect it too.
        target: the target that the attack was given.
    """
    originals, images = round_to_8_bits(result.images, result.adversarial, delta)
    with torch.no_grad():
        logits = classifier(images)
    labels = logits.argmax(1)
    targets = None if target is None else torch.as_tensor(target, device=labels.device).expand_as(labels)
    success = Criterion(result.labels, targets).reached(labels) & are_usable(logits)
    return EightBitCheck(originals, images, labels, success, logits)
