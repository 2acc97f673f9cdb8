"""The reduce stage: restore every changed pixel that a fooled image can do without."""

import torch
from jaxtyping import Bool
from torch import Tensor

from sparsefool.attacks.core.checks import (
    DELTA_RANGE,
    check_count,
    check_max_passes,
    delta_box,
    per_image,
)
from sparsefool.attacks.core.criterion import Criterion
from sparsefool.attacks.core.entry import check_classifier, under_attack
from sparsefool.attacks.core.events import as_column
from sparsefool.attacks.pixels.exchange import exchange
from sparsefool.attacks.pixels.restoration import (
    push_to_ends,
    restore_prefixes,
    restore_redundant_pixels,
    restore_single_pixels,
)
from sparsefool.attacks.pixels.search import PixelSearch
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Observer

MAX_PASSES = 250
"""Passes through the network after which an image is searched no further by default: two to three seconds on
ImageNet with two CPU cores."""

BISECTIONS = 3
"""Halvings of the interval that holds the smallest share of a perturbation that fools."""


def reduce_perturbation(
    classifier: Classifier,
    result: AttackResult,
    delta: float | Tensor = 255.0,
    *,
    target: int | Tensor | None = None,
    count: str = "pixels",
    max_passes: int = MAX_PASSES,
    batch_size: int = 128,
    observer: Observer | None = None,
) -> AttackResult:
    """Restore pixels of adversarial images for as long as these stay adversarial (beyond the paper).

    1. Move the changed pixels to the ends of their δ range, if that lowers the margin. Rank them by how much
       of its fall each contributes: the gradient averaged along the path from the original, times the change
       (integrated gradients). Restore the longest prefix that can be; repeat until none can.
    2. Try the remaining pixels alone, the cheapest to first order at first, restore the redundant ones that
       cost the least margin, and try the other redundant ones again.
    3. Bisect for the smallest share of the perturbation that fools, truncated to whole levels of 255, and
       repeat the single tests of step 2 until no pixel is redundant.

    Restoring any one of the pixels that are left would therefore undo the success, unless ``max_passes`` were
    spent before all had been tried. Candidates of all images are tested together. Images that were not
    fooled, or no longer are once their values are clipped to the δ box, are returned as they came.

    Args:
        classifier: the network that was attacked.
        result: what any attack returned.
        delta: δ in 0..255, a number or one per image: values stay within ±δ of the original and in [0, 1].
        target: the class, or one per image, that the attack reached; None if any class but the label will do.
        count: whether whole pixels or single channel values ("features") are restored.
        max_passes: forwards and backwards after which an image is left as it is.
        batch_size: the largest number of images in one pass through the network.
        observer: called after each accepted step, with the images and their logits; normals are zero.

    Returns:
        The result with no more changed pixels than before and the passes added; ``iterations`` is unchanged.

    Raises:
        ParameterError: an argument has the wrong shape or range, or the target is not what was reached.

    Example:
        >>> sparser = reduce_perturbation(classifier, sparsefool(classifier, images, lambda_=10.0))
    """
    check_classifier(classifier)
    check_count(count)
    check_max_passes(max_passes)
    if batch_size < 1:
        raise ParameterError(f"batch_size must be at least 1; it is {batch_size}.")
    lower, upper = delta_box(result.images, per_image(delta, "delta", result.images, DELTA_RANGE))
    clipped = result.adversarial.clamp(lower, upper)
    search = PixelSearch(
        classifier,
        _make_criterion(result, target),
        result.images,
        lower,
        upper,
        clipped,
        result.adversarial_labels,
        batch_size,
        observer,
        count,
        max_passes,
    )
    with under_attack(classifier, result.images):
        rows = _still_fooled(search, result, clipped)
        reduce_rows(search, rows)
    return search.merged_into(result, rows)


def reduce_rows(search: PixelSearch, rows: Tensor, *, exchanging: bool = False) -> None:
    """Apply the three steps of :func:`reduce_perturbation` to the fooled images at ``rows``.

    Args:
        search: holds the images.
        rows: which of them.
        exchanging: whether the changed units are exchanged for fewer others before the third step.
    """
    rows = rows[search.units(rows) > 0]
    push_to_ends(search, rows)
    restore_prefixes(search, rows)
    restored = restore_redundant_pixels(search, rows)
    if exchanging:
        restored |= exchange(search, rows)
    shrunk = _shrink(search, rows)
    restore_single_pixels(search, rows[restored | shrunk])


def _make_criterion(result: AttackResult, target: int | Tensor | None) -> Criterion:
    """Return the criterion of the attack; a target must be the class that it reached."""
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


def _still_fooled(search: PixelSearch, result: AttackResult, clipped: Tensor) -> Tensor:
    """Return the rows that are fooled, tested again where clipping has changed the image."""
    moved = result.success & (clipped != result.adversarial).flatten(1).any(1)
    kept = result.success.clone()
    doubtful = moved.nonzero()[:, 0]
    if len(doubtful) > 0:
        evaluation = search.evaluate(doubtful, clipped[doubtful].__getitem__)
        kept[doubtful] = evaluation.fooled
        search.adopt(doubtful, clipped[doubtful], evaluation.logits.argmax(1))
    return kept.nonzero()[:, 0]


def _shrink(search: PixelSearch, rows: Tensor) -> Bool[Tensor, " m"]:
    """Keep the smallest share of each perturbation that fools, by bisection; return where it is below 1."""
    affordable = search.passes_left(rows) >= BISECTIONS
    shrinkable = rows[affordable]
    fails = torch.zeros(len(shrinkable), dtype=search.images.dtype, device=rows.device)
    fools = torch.ones_like(fails)
    originals, perturbed = search.images[shrinkable], search.adversarial[shrinkable]
    for _ in range(BISECTIONS if len(shrinkable) > 0 else 0):
        halfway = (fails + fools) / 2
        shrunk = originals + (255 * as_column(halfway) * (perturbed - originals)).trunc() / 255
        evaluation = search.evaluate(shrinkable, shrunk.__getitem__)
        fooled = evaluation.fooled
        search.accept(shrinkable[fooled], shrunk[fooled], evaluation.logits[fooled])
        fails = torch.where(fooled, fails, halfway)
        fools = torch.where(fooled, halfway, fools)
    return torch.zeros_like(affordable).masked_scatter(affordable, fools < 1)
