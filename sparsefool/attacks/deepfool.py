"""DeepFool, the ℓ2 attack that SparseFool builds on."""

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.attacks.core.boundary import find_boundary
from sparsefool.attacks.core.checks import check_limits
from sparsefool.attacks.core.criterion import are_usable
from sparsefool.attacks.core.entry import attack
from sparsefool.classifier import Classifier
from sparsefool.types import AttackResult, Observer, Outcome


@attack
def deepfool(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"] | None = None,
    *,
    max_iter: int = 50,
    overshoot: float = 0.02,
    num_candidates: int = 10,
    max_gradient_growth: float = math.inf,
    target: int | Tensor | None = None,
    observer: Observer | None = None,
) -> AttackResult:
    """Run DeepFool (Moosavi-Dezfooli, Fawzi, Frossard, CVPR 2016, Algorithm 2) on a batch; norm ℓ2.

    As in the original, the result is not clipped to [0, 1]: it is a point on the boundary, not a picture.

    Args:
        classifier: the network under attack.
        images: in [0, 1], on the classifier's device.
        labels: classes to leave; the network's own predictions if None.
        max_iter: the largest number of iterations.
        overshoot: relative length added to the perturbation.
        num_candidates: strongest classes considered, the label among them.
        max_gradient_growth: infinite: the gradients of all of these are computed; otherwise see
            :func:`find_boundary`.
        target: a class to reach, or one per image; None for any class other than the label.
        observer: called after each iteration.

    Raises:
        ParameterError: an argument has the wrong shape or range.
    """
    check_limits(max_iter=max_iter, overshoot=overshoot, num_candidates=num_candidates)
    found = find_boundary(
        classifier,
        images,
        labels,
        max_iter=max_iter,
        overshoot=overshoot,
        num_candidates=num_candidates,
        max_gradient_growth=max_gradient_growth,
        target=target,
        observer=observer,
    )
    predictions = found.logits.argmax(1)
    already = found.criterion.reached(predictions) & are_usable(found.logits)
    return AttackResult(
        images=images,
        adversarial=torch.where(already.view(-1, 1, 1, 1), images, found.boundary_points),
        labels=found.criterion.labels,
        adversarial_labels=torch.where(already, predictions, found.boundary_labels),
        success=already | (found.outcomes == Outcome.FOOLED),
        iterations=found.iterations.masked_fill(already, 0),
        forwards=found.forwards,
        backwards=found.backwards,
        outcomes=found.outcomes.masked_fill(already, int(Outcome.FOOLED)),
        planes_behind=torch.zeros_like(found.iterations),
    )
