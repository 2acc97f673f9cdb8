"""The reduce stage: give back every changed pixel that a fooled image can do without."""

from dataclasses import replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from sparsefool.attacks.core.checks import DELTA_RANGE, check_images, delta_box, per_image
from sparsefool.attacks.core.criterion import Criterion
from sparsefool.attacks.core.events import as_column
from sparsefool.attacks.core.pixel_restoration import (
    restore_prefixes,
    restore_single_pixels,
    restore_spare_pixels,
)
from sparsefool.attacks.core.pixel_search import Search
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Observer

BISECTIONS = 3
"""Halvings of the interval in which the smallest fooling share of a perturbation lies."""


def reduce_perturbation(
    classifier: Classifier,
    result: AttackResult,
    delta: float | Tensor = 255.0,
    *,
    target: int | Tensor | None = None,
    batch_size: int = 128,
    observer: Observer | None = None,
) -> AttackResult:
    """Restore pixels of adversarial images as long as these stay adversarial (beyond the paper).

    1. Rank the changed pixels by the first-order change of the margin when each is restored, the others as
       they are or pushed to the ends of their δ range against the gradient; try prefixes of both rankings,
       keep the longest that fools; repeat until none does.
    2. Try every remaining pixel alone, restore those that cost least margin, and try the others that could be
       spared again.
    3. Bisect for the smallest share of the perturbation that fools, cut to whole levels of 255, and do 2
       until no pixel can be spared.

    So restoring any one of the pixels that are left would undo the success. Candidates of all images are
    tested together. Images that were not fooled, or are not any more once their values are clipped to the δ
    box, come back as they are.

    Args:
        classifier: the network that was attacked.
        result: what any attack returned.
        delta: δ in 0..255, a number or one per image: values stay within ±δ of the original and in [0, 1].
        target: the class, or one per image, that the attack led to; None if any other than the label will do.
        batch_size: images in one pass through the network at most.
        observer: called after each step that is accepted, with the images and their logits; zero normals.

    Returns:
        The result with never more changed pixels, and the passes added; ``iterations`` is unchanged.

    Raises:
        ParameterError: an argument has the wrong shape or range, or the target is not what was reached.

    Example:
        >>> sparser = reduce_perturbation(classifier, sparsefool(classifier, images, lambda_=10.0))
    """
    check_images(classifier, result.images)
    if batch_size < 1:
        raise ParameterError(f"batch_size must be at least 1; it is {batch_size}.")
    lower, upper = delta_box(result.images, per_image(delta, "delta", result.images, DELTA_RANGE))
    clipped = result.adversarial.clamp(lower, upper)
    search = Search(
        classifier,
        _make_goal(result, target),
        result.images,
        clipped,
        result.adversarial_labels,
        batch_size,
        observer,
    )
    rows = _still_fooled(search, result, clipped)
    reduce_rows(search, rows, lower, upper)
    adversarial = result.adversarial.index_copy(0, rows, search.adversarial[rows])
    predictions = result.adversarial_labels.index_copy(0, rows, search.predictions[rows])
    return replace(
        result,
        adversarial=adversarial,
        adversarial_labels=predictions,
        forwards=result.forwards + search.forwards,
        backwards=result.backwards + search.backwards,
    )


def reduce_rows(
    search: Search, rows: Tensor, lower: Float[Tensor, "n c h w"], upper: Float[Tensor, "n c h w"]
) -> None:
    """Do the three steps of :func:`reduce_perturbation` to the fooled images at ``rows`` of a search."""
    rows = rows[search.pixels(rows) > 0]
    restore_prefixes(search, rows, lower, upper)
    restored = restore_spare_pixels(search, rows)
    shrunk = _shrink(search, rows)
    restore_single_pixels(search, rows[restored | shrunk])


def _make_goal(result: AttackResult, target: int | Tensor | None) -> Criterion:
    """Return what the attack was after; a target must be what it has reached."""
    if target is None:
        return Criterion(result.labels, None)
    targets = torch.as_tensor(target, device=result.labels.device)
    if targets.ndim > 1 or (targets.ndim == 1 and len(targets) != len(result.labels)):
        raise ParameterError(
            f"target must be a class or a tensor [{len(result.labels)}]; its shape is {list(targets.shape)}."
        )
    targets = targets.expand_as(result.labels).to(result.labels)
    missed = result.success & (targets != result.adversarial_labels)
    if bool(missed.any()):
        raise ParameterError(
            f"target must be what the attack reached, class {int(result.adversarial_labels[missed][0])}; "
            f"it is {int(targets[missed][0])}."
        )
    return Criterion(result.labels, targets)


def _still_fooled(search: Search, result: AttackResult, clipped: Tensor) -> Tensor:
    """Return the rows that are fooled, by the clipped image where clipping has changed it."""
    moved = result.success & (clipped != result.adversarial).flatten(1).any(1)
    kept = result.success.clone()
    doubtful = moved.nonzero()[:, 0]
    if len(doubtful) > 0:
        evaluation = search.evaluate(doubtful, clipped[doubtful].__getitem__)
        kept[doubtful] = evaluation.fooled
        search.predictions[doubtful] = evaluation.logits.argmax(1)
    return kept.nonzero()[:, 0]


def _shrink(search: Search, rows: Tensor) -> Bool[Tensor, " m"]:
    """Keep the smallest share of each perturbation that fools, by bisection; return where it is below 1."""
    if len(rows) == 0:
        return torch.zeros_like(rows, dtype=torch.bool)
    originals, perturbed = search.images[rows], search.adversarial[rows]
    fails = torch.zeros(len(rows), dtype=originals.dtype, device=rows.device)
    fools = torch.ones_like(fails)
    for _ in range(BISECTIONS):
        halfway = (fails + fools) / 2
        shrunk = originals + (255 * as_column(halfway) * (perturbed - originals)).trunc() / 255
        evaluation = search.evaluate(rows, shrunk.__getitem__)
        search.accept(
            rows[evaluation.fooled], shrunk[evaluation.fooled], evaluation.logits[evaluation.fooled]
        )
        fails = torch.where(evaluation.fooled, fails, halfway)
        fools = torch.where(evaluation.fooled, halfway, fools)
    return fools < 1
