"""A finished attack in a few kilobytes: its trajectory as changes from step to step, without pickle."""

import dataclasses
import io
import json
import zipfile
import zlib
from typing import Any

import numpy as np
from jaxtyping import Float

from sparsefool.backend.attack.files import changed_values
from sparsefool.backend.attack.report import AttackReport, Change, Origin, Prediction, Step
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.data.pictures import Picture
from sparsefool.devices import DeviceInfo
from sparsefool.errors import StoreError
from sparsefool.types import Outcome

FORMAT = 1

_PLAIN = (
    "weights_sha256",
    "success",
    "success_8bit",
    "reason",
    "iterations",
    "forwards",
    "backwards",
    "planes_behind",
    "boundary_reused",
    "seconds",
    "date",
)
"""Fields that are kept as they are."""

_ENDS = ("before", "after", "after_8bit")


def pack(report: AttackReport) -> bytes:
    """Return a report as an NPZ file of numbers and one JSON text; its picture, region and names stay out.

    Every image and number is kept exactly, but for the class probabilities between the first and the last
    step, which are kept in half precision: to one part in 2,000, or 1e-7.
    """
    original, steps = _original(report.request), report.steps
    places, values, image = [], [], original
    for step in steps:
        (changed,) = np.nonzero(_bits(step.image) != _bits(image))
        places.append(changed.astype(np.uint32))
        values.append(step.image.reshape(-1)[changed])
        image = step.image
    adversarial = changed_values(report.request.picture, report.adversarial)
    where = np.ravel_multi_index(adversarial[:3], report.adversarial.pixels.shape)
    note = {
        "format": FORMAT,
        "outcome": report.outcome.name,
        "device": dataclasses.asdict(report.device),
        "versions": dict(report.versions),
        "change": dataclasses.asdict(report.change),
        "change_8bit": dataclasses.asdict(report.change_8bit),
        "predictions": [[getattr(report, end).label, getattr(report, end).name] for end in _ENDS],
        "steps": [
            [each.prediction.label, each.prediction.name, each.margin, each.pixels_changed, each.promised]
            for each in steps
        ],
        **{name: getattr(report, name) for name in _PLAIN},
    }
    file = io.BytesIO()
    np.savez_compressed(
        file,
        note=np.frombuffer(json.dumps(note).encode(), dtype=np.uint8),
        counts=np.array([len(each) for each in places], dtype=np.uint32),
        places=np.concatenate(places),
        values=np.concatenate(values),
        adversarial_places=where.astype(np.uint32),
        adversarial_values=adversarial.after,
        probabilities=np.stack([getattr(report, end).probabilities for end in _ENDS]),
        step_probabilities=np.stack([each.prediction.probabilities for each in steps]).astype(np.float16),
    )
    return file.getvalue()


def unpack(data: bytes, request: AttackRequest, origin: Origin) -> AttackReport:
    """Return the report that :func:`pack` has packed.

    Args:
        data: what it returned.
        request: whose report it is; it gives the picture, its name and the region.
        origin: where it was kept.

    Raises:
        StoreError: the data are damaged, or of another format.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as content:
            parts = {name: content[name] for name in content.files}
        return _unpack(parts, request, origin)
    except (
        KeyError,
        ValueError,
        IndexError,
        TypeError,
        OSError,
        EOFError,
        NotImplementedError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise StoreError(f"It is no readable report ({type(error).__name__}).") from error


def _unpack(parts: dict[str, Any], request: AttackRequest, origin: Origin) -> AttackReport:
    note = json.loads(parts["note"].tobytes())
    if note["format"] != FORMAT:
        raise ValueError(f"format {note['format']}")
    before, after, after_8bit = (
        Prediction(label, name, probabilities)
        for (label, name), probabilities in zip(note["predictions"], parts["probabilities"], strict=True)
    )
    images = _images(_original(request), parts)
    steps = []
    for index, (label, name, margin, pixels, promised) in enumerate(note["steps"]):
        if index == 0:
            prediction = before
        elif index == len(note["steps"]) - 1:
            prediction = after
        else:
            prediction = Prediction(label, name, parts["step_probabilities"][index].astype(np.float32))
        steps.append(Step(index, images[index], prediction, margin, pixels, promised))
    pixels = request.picture.pixels.copy()
    pixels.reshape(-1)[parts["adversarial_places"]] = parts["adversarial_values"]
    return AttackReport(
        request=request,
        device=DeviceInfo(**note["device"]),
        before=before,
        after=after,
        after_8bit=after_8bit,
        outcome=Outcome[note["outcome"]],
        adversarial=Picture(pixels, f"{request.picture.name}, adversarial"),
        change=Change(**note["change"]),
        change_8bit=Change(**note["change_8bit"]),
        steps=tuple(steps),
        versions=note["versions"],
        origin=origin,
        **{name: note[name] for name in _PLAIN},
    )


def _images(original: Float[np.ndarray, "c h w"], parts: dict[str, Any]) -> list[Float[np.ndarray, "c h w"]]:
    """Return the image of every step, each read-only."""
    images, image, first = [], original, 0
    for count in parts["counts"].tolist():
        image = image.copy()
        last = first + count
        image.reshape(-1)[parts["places"][first:last]] = parts["values"][first:last]
        image.setflags(write=False)
        images.append(image)
        first = last
    return images


def _original(request: AttackRequest) -> Float[np.ndarray, "c h w"]:
    original: Float[np.ndarray, "c h w"] = request.picture.tensor()[0].numpy()
    return original


def _bits(image: Float[np.ndarray, "c h w"]) -> np.ndarray:
    """Return the bits of all values: -0 and NaN are values like others."""
    return np.ascontiguousarray(image).reshape(-1).view(np.uint32)
