"""The trajectory of an attack on one image, written down while it runs."""

import numpy as np
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks import Boundary
from sparsefool.backend.attack_reports import Prediction, Step
from sparsefool.backend.attack_requests import AttackRequest
from sparsefool.backend.progress import Progress
from sparsefool.classifier import Classifier
from sparsefool.types import StepEvent


def predict(classifier: Classifier, logits: Float[Tensor, " k"]) -> Prediction:
    """Say what the network sees, from its logits of one image."""
    label = int(logits.argmax())
    probabilities = logits.detach().cpu().double().softmax(0).float().numpy()
    return Prediction(label, classifier.class_name(label), probabilities)


class Trajectory:
    """An observer of an attack on one image: it keeps the steps, reports them, and lets a cancel through.

    Attributes:
        steps: the original first, then one per outer iteration, or per step of sparsest.
    """

    def __init__(
        self,
        classifier: Classifier,
        image: Float[Tensor, "1 c h w"],
        boundary: Boundary,
        request: AttackRequest,
        progress: Progress,
    ) -> None:
        self._classifier = classifier
        self._request = request
        self._progress = progress
        logits, goal = boundary.logits[0], boundary.goal
        margin = logits[goal.labels[0]] - logits[goal.rival(boundary.logits)[0]]
        self.steps = [Step(0, _array(image[0]), predict(classifier, logits), float(margin), 0)]
        self._report()

    def observe(self, event: StepEvent) -> None:
        """Keep the iteration that has just ended.

        Raises:
            Cancelled: the run is not wanted any more.
        """
        if len(event.rows):
            image = _array(event.images[0])
            changed = int((image != self.steps[0].image).any(0).sum())
            prediction = predict(self._classifier, event.logits[0])
            self.steps.append(Step(len(self.steps), image, prediction, float(event.margins[0]), changed))
        self._report()

    def _report(self) -> None:
        self._progress.check()
        done = self.steps[-1].iteration
        noun, most = self._request.step_noun, self._request.most_steps
        limit = f" of at most {most}" if most else ""
        text = f"{noun} {done}{limit}" if done else f"First {noun.lower()}"
        self._progress.report(done, most, text, tuple(self.steps))


def _array(image: Float[Tensor, "c h w"]) -> Float[np.ndarray, "c h w"]:
    array = image.detach().cpu().numpy().copy()
    array.setflags(write=False)
    return array
