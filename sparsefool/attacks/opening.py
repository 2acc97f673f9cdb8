"""How an attack that needs no boundary point begins: the labels, the goal and an empty ledger."""

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks.boundary import unknown_boundary
from sparsefool.attacks.goal import make_goal
from sparsefool.attacks.ledger import Ledger
from sparsefool.types import Outcome


def open_ledger(
    images: Float[Tensor, "n c h w"],
    logits: Float[Tensor, "n k"],
    labels: Tensor | None,
    target: int | Tensor | None,
) -> Ledger:
    """Set the goal and count the one forward that gave the logits of the images.

    Images that are fooled already, or whose logits are not finite, are finished.

    Raises:
        ParameterError: a label or target is no class of the network, or they are equal.
    """
    start = unknown_boundary(images, logits, make_goal(logits, labels, target))
    ledger = Ledger(images, start)
    ledger.add_passes(torch.arange(len(images), device=images.device), start)
    ledger.outcomes[~logits.isfinite().all(1)] = int(Outcome.NOT_FINITE)
    return ledger
