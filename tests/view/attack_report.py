"""A report made by hand, for tests of what the page makes of it."""

import numpy as np

from sparsefool.backend.attack.report import AttackReport, Change, Prediction, Step
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.data.pictures import Picture
from sparsefool.devices import DeviceInfo
from sparsefool.types import Outcome


def prediction(label, confidence=0.9):
    probabilities = np.full(10, (1 - confidence) / 9, dtype=np.float32)
    probabilities[label] = confidence
    return Prediction(label, f"{label}", probabilities)


def make_report(**changes):
    """Return a report on a picture of zeros in which two pixels became white; 3 became 5 on the way."""
    pixels = np.zeros((28, 28, 1), dtype=np.uint8)
    white = pixels.copy()
    white[4, 7] = white[9, 2] = 255
    request = AttackRequest("mnist/lenet", Picture(pixels, "zeros"), delta=changes.pop("delta", 255))
    images = [np.moveaxis(each, 2, 0).astype(np.float32) / 255 for each in (pixels, white)]
    change = Change(2, 2, 100 * 2 / 784, 255.0)
    fields = {
        "request": request,
        "device": DeviceInfo("cpu", "a processor", 2**30),
        "weights_sha256": "0" * 64,
        "before": prediction(3),
        "after": prediction(5),
        "after_8bit": prediction(5),
        "success": True,
        "success_8bit": True,
        "outcome": Outcome.FOOLED,
        "reason": Outcome.FOOLED.reason,
        "adversarial": Picture(white, "adversarial"),
        "change": change,
        "change_8bit": change,
        "steps": (
            Step(0, images[0], prediction(3), 4.0, 0),
            Step(1, images[1], prediction(5), -1.0, 2),
        ),
        "iterations": 1,
        "forwards": 7,
        "backwards": 20,
        "planes_behind": 0,
        "boundary_reused": False,
        "seconds": 0.5,
        "date": "2026-01-01T00:00:00+00:00",
    }
    return AttackReport(**{**fields, **changes})


def steps_of(margins, promised):
    """Return the steps of a run with these margins; the original, the first, has no promise."""
    image = np.zeros((1, 2, 2), dtype=np.float32)
    return tuple(
        Step(index, image, prediction(3), margin, index, promise)
        for index, (margin, promise) in enumerate(zip(margins, (None, *promised), strict=True))
    )
