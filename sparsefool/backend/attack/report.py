"""The result of one attack, with everything that is needed to show and to reproduce it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from jaxtyping import Float

from sparsefool.backend.attack.request import AttackRequest
from sparsefool.data.pictures import Picture
from sparsefool.data.regions import Region
from sparsefool.devices import DeviceInfo
from sparsefool.types import Outcome
from sparsefool.versions import versions
from sparsefool.zoo.specs import find_spec

STRONGEST = 5
"""Classes listed in a summary."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the network sees in an image: the label, its name, and the probabilities of all k classes."""

    label: int
    name: str
    probabilities: Float[np.ndarray, " k"]

    @property
    def confidence(self) -> float:
        """The probability of the label, in [0, 1]."""
        return float(self.probabilities[self.label])

    def strongest(self, count: int) -> list[int]:
        """Return the labels of the ``count`` most probable classes, most probable first."""
        return [int(label) for label in np.argsort(-self.probabilities, kind="stable")[:count]]


@dataclass(frozen=True)
class Change:
    """How much of an image changed.

    Attributes:
        pixels: pixels that changed in any channel (the paper's measure).
        features: channel values that changed.
        percent: ``pixels`` in percent of height times width.
        max_change: the largest change of a value, in 0..255.
    """

    pixels: int
    features: int
    percent: float
    max_change: float


@dataclass(frozen=True, eq=False)
class Step:
    """The image after an outer iteration, or after any step of sparsest; step 0 is the original.

    Attributes:
        iteration: 0 for the original, 1 for the first iteration or step.
        image: the image that was tested, float32 in [0, 1].
        prediction: what the network sees in it.
        margin: logit of the original's label minus that of the strongest other class (or of the target);
            negative once the network is fooled.
        pixels_changed: pixels that differ from the original in any channel.
        promised: the margin that the plane of the iteration promised, were the network linear
            (:attr:`sparsefool.types.StepEvent.promised_margins`); None where there is no plane.
    """

    iteration: int
    image: Float[np.ndarray, "c h w"]
    prediction: Prediction
    margin: float
    pixels_changed: int
    promised: float | None = None


class Origin(StrEnum):
    """Where a report comes from: a run for whoever asked, an earlier one of this process, or the project."""

    RUN = "run"
    KEPT = "kept"
    SHIPPED = "shipped"


@dataclass(frozen=True, eq=False)
class AttackReport:
    """The result of an :class:`AttackRequest`.

    Names that end in ``_8bit`` are about the image rounded to 8 bits, which is the one to show and to save;
    the others are about the attack's own float32 result.

    Attributes:
        request: what was asked for.
        device: where it ran.
        weights_sha256: of the network's weights file.
        before: the network's prediction on the original.
        after, after_8bit: its prediction on the result.
        success, success_8bit: whether the network is fooled.
        outcome: why the attack ended.
        reason: the same, and what rounding did to its success, in a sentence or two.
        adversarial: the 8-bit image that was checked.
        change, change_8bit: how much the result differs from the original.
        steps: the trajectory, the original first.
        iterations: outer iterations; of sparsest openings, and what SparseFool needed if it took over.
        forwards, backwards: passes through the network that this run cost, without the 8-bit check.
        planes_behind: iterations in which the linearised boundary lay behind the iterate.
        boundary_reused: whether the first linearisation was kept from an earlier run.
        seconds: the time taken, without loading the network.
        date: when it ended, in UTC, as in ISO 8601.
        versions: of the code and the libraries that computed it, as :func:`sparsefool.versions.versions`.
        origin: whether it was computed for this request, or is a stored one.
    """

    request: AttackRequest
    device: DeviceInfo
    weights_sha256: str
    before: Prediction
    after: Prediction
    after_8bit: Prediction
    success: bool
    success_8bit: bool
    outcome: Outcome
    reason: str
    adversarial: Picture
    change: Change
    change_8bit: Change
    steps: tuple[Step, ...]
    iterations: int
    forwards: int
    backwards: int
    planes_behind: int
    boundary_reused: bool
    seconds: float
    date: str
    versions: Mapping[str, str] = field(default_factory=versions)
    origin: Origin = Origin.RUN

    @property
    def timed_here(self) -> bool:
        """Whether :attr:`seconds` says how long the attack takes on this machine: not what ships does."""
        return self.origin is not Origin.SHIPPED

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of all classes of the network, in the order of its logits."""
        names = find_spec(self.request.model).class_names
        return names or tuple(f"class {label}" for label in range(len(self.before.probabilities)))

    @property
    def perturbation(self) -> Float[np.ndarray, "c h w"]:
        """The float32 change of every value, in [−1, 1], before rounding to 8 bits."""
        change: Float[np.ndarray, "c h w"] = self.steps[-1].image - self.steps[0].image
        return change

    def provenance(self) -> dict[str, Any]:
        """Return everything that is needed to reproduce the run, ready for JSON."""
        picture = self.request.picture
        return {
            "model": self.request.model,
            "weights_sha256": self.weights_sha256,
            "network": find_spec(self.request.model).construction(),
            "image": {
                "name": picture.name,
                "sha256": picture.sha256,
                "height": picture.height,
                "width": picture.width,
            },
            "attack": self.request.attack,
            "parameters": self.request.parameters(),
            "region": _region(self.request.region),
            "device": {"name": self.device.name, "title": self.device.title},
            "versions": dict(self.versions),
            "date": self.date,
            "seconds": round(self.seconds, 4),
        }

    def summary(self) -> dict[str, Any]:
        """Return the outcome and its provenance, ready for JSON; without the images."""
        return {
            "success_8bit": self.success_8bit,
            "success": self.success,
            "outcome": self.outcome.name.lower(),
            "reason": self.reason,
            "before": _prediction(self.before),
            "after_8bit": _prediction(self.after_8bit),
            "after": _prediction(self.after),
            "change_8bit": vars(self.change_8bit),
            "change": vars(self.change),
            "iterations": self.iterations,
            "forwards": self.forwards,
            "backwards": self.backwards,
            "planes_behind": self.planes_behind,
            "boundary_reused": self.boundary_reused,
            "adversarial_sha256": self.adversarial.sha256,
            "provenance": self.provenance(),
        }


def _region(region: Region | None) -> dict[str, Any] | None:
    return None if region is None else {"pixels": region.pixels, "text": region.text()}


def _prediction(prediction: Prediction) -> dict[str, Any]:
    return {
        "label": prediction.label,
        "name": prediction.name,
        "confidence": _number(prediction.confidence),
        "strongest": [
            [label, _number(float(prediction.probabilities[label]))]
            for label in prediction.strongest(STRONGEST)
        ],
    }


def _number(value: float) -> float | None:
    """Return None for NaN and infinity, which JSON does not have."""
    return value if np.isfinite(value) else None
