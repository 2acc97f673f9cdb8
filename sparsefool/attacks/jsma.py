"""JSMA, the greedy attack on pairs of features, also in the untargeted version of the SparseFool paper."""

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.attacks.core.criterion import Criterion
from sparsefool.attacks.core.entry import attack
from sparsefool.attacks.core.events import forward_with_graph, step_event
from sparsefool.attacks.core.random import integers
from sparsefool.attacks.core.saliency_pairs import best_pairs
from sparsefool.attacks.core.state import AttackState
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Observer, Outcome


@attack
def jsma(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"] | None = None,
    *,
    theta: float = 1.0,
    gamma: float = 0.1,
    target: int | Tensor | None = None,
    generator: torch.Generator | None = None,
    observer: Observer | None = None,
) -> AttackResult:
    """Run JSMA (Papernot et al., EuroS&P 2016, Algorithms 2 and 3) on a batch; norm ℓ0 of features.

    Each iteration finds, among all pairs of features that may still move, the one that most raises the
    target's logit and lowers the sum of the others (the saliency map over pairs), and moves both features by
    theta. The search is exact; see :func:`sparsefool.attacks.core.saliency_pairs.best_pairs`.

    Untargeted as in the SparseFool paper (Section 4.1): the class to aim at is drawn at random, and any label
    other than the image's own is a success. Gradients are those of the logits. A feature that is already at
    the bound in the direction of theta cannot move and is never chosen.

    Args:
        classifier: the network under attack.
        images: in [0, 1], on the classifier's device.
        labels: classes to leave; the network's own predictions if None.
        theta: what is added to a chosen feature, from −1 to 1 but not 0. At +1 (the default) it saturates to
            1, at −1 to 0; the signs in the saliency map follow.
        gamma: the largest fraction of features changed, above 0 up to 1: at most ⌊gamma · features / 2⌋
            iterations of two features each (none if that is 0). 0.1 is what torchattacks and the tutorials of
            CleverHans (the JSMA authors' library) use; the paper's own limit on MNIST is 0.145.
        target: a class to reach, or one per image; None for a random aim, as above.
        generator: makes the random aim repeatable; torch's default if None.
        observer: called after each iteration, with the target's gradient as the normal.

    Raises:
        ParameterError: an argument has the wrong shape or range.

    Example:
        >>> result = jsma(classifier, images, generator=torch.Generator().manual_seed(0))
        >>> result.features_changed[result.success].float().median()
    """
    limit = _iteration_limit(images, theta, gamma)
    points, logits = forward_with_graph(classifier, images)
    state = AttackState.from_logits(images, logits.detach(), labels, target)
    aims = _aims(state.criterion, logits.detach(), generator)
    in_graph = torch.arange(len(images), device=images.device)
    rows = state.unfinished()
    for iteration in range(1, limit + 1):
        if len(rows) == 0:
            break
        state.record_iteration(rows, iteration)
        raising, lowering = _slopes(classifier, points, logits, aims[in_graph])
        state.count_passes(in_graph, backwards=2)
        still = torch.isin(in_graph, rows)
        alive, moved = _move_pairs(
            state, rows, points.detach()[still], raising[still], lowering[still], theta
        )
        rows, in_graph = rows[alive], rows[alive]
        if len(rows) == 0:
            break
        points, logits = forward_with_graph(classifier, moved[alive])
        remaining = state.record_test(rows, points.detach(), logits.detach())
        if observer is not None:
            criterion, normals = state.criterion.select(rows), raising[still][alive]
            observer(step_event(iteration, rows, points.detach(), criterion, logits.detach(), normals))
        rows = remaining
    return state.result()


def _iteration_limit(images: Tensor, theta: float, gamma: float) -> int:
    """Return how many pairs may be moved, after checking theta and gamma."""
    if not 0 < abs(theta) <= 1:
        raise ParameterError(f"theta must lie between -1 and 1 and not be 0; it is {theta}.")
    if not 0 < gamma <= 1:
        raise ParameterError(f"gamma is a fraction above 0 up to 1; it is {gamma}.")
    return math.floor(gamma * images[0].numel() / 2)


def _aims(criterion: Criterion, logits: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return the targets, or random classes other than the labels; the runner-up for one that is masked."""
    if criterion.targets is not None:
        return criterion.targets
    n, classes = logits.shape
    further = 1 + integers(classes - 1, (n,), logits.device, generator)
    aims = (criterion.labels + further) % classes
    masked = logits.gather(1, aims[:, None])[:, 0].isneginf()
    return torch.where(masked, criterion.runner_up(logits), aims)


def _slopes(classifier: Classifier, points: Tensor, logits: Tensor, aims: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients of the logit aimed at, and of minus the sum of the others."""
    aimed = logits.gather(1, aims[:, None])[:, 0]
    raising = classifier.input_gradient(aimed, points, keep_graph=True)
    return raising, classifier.input_gradient(aimed - logits.masked_fill(logits.isneginf(), 0).sum(1), points)


def _move_pairs(
    state: AttackState, rows: Tensor, points: Tensor, raising: Tensor, lowering: Tensor, theta: float
) -> tuple[Tensor, Tensor]:
    """Move the most salient pair of each image; record why some images have none.

    Returns:
        The mask of the images that have a pair, and all images moved.
    """
    flat = points.flatten(1)
    movable = flat < 1 if theta > 0 else flat > 0
    sign = math.copysign(1, theta)
    slopes = torch.stack([raising, lowering]).flatten(2)
    finite = slopes.isfinite().all(2).all(0)
    pairs, found = best_pairs(sign * slopes[0].nan_to_num(), sign * slopes[1].nan_to_num(), movable)
    alive = state.mark_dead_ends(rows, found, finite)
    state.set_outcome(rows[finite & (movable.sum(1) < 2)], Outcome.BOX_EXHAUSTED)
    moved = flat.scatter(1, pairs, (flat.gather(1, pairs) + theta).clamp(0, 1))
    return alive, moved.view_as(points)
