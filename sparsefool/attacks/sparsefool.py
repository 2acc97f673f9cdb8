"""SparseFool (Algorithm 2): sparse perturbations along the linearised decision boundary."""

import math
from functools import partial

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.attacks.core.boundary import Boundary, find_boundary
from sparsefool.attacks.core.checks import (
    DELTA_RANGE,
    LAMBDA_RANGE,
    check_limits,
    confine,
    delta_box,
    per_image,
)
from sparsefool.attacks.core.entry import attack
from sparsefool.attacks.core.events import as_column, renumbered
from sparsefool.attacks.core.state import AttackState
from sparsefool.attacks.linear_solver import linear_solver
from sparsefool.attacks.reduce import reduce_perturbation
from sparsefool.classifier import Classifier
from sparsefool.types import AttackResult, Observer, StepEvent

BEYOND_PLANE = 1e-3
"""How far beyond the plane the solver aims, along its unit normal, in [0, 1] units (as the authors do)."""


@attack
def sparsefool(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"] | None = None,
    *,
    lambda_: float | Tensor = 3.0,
    delta: float | Tensor = 255.0,
    max_iter: int = 50,
    overshoot: float = 0.02,
    num_candidates: int = 10,
    max_gradient_growth: float = math.inf,
    target: int | Tensor | None = None,
    region: Tensor | None = None,
    reduce: bool = False,
    first_boundary: Boundary | None = None,
    observer: Observer | None = None,
    boundary_observer: Observer | None = None,
    reduce_observer: Observer | None = None,
) -> AttackResult:
    """Run SparseFool (Modas, Moosavi-Dezfooli, Frossard, CVPR 2019, Algorithm 2) on a batch; norm ℓ1 for ℓ0.

    Each iteration finds the boundary point x_B and the normal w by DeepFool from the iterate, moves the
    iterate onto the plane through x + λ(x_B − x) with the LinearSolver, and tests the image
    clip(x₀ + (1 + overshoot)(x − x₀)) within the δ box. Images that are fooled leave the batch.

    Where the plane lies behind the iterate (wᵀ(x_B − x) ≤ 0), Algorithm 1 has nothing to reach, and line 5
    would saturate every value. The mirrored plane, as far ahead of the iterate along w, takes its place, and
    the iteration is counted in ``planes_behind``.

    Args:
        classifier: the network under attack.
        images: in [0, 1], on the classifier's device.
        labels: classes to leave; the network's own predictions if None.
        lambda_: λ ≥ 1 (Section 3.3), a number or one per image: larger is faster and surer but less sparse.
        delta: δ in 0..255 (Section 4.2), a number or one per image: how far a value may move.
        max_iter: the largest number of outer iterations, and of iterations of each DeepFool.
        overshoot: relative length added to the perturbation before each test.
        num_candidates: strongest classes that DeepFool considers, the label among them.
        max_gradient_growth: infinite, as in the paper: DeepFool computes the gradients of all of these; for
            which ones it skips otherwise, see :func:`find_boundary`. What is known of them is handed on from
            iteration to iteration.
        target: a class to reach, or one per image; None for any class other than the label.
        region: pixels that may change, bool [h, w] or [n, h, w]; None for all of them. It constrains the
            perturbation (l = u = x outside, Algorithm 1), not the search for the boundary.
        reduce: whether :func:`sparsefool.attacks.reduce_perturbation` then restores the pixels that fooled
            images can do without (beyond the paper); ``iterations`` and ``observer`` are not affected.
        first_boundary: :func:`find_boundary` of these very images, labels and target, if it is already known;
            it depends on neither λ nor δ. The result is the same, and its passes are not counted again.
        observer: called after each outer iteration; what it raises is not caught.
        boundary_observer: likewise, after each iteration of DeepFool on the way to a boundary point.
        reduce_observer: likewise, after each step of the reduction.

    Raises:
        ParameterError: an argument has the wrong shape or range.

    Example:
        >>> result = sparsefool(classifier, images, lambda_=3.0, delta=255.0)
        >>> result.pixels_changed[result.success].float().median()
    """
    check_limits(max_iter=max_iter, overshoot=overshoot, num_candidates=num_candidates)
    lambdas = per_image(lambda_, "lambda_", images, LAMBDA_RANGE)
    lower, upper = delta_box(images, per_image(delta, "delta", images, DELTA_RANGE))
    lower, upper = confine(images, lower, upper, region)
    find = partial(
        find_boundary,
        classifier,
        num_candidates=num_candidates,
        max_gradient_growth=max_gradient_growth,
        overshoot=overshoot,
        max_iter=max_iter,
    )
    start = first_boundary or find(images, labels, target=target, observer=boundary_observer)
    if first_boundary is not None:
        first_boundary.check_belongs(images, labels, target)
    state = AttackState.from_boundary(images, start, count_passes=first_boundary is None)
    iterates = images.clone()
    rows = state.unfinished()
    boundary = start.select(rows)
    for iteration in range(1, max_iter + 1):
        if len(rows) == 0:
            break
        if iteration > 1:
            criterion, inner = boundary.criterion, renumbered(boundary_observer, rows)
            boundary = find(
                iterates[rows],
                criterion.labels,
                target=criterion.targets,
                known_gradients=boundary.known_gradients,
                observer=inner,
            )
            state.count_passes(rows, forwards=boundary.forwards, backwards=boundary.backwards)
        state.record_iteration(rows, iteration)
        rows, boundary = state.drop_unusable(rows, boundary)
        if len(rows) == 0:
            break
        moved, behind = _advance(iterates[rows], boundary, lambdas[rows], lower[rows], upper[rows])
        state.count_planes_behind(rows, behind)
        stalled = (moved == iterates[rows]).flatten(1).all(1)
        iterates[rows] = moved
        overshot = images[rows] + (1 + overshoot) * (moved - images[rows])
        tested = overshot.clamp(lower[rows], upper[rows])
        with torch.no_grad():
            logits = classifier(tested)
        remaining = state.record_test(rows, tested, logits, stalled=stalled)
        if observer is not None:
            observer(_event(iteration, rows, tested, logits, boundary, moved))
        boundary = boundary.select(torch.isin(rows, remaining))
        rows = remaining
    result = state.result()
    if not reduce:
        return result
    return reduce_perturbation(
        classifier, result, delta, target=start.criterion.targets, observer=reduce_observer
    )


def _advance(
    iterates: Tensor, boundary: Boundary, lambdas: Tensor, lower: Tensor, upper: Tensor
) -> tuple[Tensor, Tensor]:
    """Move onto the plane through x + λ(x_B − x); return the next iterates and where the plane lay behind."""
    displacement = boundary.boundary_points - iterates
    behind = (boundary.normals * displacement).flatten(1).sum(1) <= 0
    length = boundary.normals.flatten(1).norm(dim=1).clamp(min=torch.finfo(displacement.dtype).tiny)
    normals = boundary.normals / as_column(length)
    ahead = as_column(torch.where(behind, -lambdas, lambdas)) * displacement
    points = iterates + ahead + BEYOND_PLANE * normals
    return linear_solver(iterates, normals, points, lower, upper), behind


def _event(
    iteration: int, rows: Tensor, tested: Tensor, logits: Tensor, boundary: Boundary, solutions: Tensor
) -> StepEvent:
    return StepEvent(
        iteration=iteration,
        rows=rows,
        images=tested,
        labels=boundary.criterion.labels,
        runner_ups=boundary.criterion.runner_up(logits),
        logits=logits,
        boundary_points=boundary.boundary_points,
        normals=boundary.normals,
        solutions=solutions,
    )
