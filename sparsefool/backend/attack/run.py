"""Running SparseFool on one picture, from the request to the report."""

import time
from datetime import UTC, datetime

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks import Boundary, EightBitCheck, check_8_bit
from sparsefool.backend.attack.first_boundary import first_boundary
from sparsefool.backend.attack.report import AttackReport, Change, Prediction, Step
from sparsefool.backend.attack.report_store import report_store
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.models import LoadedModel, with_model
from sparsefool.backend.progress import NullProgress, Progress
from sparsefool.classifier import Classifier
from sparsefool.data.pictures import Picture
from sparsefool.devices import device_info
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Outcome, StepEvent
from sparsefool.zoo.specs import find_spec


def run_attack(request: AttackRequest, progress: Progress | None = None) -> AttackReport:
    """Run the attack on the picture of a request, and check the result as the 8-bit image to be saved.

    Several threads may run attacks at a time: on one network, they share their passes. The first
    linearisation is kept, so that another λ, δ or region for the same picture costs less; so is the report,
    for all who ask for the same (:mod:`sparsefool.backend.attack.report_store`).

    Args:
        request: what to do.
        progress: receives each iteration, with the steps so far as payload (a tuple of
            :class:`~sparsefool.backend.attack.report.Step`); after each it may cancel.

    Raises:
        ParameterError: the picture has not the network's input size, or the target is no class or the label.
        ModelError: the network cannot be loaded.
        DeviceError: the device does not exist, or its memory is full.
        Cancelled: ``progress`` cancelled it.
    """
    progress = progress or NullProgress()
    _check_size(request)
    report = with_model(
        request.model,
        request.device,
        progress,
        lambda model, device: _run(request, model, device, progress),
    )
    report_store().keep(report)
    return report


def recall_or_run(request: AttackRequest, progress: Progress | None = None) -> AttackReport:
    """Return the finished report of a request; where there is none, run it as :func:`run_attack`."""
    return report_store().find(request) or run_attack(request, progress)


def _check_size(request: AttackRequest) -> None:
    spec, picture = find_spec(request.model), request.picture
    expected, came = (*spec.input_size, spec.channels), picture.pixels.shape
    if came != expected:
        raise ParameterError(
            f"{request.model} takes pictures of (height, width, channels) {expected}; this one has {came}. "
            "Bring it there with sparsefool.backend.models.picture_for."
        )


def _run(request: AttackRequest, model: LoadedModel, device: str, progress: Progress) -> AttackReport:
    started = time.perf_counter()
    images = request.picture.tensor().to(device)
    boundary, reused = first_boundary(request, model, images, progress)
    region = None if request.region is None else torch.from_numpy(request.region.mask.copy())
    with model.passes.joined() as classifier:
        trajectory = Trajectory(classifier, images, boundary, request, progress)
        result = request.spec.run(
            classifier,
            images,
            **request.parameters(),
            region=region,
            first_boundary=boundary,
            observer=trajectory.observe,
            boundary_observer=lambda _: progress.check(),
        )
        check = check_8_bit(classifier, result, request.delta, target=request.target)
    steps = tuple(trajectory.steps)
    return AttackReport(
        request=request,
        device=device_info(device),
        weights_sha256=model.weights_sha256,
        before=steps[0].prediction,
        after=steps[-1].prediction,
        after_8bit=predict(classifier, check.logits[0]),
        success=bool(result.success[0]),
        success_8bit=bool(check.success[0]),
        outcome=Outcome(int(result.outcomes[0])),
        reason=_reason(result, check),
        adversarial=Picture.from_tensor(check.images[0], f"{request.picture.name}, adversarial"),
        change=_change(result),
        change_8bit=_change(check),
        steps=steps,
        iterations=int(result.iterations[0]),
        forwards=int(result.forwards[0]) + (0 if reused else int(boundary.forwards[0])),
        backwards=int(result.backwards[0]) + (0 if reused else int(boundary.backwards[0])),
        planes_behind=int(result.planes_behind[0]),
        boundary_reused=reused,
        seconds=time.perf_counter() - started,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _change(outcome: AttackResult | EightBitCheck) -> Change:
    pixels = int(outcome.pixels_changed[0])
    height, width = outcome.images.shape[2:]
    return Change(
        pixels=pixels,
        features=int(outcome.features_changed[0]),
        percent=100 * pixels / (height * width),
        max_change=round(float(outcome.max_change[0]), 4),  # 40, not 40.000004
    )


def _reason(result: AttackResult, check: EightBitCheck) -> str:
    fooled, fooled_8bit = bool(result.success[0]), bool(check.success[0])
    if fooled and not fooled_8bit:
        return f"{result.reason(0)} Rounded to 8 bits, the image does not fool it any more."
    if fooled_8bit and not fooled:
        return f"{result.reason(0)} Rounded to 8 bits, the image fools it all the same."
    return result.reason(0)


def predict(classifier: Classifier, logits: Float[Tensor, " k"]) -> Prediction:
    """Return what the network sees, from its logits of one image."""
    label = int(logits.argmax())
    probabilities = logits.detach().cpu().double().softmax(0).float().numpy()
    return Prediction(label, classifier.class_name(label), probabilities)


class Trajectory:
    """An observer of an attack on one image: it records the steps, reports them, and may cancel the attack.

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
        logits, criterion = boundary.logits[0], boundary.criterion
        margin = logits[criterion.labels[0]] - logits[criterion.runner_up(boundary.logits)[0]]
        self.steps = [Step(0, _array(image[0]), predict(classifier, logits), float(margin), 0)]
        self._report()

    def observe(self, event: StepEvent) -> None:
        """Record the iteration that has just ended.

        Raises:
            Cancelled: the run was cancelled.
        """
        if len(event.rows):
            image = _array(event.images[0])
            changed = int((image != self.steps[0].image).any(0).sum())
            prediction = predict(self._classifier, event.logits[0])
            margins, promised = event.margins, event.promised_margins
            self.steps.append(
                Step(
                    len(self.steps),
                    image,
                    prediction,
                    float(margins[0]),
                    changed,
                    None if promised is None else float(promised[0]),
                )
            )
        self._report()

    def _report(self) -> None:
        self._progress.check()
        done, pixels = self.steps[-1].iteration, self.steps[-1].pixels_changed
        noun, most = self._request.step_noun, self._request.most_steps
        limit = f" of at most {most}" if most else ""
        text = f"{noun} {done}{limit}, {pixels:,} pixels changed" if done else f"First {noun.lower()}"
        self._progress.report(done, most, text, tuple(self.steps))


def _array(image: Float[Tensor, "c h w"]) -> Float[np.ndarray, "c h w"]:
    array = image.detach().cpu().numpy().copy()
    array.setflags(write=False)
    return array
