"""Perturbations within an l-infinity ball, for training and measuring robust networks.

One step from a random start is the attack of Wong, Rice and Kolter, "Fast is better than free" (ICLR 2020);
several steps are projected gradient descent (PGD) of Madry et al. (ICLR 2018), which the paper refers to in
Section 4.2.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.errors import ParameterError

Logits = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class LinfAttack:
    """Steps of ``step_size`` along the gradient's sign, within ``epsilon`` of the image (units of [0, 1])."""

    steps: int
    step_size: float
    epsilon: float = 8 / 255

    @staticmethod
    def with_steps(steps: int, epsilon: float = 8 / 255) -> "LinfAttack":
        """Return the usual attack of this many steps: one of 1.25 epsilon, or several of epsilon / 4.

        Raises:
            ParameterError: ``steps`` is not positive.
        """
        if steps < 1:
            raise ParameterError(f"An attack needs at least 1 step; {steps} were asked for.")
        return LinfAttack(steps, epsilon * (1.25 if steps == 1 else 0.25), epsilon)


PGD_20 = LinfAttack.with_steps(20)


def random_start(
    images: Float[Tensor, "n c h w"], attack: LinfAttack, generator: torch.Generator
) -> Float[Tensor, "n c h w"]:
    """Return images in [0, 1], each value drawn uniformly within epsilon of the given one and then clipped.

    Args:
        images: the originals, in [0, 1].
        attack: the attack whose epsilon is used.
        generator: on the device of the images.
    """
    offsets = 2 * torch.rand(images.shape, generator=generator, device=images.device) - 1
    return (images + attack.epsilon * offsets).clamp(0, 1)


def perturb(
    logits_of: Logits,
    images: Float[Tensor, "n c h w"],
    start: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"],
    attack: LinfAttack,
) -> Float[Tensor, "n c h w"]:
    """Return images in [0, 1] within epsilon of the given ones on which the loss is larger.

    Args:
        logits_of: maps images in [0, 1] to logits [n, k].
        images: the originals, in [0, 1].
        start: where the first step begins, see :func:`random_start`.
        labels: the true classes, whose cross-entropy is increased.
        attack: number and size of the steps.
    """
    lowest = (images - attack.epsilon).clamp(min=0)
    highest = (images + attack.epsilon).clamp(max=1)
    perturbed = start
    for _ in range(attack.steps):
        with torch.enable_grad():
            point = perturbed.detach().requires_grad_()
            loss = F.cross_entropy(logits_of(point).float(), labels, reduction="sum")
            (gradient,) = torch.autograd.grad(loss, point)
        perturbed = torch.clamp(perturbed + attack.step_size * gradient.sign(), lowest, highest)
    return perturbed.detach()
