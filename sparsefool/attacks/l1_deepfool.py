"""ℓ1-DeepFool, whose sparse perturbations do not survive clipping (Section 2.2)."""

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.attacks.core.boundary import SMALLEST_STEP
from sparsefool.attacks.core.checks import check_limits
from sparsefool.attacks.core.entry import attack
from sparsefool.attacks.core.events import as_column, forward_with_graph, step_event
from sparsefool.attacks.core.gradient_forecast import KnownGradients
from sparsefool.attacks.core.nearest_plane import L1, nearest_plane
from sparsefool.attacks.core.state import AttackState
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Observer

CLIPPINGS = ("none", "end", "loop")


@attack
def l1_deepfool(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"] | None = None,
    *,
    clipping: str = "none",
    max_iter: int = 50,
    overshoot: float = 0.02,
    num_candidates: int = 10,
    max_gradient_growth: float = math.inf,
    target: int | Tensor | None = None,
    observer: Observer | None = None,
) -> AttackResult:
    """Run ℓ1-DeepFool (Moosavi-Dezfooli et al., CVPR 2016, Section 3.3) on a batch; norm ℓ1.

    Each iteration linearises the network at the iterate, takes the nearest plane in ℓ1 and reaches it by
    moving the one value with the largest |w_j|. As the SparseFool paper shows (Section 2.2), it fools almost
    always, but no longer once its values are clipped to [0, 1].

    Args:
        classifier: the network under attack.
        images: in [0, 1], on the classifier's device.
        labels: classes to leave; the network's own predictions if None.
        clipping: "none" leaves the result outside [0, 1]; "end" clips the result of "none" and tests it once
            more, and an image that no longer fools ends as BOX_EXHAUSTED; "loop" clips every iterate
            and every image tested, and an iterate whose value is stuck at its bound ends as BOX_EXHAUSTED.
        max_iter: the largest number of iterations.
        overshoot: relative length added to the perturbation before each test.
        num_candidates: strongest classes considered, the label among them.
        max_gradient_growth: infinite: the gradients of all of these are computed; otherwise those are skipped
            that could belong to the nearest plane only if they were more than this many times longer than
            expected from the iterations before.
        target: a class to reach, or one per image; None for any class other than the label.
        observer: called after each iteration, with the coordinate followed as the normal.

    Raises:
        ParameterError: an argument has the wrong shape or range.

    Example:
        >>> clipped = l1_deepfool(classifier, images, clipping="end")
        >>> clipped.success.float().mean()
    """
    check_limits(max_iter=max_iter, overshoot=overshoot, num_candidates=num_candidates)
    if clipping not in CLIPPINGS:
        raise ParameterError(f'clipping must be "none", "end" or "loop"; it is {clipping!r}.')
    with torch.no_grad():
        logits = classifier(images)
    state = AttackState.from_logits(images, logits, labels, target)
    candidate_classes = state.criterion.candidate_classes(logits, num_candidates - 1)
    known = KnownGradients.none(candidate_classes, images) if math.isfinite(max_gradient_growth) else None
    perturbation = torch.zeros_like(images)
    rows = state.unfinished()
    for iteration in range(1, max_iter + 1):
        if len(rows) == 0:
            break
        state.record_iteration(rows, iteration)
        rows, moved, direction = _advance(
            classifier, state, rows, candidate_classes[rows], perturbation[rows], max_gradient_growth, known
        )
        if len(rows) == 0:
            break
        if clipping == "loop":
            moved = _clip(images[rows] + moved) - images[rows]
        stalled = (moved == perturbation[rows]).flatten(1).all(1)
        perturbation[rows] = moved
        tested = images[rows] + (1 + overshoot) * moved
        if clipping == "loop":
            tested = _clip(tested)
        with torch.no_grad():
            logits = classifier(tested)
        remaining = state.record_test(rows, tested, logits, stalled=stalled)
        if observer is not None:
            observer(step_event(iteration, rows, tested, state.criterion.select(rows), logits, direction))
        rows = remaining
    if clipping == "end":
        _clip_and_test(classifier, state)
    return state.result()


def _clip(images: Tensor) -> Tensor:
    return images.clamp(0, 1)


def _advance(
    classifier: Classifier,
    state: AttackState,
    rows: Tensor,
    candidate_classes: Tensor,
    perturbation: Tensor,
    max_gradient_growth: float,
    known: KnownGradients | None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Add the ℓ1 step onto the nearest plane.

    Returns:
        The rows that have such a plane, their perturbations and their directions.
    """
    points, logits = forward_with_graph(classifier, state.images[rows] + perturbation)
    plane = nearest_plane(
        classifier,
        points,
        logits,
        state.criterion.labels[rows],
        candidate_classes,
        L1,
        max_gradient_growth,
        known and known.select(rows),
    )
    if known is not None and plane.known_gradients is not None:
        known.put(rows, plane.known_gradients)
    state.count_passes(rows, forwards=1 + plane.forwards, backwards=plane.backwards)
    alive = state.mark_dead_ends(rows, plane.distance.isfinite(), plane.finite)
    step = plane.direction * as_column(plane.distance.clamp(min=SMALLEST_STEP))
    return rows[alive], (perturbation + step)[alive], plane.direction[alive]


def _clip_and_test(classifier: Classifier, state: AttackState) -> None:
    """Clip what has left [0, 1] and test it once more."""
    clipped = _clip(state.adversarial)
    rows = (clipped != state.adversarial).flatten(1).any(1).nonzero()[:, 0]
    if len(rows) > 0:
        with torch.no_grad():
            logits = classifier(clipped[rows])
        state.record_test(rows, clipped[rows], logits, stalled=state.fooled[rows])
