"""ℓ1-DeepFool on one image, and what clipping does to its result (Section 2.2)."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks import l1_deepfool
from sparsefool.attacks.core.criterion import Criterion
from sparsefool.classifier import Classifier
from sparsefool.geometry.attack_trace import Point
from sparsefool.types import AttackResult, StepEvent


@dataclass(frozen=True, eq=False)
class L1Trace:
    """The points that ℓ1-DeepFool tested, and its last point clipped to [0, 1] and tested again.

    Attributes:
        start: the image itself.
        steps: the points tested, which may leave [0, 1].
        fooled: whether the last of them fools the network.
        clipped: the last of them, clipped.
        fooled_when_clipped: whether the clipped one still does.
        left_the_box: whether there was anything to clip.
    """

    start: Point
    steps: tuple[Point, ...]
    fooled: bool
    clipped: Point
    fooled_when_clipped: bool
    left_the_box: bool

    @property
    def end(self) -> Point:
        """The last point before clipping."""
        return self.steps[-1] if self.steps else self.start


def trace_l1_deepfool(classifier: Classifier, image: Float[Tensor, "1 c h w"]) -> L1Trace:
    """Run ℓ1-DeepFool on one image, without clipping and with clipping at the end, and return its trace.

    Raises:
        ParameterError: the image has the wrong shape or range.
    """
    steps: list[Point] = []

    def add_step(event: StepEvent) -> None:
        if len(event.rows):
            margin = float(event.margins[0])
            steps.append(Point(event.images[0].clone(), int(event.logits[0].argmax()), margin))

    unclipped = l1_deepfool(classifier, image, observer=add_step)
    clipped = l1_deepfool(classifier, image, clipping="end")
    return L1Trace(
        start=_point(classifier, image, unclipped),
        steps=tuple(steps),
        fooled=bool(unclipped.success[0]),
        clipped=_point(classifier, clipped.adversarial, unclipped),
        fooled_when_clipped=bool(clipped.success[0]),
        left_the_box=bool(((unclipped.adversarial < 0) | (unclipped.adversarial > 1)).any()),
    )


def _point(classifier: Classifier, image: Tensor, result: AttackResult) -> Point:
    """Evaluate an image against the label that the attack started from."""
    logits = classifier(image).detach()
    margin = Criterion(result.labels, None).margins(logits)
    return Point(image[0], int(logits[0].argmax()), float(margin[0]))
