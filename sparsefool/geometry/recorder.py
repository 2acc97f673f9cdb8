"""Tracing an attack on one image from its events."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks import find_boundary, sparsefool
from sparsefool.attacks.core.checks import delta_box
from sparsefool.classifier import Classifier
from sparsefool.geometry.attack_trace import AttackTrace, CoordinateUpdate, Point, Round
from sparsefool.types import Observer, StepEvent


def trace_attack(
    classifier: Classifier,
    image: Float[Tensor, "1 c h w"],
    *,
    lambda_: float,
    delta: float,
    max_iter: int = 50,
    num_candidates: int = 10,
    max_gradient_growth: float = math.inf,
    overshoot: float = 0.02,
    target: int | None = None,
    on_event: Observer | None = None,
) -> AttackTrace:
    """Run SparseFool on one image and return its trace.

    Args:
        classifier: the network under attack.
        image: one image in [0, 1], on the classifier's device.
        lambda_, delta, max_iter, num_candidates, max_gradient_growth, overshoot, target: as in
            :func:`sparsefool.attacks.sparsefool`.
        on_event: called with every event, DeepFool's too; what it raises is not caught.

    Raises:
        ParameterError: an argument has the wrong shape or range.
    """
    lower, upper = delta_box(image, torch.tensor([float(delta)], device=image.device))
    builder = _TraceBuilder(image[0], lower[0], upper[0], lambda_)
    on_boundary = _in_turn(builder.add_deepfool_step, on_event)
    boundary = find_boundary(
        classifier,
        image,
        target=target,
        num_candidates=num_candidates,
        max_gradient_growth=max_gradient_growth,
        overshoot=overshoot,
        max_iter=max_iter,
        observer=on_boundary,
    )
    result = sparsefool(
        classifier,
        image,
        lambda_=lambda_,
        delta=delta,
        max_iter=max_iter,
        num_candidates=num_candidates,
        max_gradient_growth=max_gradient_growth,
        overshoot=overshoot,
        target=target,
        first_boundary=boundary,
        observer=_in_turn(builder.add_round, on_event),
        boundary_observer=on_boundary,
    )
    margin = float(boundary.criterion.margins(boundary.logits)[0])
    start = Point(image[0], int(boundary.logits[0].argmax()), margin)
    return AttackTrace(start, lower[0], upper[0], tuple(builder.rounds), result, boundary.criterion)


def _in_turn(first: Observer, second: Observer | None) -> Observer:
    """Return an observer that calls both, or just the first one."""
    if second is None:
        return first

    def observe(event: StepEvent) -> None:
        first(event)
        second(event)

    return observe


class _TraceBuilder:
    """The rounds of an attack, assembled from its events."""

    def __init__(self, image: Tensor, lower: Tensor, upper: Tensor, lambda_: float) -> None:
        self.rounds: list[Round] = []
        self._iterate = image
        self._lower, self._upper, self._lambda = lower, upper, lambda_
        self._deepfool: list[Point] = []

    def add_deepfool_step(self, event: StepEvent) -> None:
        """Add a step of DeepFool; the first one begins a round."""
        if event.iteration == 1:
            self._deepfool = []
        self._deepfool.append(_point(event))

    def add_round(self, event: StepEvent) -> None:
        """Add a round, once its image has been tested."""
        if len(event.rows) == 0 or event.solutions is None:
            return
        start, solution = self._iterate, event.solutions[0].clone()
        displacement = event.boundary_points[0] - start
        normal = event.normals[0]
        behind = float((normal * displacement).sum()) <= 0
        direction = normal / normal.norm()
        plane_point = start + (-self._lambda if behind else self._lambda) * displacement
        self.rounds.append(
            Round(
                number=event.iteration,
                start=start,
                deepfool=tuple(self._deepfool),
                normal=normal.clone(),
                direction=direction,
                behind=behind,
                plane_point=plane_point,
                solution=solution,
                tested=_point(event),
                updates=tuple(self._updates(direction, plane_point, start, solution)),
            )
        )
        self._iterate = solution

    def _updates(
        self, direction: Tensor, plane_point: Tensor, start: Tensor, solution: Tensor
    ) -> list[CoordinateUpdate]:
        """Infer the iterations of Algorithm 1, which visits coordinates by falling |w_j|, from its result.

        Coordinates that were visited but had no room to move are included; those never visited are not.
        """
        w, before, after = direction.flatten(), start.flatten(), solution.flatten()
        bound = torch.where(w > 0, self._upper.flatten(), self._lower.flatten())
        order = w.abs().argsort(descending=True, stable=True)
        order = order[w[order] != 0]
        moved = (before != after)[order].nonzero()
        exhausted = bool((after == bound)[order].all())
        visited = order if exhausted else order[: int(moved[-1]) + 1 if len(moved) else 0]
        left = float((w.double() * (plane_point.flatten().double() - before.double())).sum())
        updates = []
        for j in visited.tolist():
            unclipped = float(before[j]) + left / float(w[j])
            saturated = bool(after[j] == bound[j])
            updates.append(CoordinateUpdate(j, float(before[j]), float(after[j]), unclipped, saturated))
            left -= float(w[j]) * (float(after[j]) - float(before[j]))
        return updates


def _point(event: StepEvent) -> Point:
    image = event.images[0].clone()
    return Point(image, int(event.logits[0].argmax()), float(event.margins[0]))
