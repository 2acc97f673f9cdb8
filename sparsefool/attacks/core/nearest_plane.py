"""The nearest of the planes that separate a label from its candidate classes, in ℓ2 or in ℓ1."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.core.criterion import are_usable
from sparsefool.attacks.core.events import as_column, forward_with_graph
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError

GRADIENT_SPREAD = 2.0
"""A good ``gradient_spread`` for skipping gradients that can hardly matter."""

MAX_GRADIENTS_CPU = 64
"""Gradients (images times candidate classes) of one backward pass at most, if it covers several classes."""

MAX_GRADIENTS_GPU = 512
"""The same on a GPU, where even these take hardly longer than one."""

SHRINK_SHARE = 1 / 3
"""Once no more than this share of the batch still searches, only these images pass forwards again."""


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
        direction: the displacement of norm 1 that leads straight to the plane.
        distance: the distance to the plane; infinite if every gradient vanishes.
        finite: whether all logits and all gradients computed are finite.
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
    """Find the nearest plane between the label and a candidate class, the network linearised at ``points``.

    DeepFool's projection for a general norm p (CVPR 2016, Section 3.3): the class is the one with the
    smallest |f_k| / ‖w_k‖_q, q being the dual of p, and for p = 1 the step goes along the one coordinate with
    the largest |w_j|.

    Args:
        classifier: the network; each candidate class considered takes one backward pass.
        points, logits: from :func:`forward_with_graph`.
        labels, candidate_classes: the classes that the planes separate.
        norm: how distances are measured.
        gradient_spread: candidate classes are considered by rising gap |f_k|, until none that is left could
            be the nearest even if its gradient were this many times longer than the longest so far;
            infinite: all of them. A batch continues as long as one of its images does, but once few do,
            without the others.

    Raises:
        ParameterError: ``gradient_spread`` is less than 1 or not a number.
    """
    if not gradient_spread >= 1:
        raise ParameterError(f"gradient_spread must be 1 or more; it is {gradient_spread}.")
    search = _PlaneSearch(classifier, points, logits, labels, candidate_classes, norm, gradient_spread)
    j = 0
    while j < candidate_classes.shape[1] and search.continues_at(j):
        j += search.compare_from(j)
    reached = as_column(search.distance.isfinite())
    direction = norm.direction(search.normals.flatten(1)).view_as(points)
    return NearestPlane(
        torch.where(reached, direction, search.normals),
        search.distance,
        search.finite,
        search.forwards,
        search.backwards,
    )


class _PlaneSearch:
    """The search for the nearest plane of n images, over candidate classes by rising gap.

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
        norm: Norm,
        spread: float,
    ) -> None:
        known = logits.detach()
        gaps = (known.gather(1, candidate_classes) - known.gather(1, labels[:, None])).abs()
        self._gaps, order = gaps.sort(1)
        self._candidate_classes, self._labels = candidate_classes.gather(1, order), labels
        self._classifier, self._images = classifier, points.detach()
        self._norm, self._spread = norm, spread
        self._points, self._logits = points, logits
        self._rows = torch.arange(len(points), device=points.device)
        self._longest_gradient = torch.zeros_like(known[:, 0])
        self._active = torch.ones_like(labels, dtype=torch.bool)
        self.distance = torch.full_like(known[:, 0], torch.inf)
        self.normals = torch.zeros_like(self._images)
        self.finite = are_usable(known)
        self.forwards, self.backwards = torch.zeros_like(labels), torch.zeros_like(labels)

    def continues_at(self, j: int) -> bool:
        """Return whether any image has to consider candidate class j; where few do, drop the others."""
        if math.isinf(self._spread):
            return True
        self._active &= ~(self._gaps[:, j] > self._largest_gap(j))
        active = self._active.nonzero()[:, 0]
        if 0 < len(active) <= SHRINK_SHARE * len(self._rows):
            self._rows = active
            self._points, self._logits = forward_with_graph(self._classifier, self._images[active])
            self.forwards[active] += 1
        return len(active) > 0

    def compare_from(self, j: int) -> int:
        """Compare the planes of candidate class j, and of some after it, with the nearest so far.

        Returns:
            The number of candidate classes compared.
        """
        rows, width = self._rows, self._width(j)
        gradients = self._gradients(j, width)
        lengths = self._norm.dual(gradients.flatten(0, 1).flatten(1)).view(width, -1)
        gaps = self._gaps[rows, j : j + width].T
        masked = gaps.isinf()
        distances = torch.where((lengths > 0) & ~masked, gaps / lengths, torch.inf)
        active = self._active[rows].expand(width, -1)
        if width > 1 and math.isfinite(self._spread):
            longest = torch.cat([self._longest_gradient[None, rows], lengths[:-1]]).cummax(0).values
            nearest = torch.cat([self.distance[None, rows], distances[:-1]]).cummin(0).values
            within = ~(gaps > self._spread * longest * nearest)
            within[0] = True  # continues_at has checked j itself
            active = active & within.cumprod(0).bool()
        distance, which = torch.where(active, distances, torch.inf).min(0)
        nearer = distance < self.distance[rows]
        chosen = gradients[which, torch.arange(len(rows), device=rows.device)]
        self.finite[rows] &= (lengths.isfinite() | ~active | masked).all(0)
        self.distance[rows] = torch.where(nearer, distance, self.distance[rows])
        self.normals[rows] = torch.where(as_column(nearer), chosen, self.normals[rows])
        longest_here = torch.where(active & ~masked, lengths, 0).amax(0)
        self._longest_gradient[rows] = torch.maximum(self._longest_gradient[rows], longest_here)
        self._active[rows] = active[-1]
        return width

    def _largest_gap(self, j: int) -> Tensor:
        """Return the gap beyond which no candidate class from j on can be the nearest.

        Before the first is known, its own gap stands for the longest gradient times the nearest distance.
        """
        return self._spread * (self._longest_gradient * self.distance if j else self._gaps[:, 0])

    def _width(self, j: int) -> int:
        """Return how many candidate classes to cover in one backward, which is cheap for few images."""
        limit = MAX_GRADIENTS_GPU if self._rows.is_cuda else MAX_GRADIENTS_CPU
        width = min(max(1, limit // len(self._rows)), self._gaps.shape[1] - j)
        if width > 1 and math.isfinite(self._spread):
            within = self._active[:, None] & (self._gaps[:, j:] <= self._largest_gap(j)[:, None])
            width = min(width, max(1, int(within.any(0).sum())))
        return width

    def _gradients(self, j: int, width: int) -> Tensor:
        """Return the gradients of the gaps of candidate classes j to j + width - 1."""
        rows, last = self._rows, j + width
        own = self._logits.gather(1, self._labels[rows, None])
        scores = self._logits.gather(1, self._candidate_classes[rows, j:last]) - own
        self.backwards[rows] += width
        keep = last < self._gaps.shape[1]
        return self._classifier.input_gradients(scores.T, self._points, keep_graph=keep)
