"""What is measured after each epoch, on training images that are held out, and what it guards against."""

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Int64, UInt8
from torch import Tensor

from sparsefool.classifier import Classifier
from sparsefool.errors import ModelError
from sparsefool.training.adversarial import LinfAttack
from sparsefool.training.evaluation import accuracy, robust_accuracy

PGD_10 = LinfAttack.with_steps(10)
COLLAPSE = 0.5


@dataclass(frozen=True)
class EpochReport:
    """One epoch: what was trained on, and the averaged network on the held-out images.

    Attributes:
        epoch: 1 for the first.
        size: the side of the training images in pixels.
        loss, train_accuracy: means over the (augmented, attacked) training images of the epoch.
        held_out_accuracy: None where the recipe holds nothing out.
        held_out_pgd_accuracy: under PGD-10; None in ordinary training.
        seconds: of the whole run so far.
    """

    epoch: int
    size: int
    loss: float
    train_accuracy: float
    held_out_accuracy: float | None
    held_out_pgd_accuracy: float | None
    seconds: float


def measure_held_out(
    classifier: Classifier, images: UInt8[Tensor, "n c h w"], labels: Int64[Tensor, " n"], robust: bool
) -> tuple[float, float | None]:
    """Return the accuracy, and where ``robust`` is set, the accuracy under PGD-10 within 8/255."""
    plain = accuracy(classifier, images, labels)
    return plain, robust_accuracy(classifier, images, labels, PGD_10) if robust else None


def guard_against_collapse(past: Sequence[EpochReport], report: EpochReport) -> None:
    """Stop adversarial training that has overfitted to its own attack (catastrophic overfitting).

    Raises:
        ModelError: the accuracy under PGD is less than half of the best of the past epochs.
    """
    if report.held_out_pgd_accuracy is None:
        return
    best = max((earlier.held_out_pgd_accuracy or 0.0 for earlier in past), default=0.0)
    if report.held_out_pgd_accuracy < COLLAPSE * best:
        raise ModelError(
            f"Adversarial training collapsed in epoch {report.epoch}: the accuracy under PGD fell from "
            f"{best:.1%} to {report.held_out_pgd_accuracy:.1%}. Start anew with more attack steps."
        )
