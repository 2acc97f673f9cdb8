"""Sparsest: the fewest pixels that the linearised margin and the reduce stage find (beyond the paper)."""

from dataclasses import replace

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.core.boundary import Boundary, find_boundary
from sparsefool.attacks.core.checks import (
    DELTA_RANGE,
    check_images,
    check_limits,
    confine,
    delta_box,
    per_image,
)
from sparsefool.attacks.core.events import renumbered
from sparsefool.attacks.core.pixel_restoration import descend, first_order
from sparsefool.attacks.core.pixel_search import Candidates, Search, first_of_each, ranks_of
from sparsefool.attacks.core.state import AttackState
from sparsefool.attacks.reduce import reduce_rows
from sparsefool.attacks.sparsefool import sparsefool
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Observer, Outcome

OPENINGS = 4
"""How often whole pixels are moved before SparseFool itself takes over."""

CANDIDATES, STEPS = 3, 2
"""What DeepFool looks at on the way to the boundary, and how far it goes: more costs more than it brings."""

LAMBDA = 10.0
"""λ of SparseFool where it takes over: surer than 3, and the reduce stage restores what is too much."""

AIMS = (3.0, 10.0, 30.0)
"""How many times as far as the plane the candidates go (λ); twice as far at each opening more."""


def sparsest(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"] | None = None,
    *,
    delta: float | Tensor = 255.0,
    max_iter: int = 50,
    num_candidates: int = 10,
    target: int | Tensor | None = None,
    region: Tensor | None = None,
    batch_size: int = 128,
    first_boundary: Boundary | None = None,
    observer: Observer | None = None,
    boundary_observer: Observer | None = None,
) -> AttackResult:
    """Move whole pixels as far as their range allows, in the order of their capacity, then reduce; norm ℓ0.

    Where Algorithm 1 orders single coordinates by |w_j|, the ℓ0 optimum of the linearised problem orders them
    by what each can contribute, |w_j| room_j; and as a pixel counts once, however many of its channels
    change, all of them move: its capacity is the sum of theirs. The first opening takes x_B and w from a
    short DeepFool, moves as many pixels as the planes through x + λ(x_B − x) ask for, for several λ (AIMS),
    and tests these candidates together. Of those that fool, the one with the fewest pixels is reduced as by
    :func:`reduce_perturbation`; where none does, that of the smallest margin is linearised for the next
    opening. Images that OPENINGS of them do not fool are left to :func:`sparsefool`.

    Args:
        classifier: the network under attack.
        images: in [0, 1], on the classifier's device.
        labels: classes to lead away from; the network's own prediction if None.
        delta: δ in 0..255, a number or one per image: how far a value may move.
        max_iter, num_candidates: what SparseFool is given where it takes over.
        target: a class, or one per image, that the network shall see; None for any other than the label.
        region: pixels that may change, bool [h, w] or [n, h, w]; None for all of them.
        batch_size: images in one pass through the network at most.
        first_boundary: :func:`find_short_boundary` of these very images, labels and target, if it is already
            known; it does not depend on δ. The result is the same, and its passes are not counted again.
        observer: called after each step, with the images and their logits; zero normals. What it raises is
            not caught.
        boundary_observer: likewise, after each iteration of DeepFool on the way to a boundary point.

    Raises:
        ParameterError: an argument has the wrong shape or range.

    Example:
        >>> result = sparsest(classifier, images)
        >>> result.pixels_changed[result.success].float().median()
    """
    check_images(classifier, images)
    check_limits(max_iter=max_iter, overshoot=0.0, num_candidates=num_candidates)
    if batch_size < 1:
        raise ParameterError(f"batch_size must be at least 1; it is {batch_size}.")
    deltas = per_image(delta, "delta", images, DELTA_RANGE)
    lower, upper = confine(images, *delta_box(images, deltas), region)
    boundary = first_boundary or find_short_boundary(
        classifier, images, labels, target=target, observer=boundary_observer
    )
    boundary.check_belongs(images, labels, target)
    state = AttackState(images, boundary.criterion, boundary.logits)
    search = Search(
        classifier, state.criterion, images, images, state.adversarial_labels, batch_size, observer
    )
    if first_boundary is None:
        search.forwards, search.backwards = boundary.forwards.clone(), boundary.backwards.clone()
    rows = state.unfinished()
    normals, needs = boundary.normals[rows], _distances(boundary, images)[rows]
    for opening in range(OPENINGS):
        if len(rows) == 0:
            break
        state.iterations[rows] += 1
        if opening > 0:
            slopes, needs = search.linearise(rows)
            normals = -slopes
        fooled = _move_whole_pixels(search, rows, normals, 2.0**opening * needs, lower, upper)
        state.outcomes[rows[fooled]] = int(Outcome.FOOLED)
        rows = rows[~fooled]
    if len(rows) > 0:
        plain = sparsefool(
            classifier,
            images[rows],
            search.criterion.labels[rows],
            lambda_=LAMBDA,
            delta=deltas[rows],
            max_iter=max_iter,
            num_candidates=num_candidates,
            target=search.criterion.select(rows).targets,
            region=region[rows.to(region.device)] if region is not None and region.ndim == 3 else region,
            observer=renumbered(observer, rows),
            boundary_observer=renumbered(boundary_observer, rows),
        )
        _take_over(search, state, rows, plain)
    reduce_rows(search, (state.outcomes == Outcome.FOOLED).nonzero()[:, 0], lower, upper)
    return replace(
        state.result(),
        adversarial=search.adversarial,
        adversarial_labels=search.predictions,
        forwards=search.forwards,
        backwards=search.backwards,
    )


def find_short_boundary(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"] | None = None,
    *,
    target: int | Tensor | None = None,
    observer: Observer | None = None,
) -> Boundary:
    """Return x_B and w where :func:`sparsest` begins: :func:`find_boundary`, cut short."""
    return find_boundary(
        classifier,
        images,
        labels,
        target=target,
        num_candidates=CANDIDATES,
        max_iter=STEPS,
        observer=observer,
    )


def _distances(boundary: Boundary, images: Tensor) -> Float[Tensor, " n"]:
    """Return wᵀ(x_B − x)."""
    return (boundary.normals * (boundary.boundary_points - images)).flatten(1).sum(1)


def _move_whole_pixels(
    search: Search, rows: Tensor, normals: Tensor, needs: Tensor, lower: Tensor, upper: Tensor
) -> Bool[Tensor, " m"]:
    """Move pixels to the ends of their range along the normals, by falling capacity; return where it fools.

    Args:
        search: what is worked on.
        rows: the images that are not fooled yet.
        normals: w of these.
        needs: what is to be gained along w, before it is multiplied by the AIMS.
        lower, upper: of all images.
    """
    now = search.adversarial[rows]
    ends = descend(-normals, now, lower[rows], upper[rows])
    losses = -first_order(normals, ends - now).nan_to_num(nan=0.0)
    ranks = ranks_of(losses)
    gained = torch.zeros_like(losses).scatter(1, ranks, -losses).cumsum(1)
    wanted = needs[:, None] * torch.tensor(AIMS, dtype=needs.dtype, device=needs.device)
    last = (torch.searchsorted(gained, wanted) + 1).clamp(max=gained.shape[1]).flatten()
    owners = torch.arange(len(rows), device=rows.device).repeat_interleave(len(AIMS))
    tried = Candidates(owners, owners, torch.zeros_like(last), last, ranks, now, ends)
    evaluation = search.evaluate(rows[owners], tried.build)
    pixels = last * evaluation.fooled
    best = first_of_each(owners, len(rows), (~evaluation.fooled).long(), pixels, evaluation.margins)
    search.accept(rows, tried.build(best), evaluation.logits[best])
    return evaluation.fooled[best]


def _take_over(search: Search, state: AttackState, rows: Tensor, result: AttackResult) -> None:
    """Write what SparseFool has found for some images."""
    search.adversarial[rows] = result.adversarial
    search.predictions[rows] = result.adversarial_labels
    search.forwards[rows] += result.forwards
    search.backwards[rows] += result.backwards
    state.outcomes[rows] = result.outcomes
    state.iterations[rows] += result.iterations
    state.planes_behind[rows] += result.planes_behind
