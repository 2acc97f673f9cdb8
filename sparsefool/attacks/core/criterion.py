"""What counts as fooled: an image leaves its label or, in a targeted attack, reaches its target."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.errors import ParameterError


@dataclass(frozen=True, eq=False)
class Criterion:
    """The label that each of n images is to leave and, in a targeted attack, the class it is to reach."""

    labels: Int64[Tensor, " n"]
    targets: Int64[Tensor, " n"] | None

    def select(self, rows: Tensor) -> "Criterion":
        """Return the criterion of the images at ``rows`` (indices, which may repeat, or a mask)."""
        return Criterion(self.labels[rows], None if self.targets is None else self.targets[rows])

    def equals(self, other: "Criterion") -> bool:
        """Return whether the other criterion is the same for every image."""
        if self.targets is None or other.targets is None:
            return self.targets is other.targets and torch.equal(self.labels, other.labels)
        return torch.equal(self.labels, other.labels) and torch.equal(self.targets, other.targets)

    def reached(self, classes: Int64[Tensor, " n"]) -> Bool[Tensor, " n"]:
        """Return the mask of the images whose class meets the criterion."""
        return classes != self.labels if self.targets is None else classes == self.targets

    def candidate_classes(self, logits: Float[Tensor, "n k"], count: int) -> Int64[Tensor, "n m"]:
        """Return the ``count`` strongest classes other than the label, strongest first; or the target."""
        if self.targets is not None:
            return self.targets[:, None]
        others = logits.scatter(1, self.labels[:, None], -math.inf)
        return others.topk(min(count, logits.shape[1] - 1), dim=1).indices

    def runner_up(self, logits: Float[Tensor, "n k"]) -> Int64[Tensor, " n"]:
        """Return the strongest class other than the label, or the target."""
        return self.candidate_classes(logits, 1)[:, 0]

    def margins(self, logits: Float[Tensor, "n k"]) -> Float[Tensor, " n"]:
        """Return how far each image is from meeting the criterion: negative where it does.

        The label's logit minus the strongest other; with a target, the strongest other minus the target's.
        """
        own = self.labels if self.targets is None else self.targets
        others = logits.scatter(1, own[:, None], -math.inf).amax(1)
        leads = logits.gather(1, own[:, None])[:, 0] - others
        return leads if self.targets is None else -leads


def are_usable(logits: Float[Tensor, "n k"]) -> Bool[Tensor, " n"]:
    """Return the mask of the images whose logits can be compared: none is NaN or infinite, but for −∞.

    A logit of −∞ masks its class, which is then no candidate.
    """
    broken = (logits.isnan() | logits.isposinf()).any(1)
    return ~broken & logits.isfinite().any(1)


def make_criterion(
    logits: Float[Tensor, "n k"], labels: Tensor | None, target: int | Tensor | None
) -> Criterion:
    """Return the checked criterion of images with these logits; without labels, predictions are taken.

    Raises:
        ParameterError: a label or target is no class of the network, there is not one per image, or they are
            equal.
    """
    predictions = logits.argmax(1)
    classes = logits.shape[1]
    if classes < 2:
        raise ParameterError(f"An attack needs a network with at least two classes; this one has {classes}.")
    chosen = predictions if labels is None else _check_classes("labels", labels, predictions, classes)
    if target is None:
        return Criterion(chosen, None)
    given = torch.as_tensor(target, device=logits.device)
    given = given.expand(len(logits)) if given.ndim == 0 else given
    targets = _check_classes("target", given, predictions, classes)
    if bool((targets == chosen).any()):
        same = int(targets[targets == chosen][0])
        raise ParameterError(f"The target equals the label ({same}): choose another class to aim at.")
    return Criterion(chosen, targets)


def _check_classes(name: str, given: Tensor, predictions: Tensor, classes: int) -> Tensor:
    if given.dtype.is_floating_point or given.shape != predictions.shape:
        raise ParameterError(
            f"{name} must be integers [{len(predictions)}]; they are {given.dtype} {list(given.shape)}."
        )
    if bool(((given < 0) | (given >= classes)).any()):
        raise ParameterError(f"{name} must be classes from 0 to {classes - 1}; they are {given.tolist()}.")
    return given.to(predictions)
