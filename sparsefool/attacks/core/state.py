"""What is known of each image of a batch while an attack runs."""

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks.core.boundary import Boundary
from sparsefool.attacks.core.criterion import Goal, make_goal
from sparsefool.types import AttackResult, Outcome


class Ledger:
    """The growing :class:`AttackResult` of a batch; an attack writes the rows it has worked on.

    Before the first iteration the images themselves count as tested, with their ``logits``: those that reach
    their goal already, and those whose logits are not finite, are finished.
    """

    def __init__(self, images: Tensor, goal: Goal, logits: Tensor) -> None:
        self.images = images
        self.goal = goal
        self.adversarial = images.clone()
        self.adversarial_labels = logits.argmax(1)
        self.outcomes = torch.full_like(self.goal.labels, Outcome.ITERATIONS_EXHAUSTED)
        self.outcomes[self.goal.reached(self.adversarial_labels)] = int(Outcome.FOOLED)
        self.outcomes[~logits.isfinite().all(1)] = int(Outcome.NOT_FINITE)
        self.iterations = torch.zeros_like(self.goal.labels)
        self.forwards = torch.zeros_like(self.goal.labels)
        self.backwards = torch.zeros_like(self.goal.labels)
        self.planes_behind = torch.zeros_like(self.goal.labels)

    def unfinished(self) -> Tensor:
        """Return the rows that are not finished yet."""
        return (self.outcomes == Outcome.ITERATIONS_EXHAUSTED).nonzero()[:, 0]

    def add_passes(self, rows: Tensor, boundary: Boundary) -> None:
        """Count what finding the boundary of ``rows`` has cost."""
        self.forwards[rows] += boundary.forwards
        self.backwards[rows] += boundary.backwards

    def drop_unusable(self, rows: Tensor, boundary: Boundary) -> tuple[Tensor, Boundary]:
        """Note why some images have no boundary to follow; return the others and theirs."""
        usable = boundary.usable
        self.outcomes[rows[~usable]] = boundary.outcomes[~usable]
        return rows[usable], boundary.select(usable)

    def note_test(self, rows: Tensor, tested: Tensor, logits: Tensor, stalled: Tensor) -> Tensor:
        """Write the images tested, with their verdicts, and return the rows that go on."""
        finite = logits.isfinite().all(1)
        predictions = logits.argmax(1)
        fooled = self.goal.select(rows).reached(predictions)
        self.forwards[rows] += 1
        self.adversarial[rows] = tested
        self.adversarial_labels[rows] = predictions
        self.outcomes[rows[stalled]] = int(Outcome.BOX_EXHAUSTED)
        self.outcomes[rows[fooled]] = int(Outcome.FOOLED)
        self.outcomes[rows[~finite]] = int(Outcome.NOT_FINITE)
        return rows[finite & ~fooled & ~stalled]

    def result(self) -> AttackResult:
        """Return what was found, frozen."""
        return AttackResult(
            images=self.images,
            adversarial=self.adversarial,
            labels=self.goal.labels,
            adversarial_labels=self.adversarial_labels,
            success=self.outcomes == Outcome.FOOLED,
            iterations=self.iterations,
            forwards=self.forwards,
            backwards=self.backwards,
            outcomes=self.outcomes,
            planes_behind=self.planes_behind,
        )


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
