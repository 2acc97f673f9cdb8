"""The nearest of the planes that separate a label from its candidate classes, in ℓ2 or in ℓ1."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.core.events import as_column, forward_with_graph
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError

GRADIENT_SPREAD = 2.0
"""The ``gradient_spread`` to take where gradients that can hardly matter shall be spared."""

AT_ONCE = 64
"""Gradients, images times candidate classes, that one backward computes at most, where it is for several candidate classes."""

AT_ONCE_ON_A_GPU = 512
"""The same on a GPU, where even these are hardly more work than one."""

FEW = 1 / 3
"""Share of a batch at which the images that still look at candidate classes pass forwards again, without the others."""


@dataclass(frozen=True)
class Norm:
    """A norm in which distances to planes are measured.

    Attributes:
        dual: the dual norm of each row of normals [n, m]; the plane w·r = gap is gap / dual(w) away.
        direction: the displacement of norm 1 that goes furthest along each row of normals [n, m].
    """

    dual: Callable[[Tensor], Tensor]
    direction: Callable[[Tensor], Tensor]


def _steepest_coordinate(normals: Tensor) -> Tensor:
    strongest = normals.abs().argmax(1, keepdim=True)
    return torch.zeros_like(normals).scatter(1, strongest, normals.gather(1, strongest).sign())


L2 = Norm(
    dual=lambda normals: normals.norm(dim=1),
    direction=lambda normals: normals / normals.norm(dim=1, keepdim=True),
)
L1 = Norm(dual=lambda normals: normals.abs().amax(1), direction=_steepest_coordinate)


class NearestPlane(NamedTuple):
    """The nearest plane of each of n images.

    Attributes:
        direction: the displacement of norm 1 that leads there.
        distance: how far it is; infinite if every gradient vanishes.
        finite: whether all logits and the gradients looked at are finite.
        forwards, backwards: passes spent on each image.
    """

    direction: Float[Tensor, "n c h w"]
    distance: Float[Tensor, " n"]
    finite: Bool[Tensor, " n"]
    forwards: Int64[Tensor, " n"]
    backwards: Int64[Tensor, " n"]


def nearest_plane(
    classifier: Classifier,
    points: Float[Tensor, "n c h w"],
    logits: Float[Tensor, "n k"],
    labels: Int64[Tensor, " n"],
    candidate_classes: Int64[Tensor, "n m"],
    norm: Norm = L2,
    gradient_spread: float = math.inf,
) -> NearestPlane:
    """Find the nearest of the planes between the label and its candidate classes, the network linearised at ``points``.

    DeepFool's projection for a general norm p (CVPR 2016, Section 3.3): the class is the one with the
    smallest |f_k| / ‖w_k‖_q, q being the dual of p, and for p = 1 the step goes along the one coordinate with
    the largest |w_j|.

    Args:
        classifier: the network; one backward per candidate class looked at is spent.
        points, logits: from :func:`forward_with_graph`.
        labels, candidate_classes: the classes that the planes separate.
        norm: how distances are measured.
        gradient_spread: candidate classes are looked at in the order of their gaps |f_k|, until none that is left could
            be the nearest even if its gradient were this many times longer than the longest so far; infinite:
            all of them. A batch goes on as long as one of its images does, but once few do, without the rest.

    Raises:
        ParameterError: ``gradient_spread`` is less than 1 or no number.
    """
    if not gradient_spread >= 1:
        raise ParameterError(f"gradient_spread must be 1 or more; it is {gradient_spread}.")
    survey, seen = _Survey(classifier, points, logits, labels, candidate_classes), 0
    while seen < candidate_classes.shape[1] and survey.goes_on(seen, gradient_spread):
        seen += survey.look(seen, norm, gradient_spread)
    reached = as_column(survey.distance.isfinite())
    direction = norm.direction(survey.normals.flatten(1)).view_as(points)
    return NearestPlane(
        torch.where(reached, direction, survey.normals),
        survey.distance,
        survey.finite,
        survey.forwards,
        survey.backwards,
    )


class _Survey:
    """What is known of the planes of n images while their candidate classes are looked at, smallest gap first.

    Attributes:
        distance, normals: of the nearest plane so far; infinite and 0 before the first.
        finite, forwards, backwards: as in :class:`NearestPlane`.
    """

    def __init__(
        self,
        classifier: Classifier,
        points: Tensor,
        logits: Tensor,
        labels: Tensor,
        candidate_classes: Tensor,
    ) -> None:
        known = logits.detach()
        gaps = (known.gather(1, candidate_classes) - known.gather(1, labels[:, None])).abs()
        self._gaps, order = gaps.sort(1)
        self._rivals, self._labels = candidate_classes.gather(1, order), labels
        self._classifier, self._images = classifier, points.detach()
        self._points, self._logits = points, logits
        self._rows = torch.arange(len(points), device=points.device)
        self._longest = torch.zeros_like(known[:, 0])
        self._looking = torch.ones_like(labels, dtype=torch.bool)
        self.distance = torch.full_like(known[:, 0], torch.inf)
        self.normals = torch.zeros_like(self._images)
        self.finite = known.isfinite().all(1)
        self.forwards, self.backwards = torch.zeros_like(labels), torch.zeros_like(labels)

    def goes_on(self, j: int, spread: float) -> bool:
        """Say whether an image looks at candidate class j or a later one; where few do, leave the others out."""
        if math.isinf(spread):
            return True
        self._looking &= ~(self._gaps[:, j] > self._reach(j, spread))
        still = self._looking.nonzero()[:, 0]
        if 0 < len(still) <= FEW * len(self._rows):
            self._rows = still
            self._points, self._logits = forward_with_graph(self._classifier, self._images[still])
            self.forwards[still] += 1
        return len(still) > 0

    def look(self, j: int, norm: Norm, spread: float) -> int:
        """Compare the planes of candidate class j, and of some after it, with the nearest so far; return how many."""
        rows, width = self._rows, self._width(j, spread)
        gradients = self._gradients(j, width)
        lengths = norm.dual(gradients.flatten(0, 1).flatten(1)).view(width, -1)
        gaps = self._gaps[rows, j : j + width].T
        distances = torch.where(lengths > 0, gaps / lengths, torch.inf)
        looking = self._looking[rows].expand(width, -1)
        if width > 1 and math.isfinite(spread):
            longest = torch.cat([self._longest[None, rows], lengths[:-1]]).cummax(0).values
            nearest = torch.cat([self.distance[None, rows], distances[:-1]]).cummin(0).values
            within = ~(gaps > spread * longest * nearest)
            within[0] = True  # as goes_on has found
            looking = looking & within.cumprod(0).bool()
        distance, which = torch.where(looking, distances, torch.inf).min(0)
        nearer = distance < self.distance[rows]
        chosen = gradients[which, torch.arange(len(rows), device=rows.device)]
        self.finite[rows] &= (lengths.isfinite() | ~looking).all(0)
        self.distance[rows] = torch.where(nearer, distance, self.distance[rows])
        self.normals[rows] = torch.where(as_column(nearer), chosen, self.normals[rows])
        self._longest[rows] = torch.maximum(self._longest[rows], torch.where(looking, lengths, 0).amax(0))
        self._looking[rows] = looking[-1]
        return width

    def _reach(self, j: int, spread: float) -> Tensor:
        """Return the gap beyond which no candidate class counts; before the first, what the first alone would give."""
        return spread * (self._longest * self.distance if j else self._gaps[:, 0])

    def _width(self, j: int, spread: float) -> int:
        """Return how many candidate classes are worth looking at in one backward: a small batch costs nearly as much."""
        at_once = AT_ONCE_ON_A_GPU if self._rows.is_cuda else AT_ONCE
        width = min(max(1, at_once // len(self._rows)), self._gaps.shape[1] - j)
        if width > 1 and math.isfinite(spread):
            within = self._looking[:, None] & (self._gaps[:, j:] <= self._reach(j, spread)[:, None])
            width = min(width, max(1, int(within.any(0).sum())))
        return width

    def _gradients(self, j: int, width: int) -> Tensor:
        """Return the gradients of the gaps of candidate classes j to j + width - 1."""
        rows, last = self._rows, j + width
        own = self._logits.gather(1, self._labels[rows, None])
        scores = self._logits.gather(1, self._rivals[rows, j:last]) - own
        self.backwards[rows] += width
        keep = last < self._gaps.shape[1]
        return self._classifier.input_gradients(scores.T, self._points, keep_graph=keep)
