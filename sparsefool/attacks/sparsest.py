"""Sparsest: the fewest pixels that the linearised margin and the reduce stage find (beyond the paper)."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.core.boundary import Boundary, find_boundary
from sparsefool.attacks.core.checks import (
    DELTA_RANGE,
    check_count,
    check_limits,
    check_max_passes,
    confine,
    delta_box,
    per_image,
)
from sparsefool.attacks.core.entry import attack
from sparsefool.attacks.core.events import renumbered
from sparsefool.attacks.core.nearest_plane import GRADIENT_GROWTH
from sparsefool.attacks.core.state import AttackState
from sparsefool.attacks.pixels.candidates import first_of_each, ranks_of, windows
from sparsefool.attacks.pixels.search import PixelSearch
from sparsefool.attacks.reduce import MAX_PASSES, reduce_rows
from sparsefool.attacks.sigma_zero import sigma_zero
from sparsefool.attacks.sparsefool import sparsefool
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Observer, Outcome

WHOLE_PIXEL_STEPS = 4
"""How often whole pixels are moved before SparseFool itself takes over."""

BOUNDARY_CANDIDATES, BOUNDARY_MAX_ITER = 3, 2
"""Limits of DeepFool on the way to the boundary: larger ones cost more than they gain."""

TRIAL_LAMBDAS = (3.0, 10.0, 30.0)
"""How far beyond the plane the candidates of a step aim (λ), doubled with each further step."""

SMOOTH_STEPS = 60
"""Iterations of the σ-zero that takes over where whole pixels do not fool."""

LEVEL_TOLERANCE = 1e-3
"""A change that exceeds a whole level of 255 by less is that level."""

FALLBACK_LAMBDA = 10.0
"""λ of SparseFool where it takes over: surer than 3, and the reduce stage restores what is too much."""


@attack
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
    count: str = "pixels",
    max_passes: int = MAX_PASSES,
    batch_size: int = 128,
    first_boundary: Boundary | None = None,
    observer: Observer | None = None,
    boundary_observer: Observer | None = None,
) -> AttackResult:
    """Look for the fewest pixels, or features: move whole ones, reduce, exchange; norm ℓ0.

    Where Algorithm 1 orders single coordinates by |w_j|, the ℓ0 optimum of the linearised problem orders them
    by what each can contribute, |w_j| room_j. As a pixel counts once, however many of its channels change,
    all of them move: its capacity is the sum of theirs. The first step takes x_B and w from a short DeepFool,
    moves as many pixels as are needed to reach the planes through x + λ(x_B − x) for several λ
    (TRIAL_LAMBDAS), and tests these candidates together. Of those that fool, the one with the fewest pixels
    is reduced as by :func:`reduce_perturbation`, and its pixels are exchanged for fewer others; where none
    does, the one with the smallest margin is linearised for the next step. Images not fooled after
    WHOLE_PIXEL_STEPS are left to a :func:`sigma_zero` of SMOOTH_STEPS iterations, and then to
    :func:`sparsefool`.

    Where features are counted, single channel values take the place of pixels.

    Args:
        classifier: the network under attack.
        images: in [0, 1], on the classifier's device.
        labels: classes to leave; the network's own predictions if None.
        delta: δ in 0..255, a number or one per image: how far a value may move.
        max_iter, num_candidates: the limits of SparseFool where it takes over.
        target: a class to reach, or one per image; None for any class other than the label.
        region: pixels that may change, bool [h, w] or [n, h, w]; None for all of them.
        count: what is to be few: "pixels", or "features", that is, single channel values.
        max_passes: forwards and backwards, those of the first boundary among them, after which a fooled image
            is reduced no further. An image that is not fooled yet may cost more: ``max_iter`` bounds it.
        batch_size: the largest number of images in one pass through the network.
        first_boundary: :func:`find_short_boundary` of these very images, labels and target, if it is already
            known; it does not depend on δ. The result is the same, and its passes are not counted again.
        observer: called after each step, with the images and their logits; normals are zero. What it raises
            is not caught.
        boundary_observer: likewise, after each iteration of DeepFool on the way to a boundary point, and of
            σ-zero.

    Raises:
        ParameterError: an argument has the wrong shape or range.

    Example:
        >>> result = sparsest(classifier, images)
        >>> result.pixels_changed[result.success].float().median()
    """
    check_limits(max_iter=max_iter, overshoot=0.0, num_candidates=num_candidates)
    check_count(count)
    check_max_passes(max_passes)
    if batch_size < 1:
        raise ParameterError(f"batch_size must be at least 1; it is {batch_size}.")
    deltas = per_image(delta, "delta", images, DELTA_RANGE)
    lower, upper = confine(images, *delta_box(images, deltas), region)
    boundary = first_boundary or find_short_boundary(
        classifier, images, labels, target=target, observer=boundary_observer
    )
    boundary.check_belongs(images, labels, target)
    state = AttackState.from_boundary(images, boundary, count_passes=first_boundary is None)
    search = PixelSearch(
        classifier,
        state.criterion,
        images,
        lower,
        upper,
        images,
        state.adversarial_labels,
        batch_size,
        observer,
        count,
        max_passes,
    )
    _take_whole_pixel_steps(search, state, boundary)
    _descend_smoothly(search, state, deltas, region, boundary_observer)
    rows = state.unfinished()
    if len(rows) > 0:
        fallback = sparsefool(
            classifier,
            images[rows],
            state.criterion.labels[rows],
            lambda_=FALLBACK_LAMBDA,
            delta=deltas[rows],
            max_iter=max_iter,
            num_candidates=num_candidates,
            max_gradient_growth=GRADIENT_GROWTH,
            target=state.criterion.select(rows).targets,
            region=_region_of(region, rows),
            observer=renumbered(observer, rows),
            boundary_observer=renumbered(boundary_observer, rows),
        )
        search.adopt(rows, fallback.adversarial, fallback.adversarial_labels)
        state.adopt(rows, fallback)
    search.charge(state.passes)
    if first_boundary is not None:
        search.charge(boundary.forwards + boundary.backwards)
    reduce_rows(search, state.fooled.nonzero()[:, 0], exchanging=True)
    return search.merged_into(state.result(), torch.arange(len(images), device=images.device))


@attack
def find_short_boundary(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"] | None = None,
    *,
    target: int | Tensor | None = None,
    observer: Observer | None = None,
) -> Boundary:
    """Return the x_B and w that :func:`sparsest` begins with: those of a :func:`find_boundary` cut short."""
    return find_boundary(
        classifier,
        images,
        labels,
        target=target,
        num_candidates=BOUNDARY_CANDIDATES,
        max_iter=BOUNDARY_MAX_ITER,
        observer=observer,
    )


def _region_of(region: Tensor | None, rows: Tensor) -> Tensor | None:
    """Return the region of the images at ``rows``."""
    return region[rows.to(region.device)] if region is not None and region.ndim == 3 else region


def _descend_smoothly(
    search: PixelSearch,
    state: AttackState,
    deltas: Tensor,
    region: Tensor | None,
    observer: Observer | None,
) -> None:
    """Take over, rounded to whole levels of 255, the images that a short σ-zero finds."""
    rows = state.unfinished()
    if len(rows) == 0:
        return
    found = sigma_zero(
        search.classifier,
        search.images[rows],
        state.criterion.labels[rows],
        max_iter=SMOOTH_STEPS,
        delta=deltas[rows],
        target=state.criterion.select(rows).targets,
        region=_region_of(region, rows),
        observer=renumbered(observer, rows),
    )
    state.count_passes(rows, forwards=found.forwards, backwards=found.backwards)
    rows, change = rows[found.success], 255 * found.perturbation[found.success]
    if len(rows) == 0:
        return
    levels = change.sign() * (change.abs() - LEVEL_TOLERANCE).ceil()
    images = (search.images[rows] + levels / 255).clamp(search.lower[rows], search.upper[rows])
    evaluation = search.evaluate(rows, images.__getitem__)
    fooled = evaluation.fooled
    search.accept(rows[fooled], images[fooled], evaluation.logits[fooled])
    state.set_outcome(rows[fooled], Outcome.FOOLED)


def _take_whole_pixel_steps(search: PixelSearch, state: AttackState, boundary: Boundary) -> None:
    """Move whole pixels in several steps."""
    rows = state.unfinished()
    displacements = boundary.boundary_points - search.images
    normals = boundary.normals[rows]
    needs = (boundary.normals * displacements).flatten(1).sum(1)[rows]  # wᵀ(x_B − x)
    for step in range(WHOLE_PIXEL_STEPS):
        if len(rows) == 0:
            break
        state.record_iteration(rows, step + 1)
        if step > 0:
            slopes, needs = search.linearise(rows, search.adversarial[rows])
            normals = -slopes
        fooled = _move_whole_pixels(search, rows, normals, 2.0**step * needs)
        state.set_outcome(rows[fooled], Outcome.FOOLED)
        rows = rows[~fooled]


def _move_whole_pixels(
    search: PixelSearch, rows: Tensor, normals: Tensor, needs: Tensor
) -> Bool[Tensor, " m"]:
    """Move pixels to the ends of their range along the normals, by falling capacity.

    Args:
        search: holds the current images.
        rows: the images that are not fooled yet.
        normals: w of these images.
        needs: what has to be gained along w to reach the boundary; multiplied by the TRIAL_LAMBDAS.

    Returns:
        The mask of the images that are now fooled.
    """
    now = search.adversarial[rows]
    ends = search.ends(rows, -normals, now)
    losses = -search.contributions(normals, ends - now).nan_to_num(nan=0.0)
    ranks = ranks_of(losses)
    gained = torch.zeros_like(losses).scatter(1, ranks, -losses).cumsum(1)
    wanted = needs[:, None] * torch.tensor(TRIAL_LAMBDAS, dtype=needs.dtype, device=needs.device)
    last = (torch.searchsorted(gained, wanted) + 1).clamp(max=gained.shape[1]).flatten()
    owners = torch.arange(len(rows), device=rows.device).repeat_interleave(len(TRIAL_LAMBDAS))
    tried = windows(owners, torch.zeros_like(last), last, ranks, now, ends)
    evaluation = search.evaluate(rows[owners], tried.build)
    pixels = last * evaluation.fooled
    best = first_of_each(owners, len(rows), (~evaluation.fooled).long(), pixels, evaluation.margins)
    search.accept(rows, tried.build(best), evaluation.logits[best])
    return evaluation.fooled[best]
