"""The linearised decision boundary: DeepFool's boundary point x_B and the normal w there (Section 3.2)."""

import math
from dataclasses import dataclass, fields

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.core.criterion import Criterion, are_usable, make_criterion
from sparsefool.attacks.core.entry import attack
from sparsefool.attacks.core.events import as_column, forward_with_graph, mark_dead_ends, step_event
from sparsefool.attacks.core.gradient_forecast import KnownGradients
from sparsefool.attacks.core.nearest_plane import nearest_plane
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import Observer, Outcome

SMALLEST_STEP = 1e-4
"""DeepFool never moves by less than this (ℓ2, in [0, 1] units), so that it leaves a boundary it sits on."""


@dataclass(frozen=True, eq=False)
class Boundary:
    """The linearised decision boundary near n images; depends on neither λ nor δ.

    Attributes:
        criterion: the labels to leave, and the targets if there are any.
        images: the images themselves.
        logits: the logits of the images.
        boundary_points: x_B = x + (1 + overshoot) r, r being DeepFool's perturbation; unclipped.
        boundary_labels: the network's label of x_B.
        normals: w, the gradient of (logit of the class beyond − logit of the label) at x_B, Eq. (6).
        iterations: DeepFool's iterations.
        forwards, backwards: passes through the network spent on each image.
        outcomes: FOOLED, or ITERATIONS_EXHAUSTED where DeepFool stopped short of the boundary (x_B and w are
            then those of its last point), or GRADIENT_VANISHED or NOT_FINITE where there is no usable w.
        known_gradients: of DeepFool's last iteration, for the next search from near by; None where every
            gradient was computed anyway.
    """

    criterion: Criterion
    images: Float[Tensor, "n c h w"]
    logits: Float[Tensor, "n k"]
    boundary_points: Float[Tensor, "n c h w"]
    boundary_labels: Int64[Tensor, " n"]
    normals: Float[Tensor, "n c h w"]
    iterations: Int64[Tensor, " n"]
    forwards: Int64[Tensor, " n"]
    backwards: Int64[Tensor, " n"]
    outcomes: Int64[Tensor, " n"]
    known_gradients: KnownGradients | None

    @property
    def usable(self) -> Bool[Tensor, " n"]:
        """The mask of the images with a normal to follow."""
        return self.outcomes <= Outcome.ITERATIONS_EXHAUSTED

    def select(self, rows: Tensor) -> "Boundary":
        """Return the boundary of the images at ``rows`` (indices, which may repeat, or a mask)."""
        tensors = {field.name: getattr(self, field.name)[rows] for field in fields(self)[1:-1]}
        known = None if self.known_gradients is None else self.known_gradients.select(rows)
        return Boundary(criterion=self.criterion.select(rows), known_gradients=known, **tensors)

    def check_belongs(self, images: Tensor, labels: Tensor | None, target: int | Tensor | None) -> None:
        """Raise an error unless this was found for these very images, and for this criterion.

        Raises:
            ParameterError: it was found for other images, labels or targets.
        """
        if self.images.shape != images.shape or not torch.equal(self.images, images):
            raise ParameterError(f"first_boundary belongs to {len(self.images)} other images, not to these.")
        if not make_criterion(self.logits, labels, target).equals(self.criterion):
            raise ParameterError("first_boundary was found for other labels or another target than these.")


@attack
def find_boundary(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"] | None = None,
    *,
    target: int | Tensor | None = None,
    num_candidates: int = 10,
    max_gradient_growth: float = math.inf,
    known_gradients: KnownGradients | None = None,
    overshoot: float = 0.02,
    max_iter: int = 50,
    observer: Observer | None = None,
) -> Boundary:
    """Run ℓ2-DeepFool and linearise the boundary where it arrives (lines 3 to 5 of Algorithm 2).

    Each iteration linearises the network at the iterate and steps onto the nearest of the planes that
    separate the label from its candidate classes; the image tested is x + (1 + overshoot) r. At least one
    step is taken, even from an image beyond the boundary.

    Args:
        classifier: the network under attack.
        images: in [0, 1], on the classifier's device.
        labels: classes to leave; the network's own predictions if None.
        target: a class to reach, or one per image; None for the nearest one.
        num_candidates: strongest classes considered, the label among them.
        max_gradient_growth: infinite: each iteration computes the gradients of all candidate classes;
            otherwise it skips those of classes that could be the nearest only if their gradient were more
            than this many times longer than expected from the gradients computed so far.
        known_gradients: of an earlier search from points near these, with which the expectations begin.
        overshoot: relative length added to r, so that x_B lies just beyond the boundary.
        max_iter: the largest number of DeepFool iterations.
        observer: called after each DeepFool iteration.

    Raises:
        ParameterError: a label or target is no class of the network, or they are equal, or
            ``max_gradient_growth`` is less than 1.
    """
    originals = images.detach()
    points, logits = forward_with_graph(classifier, originals)
    criterion = make_criterion(logits.detach(), labels, target)
    candidate_classes = criterion.candidate_classes(logits.detach(), num_candidates - 1)
    known = None
    if math.isfinite(max_gradient_growth):
        known = KnownGradients.none(candidate_classes, originals)
        if known_gradients is not None:
            known = known_gradients.of(candidate_classes)
    found = _initial_boundary(originals, logits.detach(), criterion, known)
    perturbation = torch.zeros_like(originals)
    rows = torch.arange(len(images), device=images.device)
    for iteration in range(1, max_iter + 1):
        plane = nearest_plane(
            classifier,
            points,
            logits,
            criterion.labels[rows],
            candidate_classes[rows],
            max_gradient_growth=max_gradient_growth,
            known_gradients=known and known.select(rows),
        )
        found.forwards[rows] += plane.forwards
        found.backwards[rows] += plane.backwards
        found.iterations[rows] = iteration
        if known is not None and plane.known_gradients is not None:
            known.put(rows, plane.known_gradients)
        alive = mark_dead_ends(found.outcomes, rows, plane.distance.isfinite(), plane.finite)
        rows, direction = rows[alive], plane.direction[alive]
        if len(rows) == 0:
            break
        perturbation[rows] += direction * as_column(plane.distance[alive].clamp(min=SMALLEST_STEP))
        points, logits = forward_with_graph(
            classifier, originals[rows] + (1 + overshoot) * perturbation[rows]
        )
        found.forwards[rows] += 1
        arrived = criterion.select(rows).reached(logits.argmax(1))
        finished = arrived | (iteration == max_iter)
        if bool(finished.any()):
            _linearise(classifier, found, rows, points, logits, arrived, finished)
        if observer is not None:
            observer(
                step_event(
                    iteration, rows, points.detach(), criterion.select(rows), logits.detach(), direction
                )
            )
        rows = rows[~finished]
        if len(rows) == 0:
            break
        points, logits = forward_with_graph(classifier, originals[rows] + perturbation[rows])
        found.forwards[rows] += 1
    return found


def _initial_boundary(
    images: Tensor, logits: Tensor, criterion: Criterion, known: KnownGradients | None
) -> Boundary:
    """Return the boundary before the first step; its tensors are filled row by row."""
    return Boundary(
        criterion=criterion,
        images=images,
        logits=logits,
        boundary_points=images.clone(),
        boundary_labels=logits.argmax(1),
        normals=torch.zeros_like(images),
        iterations=torch.zeros_like(criterion.labels),
        forwards=torch.ones_like(criterion.labels),
        backwards=torch.zeros_like(criterion.labels),
        outcomes=torch.full_like(criterion.labels, Outcome.ITERATIONS_EXHAUSTED),
        known_gradients=known,
    )


def _linearise(
    classifier: Classifier,
    found: Boundary,
    rows: Tensor,
    points: Tensor,
    logits: Tensor,
    arrived: Tensor,
    finished: Tensor,
) -> None:
    """Write x_B, its label and the normal w (Eq. 6) there for the rows that have finished."""
    criterion = found.criterion.select(rows)
    runner_up = criterion.runner_up(logits.detach())
    gaps = logits.gather(1, runner_up[:, None]) - logits.gather(1, criterion.labels[:, None])
    normals = classifier.input_gradient(gaps[:, 0], points)[finished]
    found.backwards[rows] += 1
    done = rows[finished]
    found.boundary_points[done] = points.detach()[finished]
    found.boundary_labels[done] = logits.argmax(1)[finished]
    found.normals[done] = normals
    found.outcomes[rows[arrived]] = int(Outcome.FOOLED)
    length = normals.flatten(1).norm(dim=1)
    mark_dead_ends(
        found.outcomes, done, length > 0, length.isfinite() & are_usable(logits.detach())[finished]
    )
