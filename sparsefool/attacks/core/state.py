"""What is known of each image of a batch while an attack runs."""

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks.core.boundary import Boundary
from sparsefool.attacks.core.criterion import Criterion, make_criterion
from sparsefool.types import AttackResult, Outcome


class AttackState:
    """The growing :class:`AttackResult` of a batch; an attack writes the rows it has worked on.

    Before the first iteration the images themselves count as tested, with their ``logits``: those that reach
    their criterion already, and those whose logits are not finite, are finished.
    """

    def __init__(self, images: Tensor, criterion: Criterion, logits: Tensor) -> None:
        self.images = images
        self.criterion = criterion
        self.adversarial = images.clone()
        self.adversarial_labels = logits.argmax(1)
        self.outcomes = torch.full_like(self.criterion.labels, Outcome.ITERATIONS_EXHAUSTED)
        self.outcomes[self.criterion.reached(self.adversarial_labels)] = int(Outcome.FOOLED)
        self.outcomes[~logits.isfinite().all(1)] = int(Outcome.NOT_FINITE)
        self.iterations = torch.zeros_like(self.criterion.labels)
        self.forwards = torch.zeros_like(self.criterion.labels)
        self.backwards = torch.zeros_like(self.criterion.labels)
        self.planes_behind = torch.zeros_like(self.criterion.labels)

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

    def record_test(self, rows: Tensor, tested: Tensor, logits: Tensor, stalled: Tensor) -> Tensor:
        """Write the images tested, with their evaluation, and return the rows that go on."""
        finite = logits.isfinite().all(1)
        predictions = logits.argmax(1)
        fooled = self.criterion.select(rows).reached(predictions)
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
            labels=self.criterion.labels,
            adversarial_labels=self.adversarial_labels,
            success=self.outcomes == Outcome.FOOLED,
            iterations=self.iterations,
            forwards=self.forwards,
            backwards=self.backwards,
            outcomes=self.outcomes,
            planes_behind=self.planes_behind,
        )


def start_state(
    images: Float[Tensor, "n c h w"],
    logits: Float[Tensor, "n k"],
    labels: Tensor | None,
    target: int | Tensor | None,
) -> AttackState:
    """Set the criterion and count the one forward that gave the logits of the images.

    Raises:
        ParameterError: a label or target is no class of the network, or they are equal.
    """
    state = AttackState(images, make_criterion(logits, labels, target), logits)
    state.forwards += 1
    return state
