"""The bookkeeping of an attack: for each image of a batch, what was tested, what it cost, how it ended."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.core.boundary import Boundary
from sparsefool.attacks.core.criterion import Criterion, are_usable, make_criterion
from sparsefool.attacks.core.events import mark_dead_ends
from sparsefool.types import AttackResult, Outcome


class AttackState:
    """An :class:`AttackResult` in the making; an attack reports what it does to the images at some rows.

    Before the first iteration the images themselves count as tested: those that meet the criterion already,
    and those whose logits are not finite, are finished.

    Args:
        images: the originals.
        criterion: what counts as fooled.
        logits: the logits of ``images``.
    """

    def __init__(
        self, images: Float[Tensor, "n c h w"], criterion: Criterion, logits: Float[Tensor, "n k"]
    ) -> None:
        self.images = images
        self.criterion = criterion
        self._adversarial = images.clone()
        self._adversarial_labels = logits.argmax(1)
        self._outcomes = torch.full_like(criterion.labels, Outcome.ITERATIONS_EXHAUSTED)
        self._outcomes[criterion.reached(self._adversarial_labels)] = int(Outcome.FOOLED)
        self._outcomes[~are_usable(logits)] = int(Outcome.NOT_FINITE)
        self._iterations = torch.zeros_like(criterion.labels)
        self._forwards = torch.zeros_like(criterion.labels)
        self._backwards = torch.zeros_like(criterion.labels)
        self._planes_behind = torch.zeros_like(criterion.labels)

    @classmethod
    def from_logits(
        cls,
        images: Float[Tensor, "n c h w"],
        logits: Float[Tensor, "n k"],
        labels: Tensor | None,
        target: int | Tensor | None,
    ) -> "AttackState":
        """Return the state after the one forward pass that gave ``logits``.

        Raises:
            ParameterError: a label or target is no class of the network, or they are equal.
        """
        state = cls(images, make_criterion(logits, labels, target), logits)
        state._forwards += 1
        return state

    @classmethod
    def from_boundary(
        cls, images: Float[Tensor, "n c h w"], boundary: Boundary, *, count_passes: bool
    ) -> "AttackState":
        """Return the state once the first boundary is known, with or without the passes it took."""
        state = cls(images, boundary.criterion, boundary.logits)
        if count_passes:
            state._forwards += boundary.forwards
            state._backwards += boundary.backwards
        return state

    @property
    def adversarial(self) -> Float[Tensor, "n c h w"]:
        """The images kept so far; not to be written to."""
        return self._adversarial

    @property
    def adversarial_labels(self) -> Int64[Tensor, " n"]:
        """The network's labels of ``adversarial``; not to be written to."""
        return self._adversarial_labels

    @property
    def fooled(self) -> Bool[Tensor, " n"]:
        """Where the network is fooled."""
        return self._outcomes == Outcome.FOOLED

    @property
    def passes(self) -> Int64[Tensor, " n"]:
        """Forwards and backwards spent on each image so far."""
        return self._forwards + self._backwards

    def unfinished(self) -> Int64[Tensor, " m"]:
        """Return the rows that are not finished yet."""
        return (self._outcomes == Outcome.ITERATIONS_EXHAUSTED).nonzero()[:, 0]

    def record_iteration(self, rows: Tensor, iteration: int) -> None:
        """Record that an iteration, 1 for the first, is the last that these rows have taken part in."""
        self._iterations[rows] = iteration

    def count_passes(self, rows: Tensor, *, forwards: int | Tensor = 0, backwards: int | Tensor = 0) -> None:
        """Add passes through the network: one number for all of these rows, or one for each."""
        self._forwards[rows] += forwards
        self._backwards[rows] += backwards

    def count_planes_behind(self, rows: Tensor, behind: Bool[Tensor, " m"]) -> None:
        """Count the rows whose linearised boundary lay behind the iterate."""
        self._planes_behind[rows] += behind

    def set_outcome(self, rows: Tensor, outcome: Outcome) -> None:
        """Record how the attack on these rows stands."""
        self._outcomes[rows] = int(outcome)

    def mark_dead_ends(
        self, rows: Tensor, reachable: Bool[Tensor, " m"], finite: Bool[Tensor, " m"]
    ) -> Bool[Tensor, " m"]:
        """Record why some rows cannot continue, and return the mask of those that can."""
        return mark_dead_ends(self._outcomes, rows, reachable, finite)

    def drop_unusable(self, rows: Tensor, boundary: Boundary) -> tuple[Tensor, Boundary]:
        """Record why some rows have no usable boundary; return the other rows and their boundary."""
        usable = boundary.usable
        self._outcomes[rows[~usable]] = boundary.outcomes[~usable]
        return rows[usable], boundary.select(usable)

    def record_images(self, rows: Tensor, images: Tensor, labels: Tensor) -> None:
        """Keep these images, with the network's labels of them, as the adversarial ones."""
        self._adversarial[rows] = images
        self._adversarial_labels[rows] = labels

    def record_test(
        self,
        rows: Tensor,
        tested: Float[Tensor, "m c h w"],
        logits: Float[Tensor, "m k"],
        *,
        stalled: Bool[Tensor, " m"] | None = None,
        forwards: int = 1,
    ) -> Int64[Tensor, " r"]:
        """Record a test and its outcome, and return the rows that continue.

        Args:
            rows: positions of the m images in the batch.
            tested: the images tested.
            logits: the logits of ``tested``.
            stalled: where nothing could move any more: the box is exhausted, unless the image fools.
            forwards: passes that the test took for each image.
        """
        finite = are_usable(logits)
        predictions = logits.argmax(1)
        fooled = self.criterion.select(rows).reached(predictions)
        self._forwards[rows] += forwards
        self.record_images(rows, tested, predictions)
        if stalled is not None:
            self.set_outcome(rows[stalled], Outcome.BOX_EXHAUSTED)
        self.set_outcome(rows[fooled], Outcome.FOOLED)
        self.set_outcome(rows[~finite], Outcome.NOT_FINITE)
        continuing = finite & ~fooled
        return rows[continuing if stalled is None else continuing & ~stalled]

    def adopt(self, rows: Tensor, result: AttackResult) -> None:
        """Take over the images and outcomes that another attack found for these rows; add what it spent."""
        self.record_images(rows, result.adversarial, result.adversarial_labels)
        self._outcomes[rows] = result.outcomes
        self._iterations[rows] += result.iterations
        self._planes_behind[rows] += result.planes_behind
        self.count_passes(rows, forwards=result.forwards, backwards=result.backwards)

    def result(self) -> AttackResult:
        """Return what was found, frozen."""
        return AttackResult(
            images=self.images,
            adversarial=self._adversarial,
            labels=self.criterion.labels,
            adversarial_labels=self._adversarial_labels,
            success=self.fooled,
            iterations=self._iterations,
            forwards=self._forwards,
            backwards=self._backwards,
            outcomes=self._outcomes,
            planes_behind=self._planes_behind,
        )
