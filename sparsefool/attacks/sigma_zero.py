"""σ-zero, a gradient attack that minimises a differentiable approximation of the ℓ0 norm."""

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.attacks.core.checks import DELTA_RANGE, confine, delta_box, per_image
from sparsefool.attacks.core.criterion import Criterion, are_usable
from sparsefool.attacks.core.entry import attack
from sparsefool.attacks.core.events import as_column, forward_with_graph, step_event
from sparsefool.attacks.core.state import AttackState
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.metrics import features_changed
from sparsefool.types import AttackResult, Observer, Outcome


@attack
def sigma_zero(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"] | None = None,
    *,
    max_iter: int = 1000,
    sigma: float = 1e-3,
    step_size: float = 1.0,
    threshold: float = 0.3,
    threshold_factor: float = 0.01,
    delta: float | Tensor = 255.0,
    target: int | Tensor | None = None,
    region: Tensor | None = None,
    observer: Observer | None = None,
) -> AttackResult:
    """Run σ-zero (Cinà et al., ICLR 2025, Algorithm 1) on a batch; norm ℓ0 of features.

    Minimises max(margin, 0) + (1/d) Σ δ_j² / (δ_j² + σ), the second term a smooth ℓ0 norm, with the
    gradient divided by its largest component and a step size that falls to zero along a cosine. After each
    step the image is clipped to its bounds and every change below the threshold τ is undone; τ grows while
    the network is fooled and shrinks while it is not. The sparsest image that fools is kept, so all
    iterations are run unless one feature suffices.

    Args:
        classifier: the network under attack.
        images: in [0, 1], on the classifier's device.
        labels: classes to leave; the network's own predictions if None.
        max_iter: iterations, each of one forward and one backward.
        sigma: σ > 0; the smaller, the closer the smooth norm is to ℓ0.
        step_size: η₀ > 0, the first step size, in units of δ.
        threshold: τ₀ from 0 to 1, the initial threshold, in units of δ.
        threshold_factor: t ≥ 0; in each iteration τ changes by t times the step size.
        delta: δ in 0..255, a number or one per image: how far a value may move (beyond the original).
        target: a class to reach, or one per image; None for any class other than the label.
        region: pixels that may change, bool [h, w] or [n, h, w]; None for all of them (beyond the original).
        observer: called after each iteration, with minus the direction of the step as the normal.

    Raises:
        ParameterError: an argument has the wrong shape or range.

    Example:
        >>> result = sigma_zero(classifier, images, max_iter=1000)
        >>> result.features_changed[result.success].float().median()
    """
    _check_tuning(max_iter, sigma, step_size, threshold, threshold_factor)
    deltas = per_image(delta, "delta", images, DELTA_RANGE)
    lower, upper = confine(images, *delta_box(images, deltas), region)
    reach = deltas / DELTA_RANGE[1]
    points, logits = forward_with_graph(classifier, images)
    state = AttackState.from_logits(images, logits.detach(), labels, target)
    thresholds = threshold * reach
    in_graph = torch.arange(len(images), device=images.device)
    rows = state.unfinished()
    for iteration in range(1, max_iter + 1):
        if len(rows) == 0:
            break
        state.record_iteration(rows, iteration)
        gradient = classifier.input_gradient(_loss(state.criterion.select(in_graph), logits), points)
        state.count_passes(in_graph, backwards=1)
        still = torch.isin(in_graph, rows)
        gradient = gradient[still] + _smooth_norm_gradient(points.detach()[still] - images[rows], sigma)
        alive = _mark_dead_ends(state, rows, gradient)
        rows, in_graph, gradient = rows[alive], rows[alive], gradient[alive]
        if len(rows) == 0:
            break
        step = step_size * (1 + math.cos(math.pi * (iteration - 1) / max_iter)) / 2
        stepped = _descend(points.detach()[still][alive], gradient, step * reach[rows])
        moved = stepped.clamp(lower[rows], upper[rows])
        undone = (moved - images[rows]).abs() < as_column(thresholds[rows])
        moved = torch.where(undone, images[rows], moved)
        points, logits = forward_with_graph(classifier, moved)
        fooled, remaining = _record_test(state, rows, moved, logits.detach())
        up_or_down = 2 * fooled.to(thresholds.dtype) - 1
        changed = thresholds[rows] + threshold_factor * step * reach[rows] * up_or_down
        thresholds[rows] = torch.minimum(changed.clamp(min=0), reach[rows])
        if observer is not None:
            criterion = state.criterion.select(rows)
            observer(step_event(iteration, rows, moved, criterion, logits.detach(), -gradient))
        rows = remaining
    return state.result()


def _check_tuning(
    max_iter: int, sigma: float, step_size: float, threshold: float, threshold_factor: float
) -> None:
    if max_iter < 1:
        raise ParameterError(f"max_iter must be at least 1; it is {max_iter}.")
    if not (0 < sigma < math.inf and 0 < step_size < math.inf):
        raise ParameterError(
            f"sigma and step_size must be positive numbers; they are {sigma} and {step_size}."
        )
    if not (0 <= threshold <= 1 and 0 <= threshold_factor < math.inf):
        raise ParameterError(
            "threshold must lie between 0 and 1 and threshold_factor be 0 or more; "
            f"they are {threshold} and {threshold_factor}."
        )


@torch.enable_grad()
def _loss(criterion: Criterion, logits: Tensor) -> Tensor:
    """Return max(label − strongest other, 0), or max(strongest other − target, 0).

    A class that ties with the label exactly cannot be told from it, so another one is aimed at.
    """
    own = criterion.labels if criterion.targets is None else criterion.targets
    tied = logits == logits.gather(1, own[:, None])
    tied.scatter_(1, own[:, None], False)
    apart = logits.masked_fill(tied, -math.inf)
    alone = apart.isfinite().sum(1, keepdim=True) < 2
    return criterion.margins(torch.where(alone, logits, apart)).clamp(min=0)


def _smooth_norm_gradient(change: Tensor, sigma: float) -> Tensor:
    """Return the gradient of (1/d) Σ δ_j² / (δ_j² + σ)."""
    return 2 * sigma * change / (change.square() + sigma).square() / change[0].numel()


def _mark_dead_ends(state: AttackState, rows: Tensor, gradient: Tensor) -> Tensor:
    """Return the mask of the rows with a gradient to follow; record why the others end, unless they fool."""
    largest = gradient.flatten(1).abs().amax(1)
    fooled = state.fooled[rows]
    state.mark_dead_ends(rows, (largest > 0) | fooled, largest.isfinite() | fooled)
    return (largest > 0) & largest.isfinite()


def _descend(points: Tensor, gradient: Tensor, steps: Tensor) -> Tensor:
    """Take a step, whose largest component has the given size."""
    return points - as_column(steps / gradient.flatten(1).abs().amax(1)) * gradient


def _record_test(state: AttackState, rows: Tensor, tested: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """Record the sparsest image that fools, or else the last one tested.

    Returns:
        The mask of the images that fool, and the rows that continue.
    """
    predictions, finite = logits.argmax(1), are_usable(logits)
    fooled = state.criterion.select(rows).reached(predictions) & finite
    before = state.fooled[rows]
    features = features_changed(state.images[rows], tested)
    sparser = features < features_changed(state.images[rows], state.adversarial[rows])
    kept = torch.where(before, fooled & sparser, True)
    state.count_passes(rows, forwards=1)
    state.record_images(rows[kept], tested[kept], predictions[kept])
    state.set_outcome(rows[fooled], Outcome.FOOLED)
    state.set_outcome(rows[~finite & ~before], Outcome.NOT_FINITE)
    return fooled, rows[finite & ~(fooled & (features == 1))]
