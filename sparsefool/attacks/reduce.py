"""The reduce stage: give back every changed pixel that a fooled image can do without."""

from dataclasses import replace

import torch
from torch import Tensor

from sparsefool.attacks.checks import DELTA_RANGE, check_images, delta_box, per_image
from sparsefool.attacks.goal import Goal
from sparsefool.attacks.reduction import Reduction
from sparsefool.attacks.restoring import (
    prefixes,
    restore_prefixes,
    restore_single_pixels,
    restore_spare_pixels,
)
from sparsefool.attacks.steps import as_column
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Observer

BISECTIONS = 6
"""Halvings of the interval in which the smallest fooling share of a perturbation lies."""


def reduce_perturbation(
    classifier: Classifier,
    result: AttackResult,
    delta: float | Tensor = 255.0,
    *,
    target: int | Tensor | None = None,
    rounds: int = 2,
    batch_size: int = 128,
    observer: Observer | None = None,
) -> AttackResult:
    """Restore pixels of adversarial images as long as these stay adversarial (beyond the paper).

    1. Rank the changed pixels by the first-order change of the margin when each is restored, try prefixes of
       that ranking, keep the longest that fools; repeat until none does.
    2. Try every remaining pixel alone, restore those that cost least margin, and try the others that could be
       spared again.
    3. Push the remaining pixels to the ends of their δ range against the gradient of the margin, as many of
       them as help most, and do 1 and 2 again; repeat as long as that gains pixels.
    4. Bisect for the smallest share of the perturbation that fools, and do 2 until no pixel can be spared.

    So restoring any one of the pixels that are left would undo the success. Candidates of all images are
    tested together. Images that were not fooled, or are not any more once their values are clipped to the δ
    box, come back as they are.

    Args:
        classifier: the network that was attacked.
        result: what any attack returned.
        delta: δ in 0..255, a number or one per image: values stay within ±δ of the original and in [0, 1].
        target: the class, or one per image, that the attack led to; None if any other than the label will do.
        rounds: how often step 3 is taken at most.
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
    if rounds < 0 or batch_size < 1:
        raise ParameterError(
            f"rounds must be at least 0 and batch_size at least 1; they are {rounds} and {batch_size}."
        )
    lower, upper = delta_box(result.images, per_image(delta, "delta", result.images, DELTA_RANGE))
    clipped = result.adversarial.clamp(lower, upper)
    state = Reduction(
        classifier,
        _make_goal(result, target),
        result.images,
        clipped,
        result.adversarial_labels,
        batch_size,
        observer,
    )
    rows = _still_fooled(state, result, clipped)
    restore_prefixes(state, rows)
    _alternate(state, rows, lower, upper, rounds)
    restore_spare_pixels(state, rows)
    _shrink(state, rows)
    restore_single_pixels(state, rows)
    adversarial = result.adversarial.index_copy(0, rows, state.adversarial[rows])
    predictions = result.adversarial_labels.index_copy(0, rows, state.predictions[rows])
    return replace(
        result,
        adversarial=adversarial,
        adversarial_labels=predictions,
        forwards=result.forwards + state.forwards,
        backwards=result.backwards + state.backwards,
    )


def _make_goal(result: AttackResult, target: int | Tensor | None) -> Goal:
    """Return what the attack was after; a target must be what it has reached."""
    if target is None:
        return Goal(result.labels, None)
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
    return Goal(result.labels, targets)


def _still_fooled(state: Reduction, result: AttackResult, clipped: Tensor) -> Tensor:
    """Return the rows that are fooled, by the clipped image where clipping has changed it."""
    moved = result.success & (clipped != result.adversarial).flatten(1).any(1)
    kept = result.success.clone()
    doubtful = moved.nonzero()[:, 0]
    if len(doubtful) > 0:
        verdicts = state.judge(doubtful, clipped[doubtful].__getitem__)
        kept[doubtful] = verdicts.fooled
        state.predictions[doubtful] = verdicts.logits.argmax(1)
    return kept.nonzero()[:, 0]


def _alternate(state: Reduction, rows: Tensor, lower: Tensor, upper: Tensor, rounds: int) -> None:
    """Push the remaining pixels further and restore again, as long as that gains pixels."""
    for _ in range(rounds):
        rows = rows[state.pixels(rows) > 1]
        if len(rows) == 0:
            return
        before = state.pixels(rows)
        pushed = _push(state, rows, lower, upper)
        rows, before = rows[pushed], before[pushed]
        restore_prefixes(state, rows)
        rows = rows[state.pixels(rows) < before]


def _push(state: Reduction, rows: Tensor, lower: Tensor, upper: Tensor) -> Tensor:
    """Move the pixels that help most to the end of their δ range; return where the margin fell."""
    slopes, margins = state.linearise(rows)
    now = state.adversarial[rows]
    ends = torch.where(slopes > 0, lower[rows], torch.where(slopes < 0, upper[rows], now))
    effects = (slopes * (ends - now)).sum(1).flatten(1)
    movable = (state.changed(rows) & (effects < 0)).sum(1)
    pushed = state.adversarial.index_copy(0, rows, ends)
    parts = prefixes(state, rows, state.rank(rows, effects), movable, pushed)
    if len(parts.owners) == 0:
        return torch.zeros_like(rows, dtype=torch.bool)
    verdicts = state.judge(rows[parts.owners], parts.build)
    return state.accept_best(rows, parts, verdicts, -verdicts.margins, -margins)


def _shrink(state: Reduction, rows: Tensor) -> None:
    """Keep the smallest share of each perturbation that fools, by bisection."""
    if len(rows) == 0:
        return
    originals, perturbed = state.images[rows], state.adversarial[rows]
    fails = torch.zeros(len(rows), dtype=originals.dtype, device=rows.device)
    fools = torch.ones_like(fails)
    for _ in range(BISECTIONS):
        halfway = (fails + fools) / 2
        shrunk = torch.lerp(originals, perturbed, as_column(halfway))
        verdicts = state.judge(rows, shrunk.__getitem__)
        state.accept(rows[verdicts.fooled], shrunk[verdicts.fooled], verdicts.logits[verdicts.fooled])
        fails = torch.where(verdicts.fooled, fails, halfway)
        fools = torch.where(verdicts.fooled, halfway, fools)
