"""The nearest of the planes that separate a label from its rivals, in ℓ2 or in ℓ1."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.steps import as_column
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError


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
        backwards: passes spent on each image.
    """

    direction: Float[Tensor, "n c h w"]
    distance: Float[Tensor, " n"]
    finite: Bool[Tensor, " n"]
    backwards: int


def nearest_plane(
    classifier: Classifier,
    points: Float[Tensor, "n c h w"],
    logits: Float[Tensor, "n k"],
    labels: Int64[Tensor, " n"],
    rivals: Int64[Tensor, "n m"],
    norm: Norm = L2,
    gradient_spread: float = math.inf,
) -> NearestPlane:
    """Find the nearest of the planes between the label and its rivals, the network linearised at ``points``.

    DeepFool's projection for a general norm p (CVPR 2016, Section 3.3): the class is the one with the
    smallest |f_k| / ‖w_k‖_q, q being the dual of p, and for p = 1 the step goes along the one coordinate with
    the largest |w_j|.

    Args:
        classifier: the network; one backward per rival looked at is spent.
        points, logits: from :func:`forward_with_graph`.
        labels, rivals: the classes that the planes separate.
        norm: how distances are measured.
        gradient_spread: rivals are looked at in the order of their gaps |f_k|, until none that is left could
            be the nearest even if its gradient were this many times longer than the longest so far; infinite:
            all of them. A batch goes on as long as one of its images does.

    Raises:
        ParameterError: ``gradient_spread`` is less than 1 or no number.
    """
    if not gradient_spread >= 1:
        raise ParameterError(f"gradient_spread must be 1 or more; it is {gradient_spread}.")
    gaps = logits.gather(1, rivals) - logits.gather(1, labels[:, None])
    order = gaps.detach().abs().argsort(1)
    gaps = gaps.gather(1, order)
    best = torch.full_like(gaps[:, 0], torch.inf).detach()
    longest = torch.zeros_like(best)
    nearest = torch.zeros_like(points, requires_grad=False)
    finite = logits.detach().isfinite().all(1)
    looking = torch.ones_like(finite)
    backwards = 0
    for j in range(rivals.shape[1]):
        gap = gaps[:, j].detach().abs()
        if math.isfinite(gradient_spread):
            looking &= ~(gap > gradient_spread * longest * best)
            if not bool(looking.any()):
                break
        gradient = classifier.input_gradient(gaps[:, j], points, keep_graph=j + 1 < rivals.shape[1])
        backwards += 1
        dual = norm.dual(gradient.flatten(1))
        finite &= dual.isfinite() | ~looking
        distance = torch.where(looking & (dual > 0), gap / dual, torch.inf)
        nearer = distance < best
        best = torch.where(nearer, distance, best)
        longest = torch.where(looking, torch.maximum(longest, dual), longest)
        nearest = torch.where(as_column(nearer), gradient, nearest)
    direction = norm.direction(nearest.flatten(1)).view_as(nearest)
    direction = torch.where(as_column(best.isfinite()), direction, nearest)
    return NearestPlane(direction, best, finite, backwards)
