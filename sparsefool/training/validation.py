"""Validation after each epoch, on training images that are held out, and the collapse it guards against."""

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Int64, UInt8
from torch import Tensor

from sparsefool.classifier import Classifier
from sparsefool.errors import ModelError
from sparsefool.formats import percent
from sparsefool.training.adversarial import LinfAttack
from sparsefool.training.evaluation import accuracy, robust_accuracy

PGD_10 = LinfAttack.with_steps(10)
COLLAPSE = 0.5
"""Share of the best accuracy under PGD below which adversarial training has collapsed."""


@dataclass(frozen=True)
class EpochReport:
    """One epoch: its training, and the accuracy of the averaged network on the validation images.

    Attributes:
        epoch: 1 for the first.
        size: the side of the training images in pixels.
        loss, train_accuracy: means over the (augmented, attacked) training images of the epoch.
        held_out_accuracy: accuracy on the validation images; None where there are none.
        held_out_pgd_accuracy: the same under PGD-10; None in ordinary training.
        seconds: time of the whole run so far.
    """

    epoch: int
    size: int
    loss: float
    train_accuracy: float
    held_out_accuracy: float | None
    held_out_pgd_accuracy: float | None
    seconds: float


def validate(
    classifier: Classifier, images: UInt8[Tensor, "n c h w"], labels: Int64[Tensor, " n"], robust: bool
) -> tuple[float, float | None]:
    """Return the accuracy, and that under PGD-10 within 8/255 if ``robust``, else None; both in [0, 1]."""
    clean = accuracy(classifier, images, labels)
    return clean, robust_accuracy(classifier, images, labels, PGD_10) if robust else None


def guard_against_collapse(past: Sequence[EpochReport], report: EpochReport) -> None:
    """Raise an error if adversarial training has overfitted to its own attack (catastrophic overfitting).

    Raises:
        ModelError: the accuracy under PGD is less than half of the best of the past epochs.
    """
    if report.held_out_pgd_accuracy is None:
        return
    best = max((earlier.held_out_pgd_accuracy or 0.0 for earlier in past), default=0.0)
    if report.held_out_pgd_accuracy < COLLAPSE * best:
        raise ModelError(
            f"Adversarial training collapsed in epoch {report.epoch}: the accuracy under PGD fell from "
            f"{percent(best, 1)} to {percent(report.held_out_pgd_accuracy, 1)}. "
            "Start over with more attack steps."
        )
