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
from sparsefool.attacks.core.gradient_forecast import GradientForecast, KnownGradients
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError

GRADIENT_GROWTH = 1.75
"""A good ``max_gradient_growth`` for skipping gradients that can hardly matter."""

MAX_GRADIENTS_CPU = 64
"""Gradients (images times candidate classes) of one backward pass at most, if it covers several classes."""

MAX_GRADIENTS_GPU = 512
"""The same on a GPU, where even these take hardly longer than one."""

SHRINK_SHARE = 1 / 2
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
        known_gradients: for the next iteration; None if all gradients were computed anyway.
    """

    direction: Float[Tensor, "n c h w"]
    distance: Float[Tensor, " n"]
    finite: Bool[Tensor, " n"]
    forwards: Int64[Tensor, " n"]
    backwards: Int64[Tensor, " n"]
    known_gradients: KnownGradients | None


def nearest_plane(
    classifier: Classifier,
    points: Float[Tensor, "n c h w"],
    logits: Float[Tensor, "n k"],
    labels: Int64[Tensor, " n"],
    candidate_classes: Int64[Tensor, "n m"],
    norm: Norm = L2,
    max_gradient_growth: float = math.inf,
    known_gradients: KnownGradients | None = None,
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
        max_gradient_growth: infinite: all candidate classes are considered. Otherwise those are skipped that
            could be the nearest only if their gradient were more than this many times longer than expected
            (see :class:`GradientForecast`). A batch continues as long as one of its images does, but once few
            do, without the others.
        known_gradients: of the iteration before, of these candidate classes; None for the first iteration.

    Raises:
        ParameterError: ``max_gradient_growth`` is less than 1 or not a number.
    """
    check_gradient_growth(max_gradient_growth)
    forecast = None
    if math.isfinite(max_gradient_growth):
        forecast = GradientForecast(known_gradients or KnownGradients.none(candidate_classes, points))
    search = _PlaneSearch(
        classifier, points, logits, labels, candidate_classes, norm, max_gradient_growth, forecast
    )
    while search.continues():
        search.compare()
    reached = as_column(search.distance.isfinite())
    direction = norm.direction(search.normals.flatten(1)).view_as(points)
    return NearestPlane(
        torch.where(reached, direction, search.normals),
        search.distance,
        search.finite,
        search.forwards,
        search.backwards,
        forecast.known if forecast else None,
    )


def check_gradient_growth(max_gradient_growth: float) -> None:
    """Raise an error unless ``max_gradient_growth`` is 1 or more.

    Raises:
        ParameterError: it is not.
    """
    if not max_gradient_growth >= 1:
        raise ParameterError(f"max_gradient_growth must be 1 or more; it is {max_gradient_growth}.")


class _PlaneSearch:
    """The search for the nearest plane of n images, over candidate classes by rising expected distance.

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
        growth: float,
        forecast: GradientForecast | None,
    ) -> None:
        known = logits.detach()
        self._gaps = (known.gather(1, candidate_classes) - known.gather(1, labels[:, None])).abs()
        self._left = ~self._gaps.isinf()
        self._candidate_classes, self._labels = candidate_classes, labels
        self._classifier, self._images = classifier, points.detach()
        self._norm, self._growth, self._forecast = norm, growth, forecast
        self._points, self._logits = points, logits
        self._rows = torch.arange(len(points), device=points.device)
        self.distance = torch.full_like(known[:, 0], torch.inf)
        self.normals = torch.zeros_like(self._images)
        self.finite = are_usable(known)
        self.forwards, self.backwards = torch.zeros_like(labels), torch.zeros_like(labels)

    def continues(self) -> bool:
        """Return whether any image has to consider another candidate class; where few do, drop the others."""
        active = self._rows[self._may_be_nearest()[self._rows].any(1)]
        if 0 < len(active) <= SHRINK_SHARE * len(self._rows):
            self._rows = active
            self._points, self._logits = forward_with_graph(self._classifier, self._images[active])
            self.forwards[active] += 1
        return len(active) > 0

    def compare(self) -> None:
        """Compare the planes of the most promising candidate classes with the nearest so far."""
        rows, width = self._rows, self._width()
        places = self._nearest_first(rows)[:, :width].T
        gradients = self._gradients(places)
        lengths = self._norm.dual(gradients.flatten(0, 1).flatten(1)).view(width, -1)
        if self._forecast is None:
            self._consider(rows, places, gradients, lengths)
            return
        for place, gradient, length in zip(places, gradients, lengths, strict=True):
            nearest = self._nearest_first(rows)[:, 0]
            active = (self._may_be_nearest()[rows, place] & (nearest == place)).nonzero()[:, 0]
            if len(active) == 0:
                break
            self._forecast.learn(rows[active], place[active], gradient[active], length[active])
            self._consider(rows[active], place[None, active], gradient[None, active], length[None, active])

    def _consider(self, rows: Tensor, places: Tensor, gradients: Tensor, lengths: Tensor) -> None:
        """Keep the nearest of some planes at ``places`` [q, r] of these rows [r], where it is nearer."""
        gaps, left = self._gaps[rows, places], self._left[rows, places]
        distances = torch.where((lengths > 0) & left, gaps / lengths, torch.inf)
        distance, which = distances.min(0)
        nearer = distance < self.distance[rows]
        chosen = gradients[which, torch.arange(len(rows), device=rows.device)]
        self.finite[rows] &= (lengths.isfinite() | ~left).all(0)
        self.distance[rows] = torch.where(nearer, distance, self.distance[rows])
        self.normals[rows] = torch.where(as_column(nearer), chosen, self.normals[rows])
        self._left[rows, places] = False

    def _expected_distances(self) -> Float[Tensor, "n m"]:
        """Return how far away each plane is expected to be; infinite if it was considered or is masked."""
        distances = self._gaps if self._forecast is None else self._gaps / self._forecast.expected
        largest = torch.finfo(distances.dtype).max
        return torch.where(self._left, distances.nan_to_num(nan=largest, posinf=largest), torch.inf)

    def _nearest_first(self, rows: Tensor) -> Int64[Tensor, "r m"]:
        """Return the candidate classes of these rows in the order of their expected distances."""
        return self._expected_distances()[rows].argsort(dim=1, stable=True)

    def _may_be_nearest(self) -> Bool[Tensor, "n m"]:
        """Return the mask of the candidate classes that are left and could be the nearest."""
        if self._forecast is None:
            return self._left
        return self._left & ~(self._expected_distances() > self._growth * self.distance[:, None])

    def _width(self) -> int:
        """Return how many candidate classes to cover in one backward.

        Where all are considered, that is cheap for few images. Otherwise, more than one is wanted only on a
        GPU, where it takes hardly longer.
        """
        limit = MAX_GRADIENTS_GPU if self._rows.is_cuda else MAX_GRADIENTS_CPU
        most = min(max(1, limit // len(self._rows)), int(self._left[self._rows].sum(1).max()))
        if self._forecast is None:
            return most
        if not self._rows.is_cuda:
            return 1
        expected = self._expected_distances()[self._rows]
        nearest = torch.minimum(self.distance[self._rows], expected.amin(1))
        return min(most, max(1, int((expected <= self._growth * nearest[:, None]).sum(1).max())))

    def _gradients(self, places: Int64[Tensor, "q r"]) -> Float[Tensor, "q r c h w"]:
        """Return the gradients of the gaps of the candidate classes at ``places``."""
        rows = self._rows
        own = self._logits.gather(1, self._labels[rows, None])
        scores = self._logits.gather(1, self._candidate_classes[rows].gather(1, places.T)) - own
        self.backwards[rows] += len(places)
        return self._classifier.input_gradients(scores.T, self._points, keep_graph=True)
