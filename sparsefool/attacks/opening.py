"""How an attack that needs no boundary point begins: the labels, the goal and an empty ledger."""

from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks.goal import make_goal
from sparsefool.attacks.ledger import Ledger


def open_ledger(
    images: Float[Tensor, "n c h w"],
    logits: Float[Tensor, "n k"],
    labels: Tensor | None,
    target: int | Tensor | None,
) -> Ledger:
    """Set the goal and count the one forward that gave the logits of the images.

    Raises:
        ParameterError: a label or target is no class of the network, or they are equal.
    """
    ledger = Ledger(images, make_goal(logits, labels, target), logits)
    ledger.forwards += 1
    return ledger
