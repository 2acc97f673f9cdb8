"""The nearest of the planes that separate a label from its rivals, in ℓ2 or in ℓ1."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.steps import as_column
from sparsefool.classifier import Classifier


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


def nearest_plane(
    classifier: Classifier,
    points: Float[Tensor, "n c h w"],
    logits: Float[Tensor, "n k"],
    labels: Int64[Tensor, " n"],
    rivals: Int64[Tensor, "n m"],
    norm: Norm = L2,
) -> tuple[Float[Tensor, "n c h w"], Float[Tensor, " n"], Bool[Tensor, " n"]]:
    """Find the nearest of the planes between the label and its rivals, the network linearised at ``points``.

    DeepFool's projection for a general norm p (CVPR 2016, Section 3.3): the class is the one with the
    smallest |f_k| / ‖w_k‖_q, q being the dual of p, and for p = 1 the step goes along the one coordinate with
    the largest |w_j|.

    Args:
        classifier: the network; one backward per rival and image is spent.
        points, logits: from :func:`forward_with_graph`.
        labels, rivals: the classes that the planes separate.
        norm: how distances are measured.

    Returns:
        The direction of norm 1 to that plane, its distance (infinite if every gradient vanishes), and whether
        all logits and gradients are finite.
    """
    gaps = logits.gather(1, rivals) - logits.gather(1, labels[:, None])
    best = torch.full_like(gaps[:, 0], torch.inf).detach()
    nearest = torch.zeros_like(points, requires_grad=False)
    finite = logits.detach().isfinite().all(1)
    for j in range(rivals.shape[1]):
        gradient = classifier.input_gradient(gaps[:, j], points, keep_graph=j + 1 < rivals.shape[1])
        dual = norm.dual(gradient.flatten(1))
        finite &= dual.isfinite()
        distance = torch.where(dual > 0, gaps[:, j].detach().abs() / dual, torch.inf)
        nearer = distance < best
        best = torch.where(nearer, distance, best)
        nearest = torch.where(as_column(nearer), gradient, nearest)
    direction = norm.direction(nearest.flatten(1)).view_as(nearest)
    return torch.where(as_column(best.isfinite()), direction, nearest), best, finite
