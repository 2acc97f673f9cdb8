"""What an attack returns, and the events it reports to an observer."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool import metrics


class Outcome(IntEnum):
    """Why the attack on one image ended."""

    FOOLED = 0
    ITERATIONS_EXHAUSTED = 1
    BOX_EXHAUSTED = 2
    GRADIENT_VANISHED = 3
    NOT_FINITE = 4

    @property
    def reason(self) -> str:
        """The outcome as a sentence for a person."""
        return _REASONS[self]


_REASONS = {
    Outcome.FOOLED: "The network was fooled.",
    Outcome.ITERATIONS_EXHAUSTED: "The limit of iterations was reached before the label changed.",
    Outcome.BOX_EXHAUSTED: "No value may move further within its δ range, and the label has not changed.",
    Outcome.GRADIENT_VANISHED: "The network's gradient is zero here, so there is no direction to follow.",
    Outcome.NOT_FINITE: "The network's logits or their gradient are not finite here.",
}


@dataclass(frozen=True, eq=False)
class AttackResult:
    """The result of an attack on a batch of n images.

    Attributes:
        images: the originals, in [0, 1].
        adversarial: the last images tested, in [0, 1]; also where the attack failed.
        labels: the labels to leave.
        adversarial_labels: the network's label of ``adversarial``.
        success: whether the label changed (or became the target).
        iterations: outer iterations used.
        forwards, backwards: passes through the network spent on each image; in a batch, an image may cost a
            backward pass only because another one needs it.
        outcomes: an :class:`Outcome` per image.
        planes_behind: iterations in which the linearised boundary lay behind the iterate (see
            :func:`sparsefool.attacks.sparsefool`).
    """

    images: Float[Tensor, "n c h w"]
    adversarial: Float[Tensor, "n c h w"]
    labels: Int64[Tensor, " n"]
    adversarial_labels: Int64[Tensor, " n"]
    success: Bool[Tensor, " n"]
    iterations: Int64[Tensor, " n"]
    forwards: Int64[Tensor, " n"]
    backwards: Int64[Tensor, " n"]
    outcomes: Int64[Tensor, " n"]
    planes_behind: Int64[Tensor, " n"]

    @property
    def perturbation(self) -> Float[Tensor, "n c h w"]:
        """The change of every value, adversarial minus original."""
        return self.adversarial - self.images

    @property
    def pixels_changed(self) -> Int64[Tensor, " n"]:
        """Pixels that changed in any channel (the paper's measure)."""
        return metrics.pixels_changed(self.images, self.adversarial)

    @property
    def features_changed(self) -> Int64[Tensor, " n"]:
        """Channel values that changed."""
        return metrics.features_changed(self.images, self.adversarial)

    @property
    def max_change(self) -> Float[Tensor, " n"]:
        """The largest change of a value, in 0..255."""
        return metrics.max_change(self.images, self.adversarial)

    def reason(self, row: int) -> str:
        """Return a sentence that says why the attack on image ``row`` ended."""
        return Outcome(int(self.outcomes[row])).reason


@dataclass(frozen=True, eq=False)
class StepEvent:
    """One outer iteration of an attack, for the m images that took part in it.

    Attributes:
        iteration: 1 for the first.
        rows: positions of the m images in the batch.
        images: the images tested at the end of the iteration.
        labels: the labels to leave.
        runner_ups: the strongest class of ``images`` other than the label, or the target.
        logits: the logits of ``images``.
        boundary_points, normals: the linearised boundary used in the iteration (x_B and w of Section 3.2).
        solutions: the results of the LinearSolver, before overshoot and test (x^(i+1) of Algorithm 2); None
            in attacks without it.
    """

    iteration: int
    rows: Int64[Tensor, " m"]
    images: Float[Tensor, "m c h w"]
    labels: Int64[Tensor, " m"]
    runner_ups: Int64[Tensor, " m"]
    logits: Float[Tensor, "m k"]
    boundary_points: Float[Tensor, "m c h w"]
    normals: Float[Tensor, "m c h w"]
    solutions: Float[Tensor, "m c h w"] | None = None

    @property
    def label_logits(self) -> Float[Tensor, " m"]:
        """The logits of the labels."""
        return self.logits.gather(1, self.labels[:, None]).squeeze(1)

    @property
    def runner_up_logits(self) -> Float[Tensor, " m"]:
        """The logits of the runner-ups."""
        return self.logits.gather(1, self.runner_ups[:, None]).squeeze(1)

    @property
    def margins(self) -> Float[Tensor, " m"]:
        """Logits of the labels minus those of the runner-ups: negative once the network is fooled."""
        return self.label_logits - self.runner_up_logits

    @property
    def promised_margins(self) -> Float[Tensor, " m"] | None:
        """The margins that ``images`` would have if the network were linear; None in attacks without planes.

        Linearised at x_B (Section 3.2, Eq. 6), the margin of an image x is −wᵀ(x − x_B), in logits; that of
        x_B itself, hardly below 0, is left out. Where it is above 0, the LinearSolver stopped short of the
        boundary: the δ range or the region left too little room. Where DeepFool stopped short of the boundary
        (its iterations ran out), x_B lies on the near side, and the promise is too low by its margin.
        """
        if self.solutions is None:
            return None
        return -(self.normals * (self.images - self.boundary_points)).flatten(1).sum(1)


Observer = Callable[[StepEvent], object]
