"""The classes of a result: their names, and which are the strongest."""

import numpy as np

from sparsefool.backend.attack.report import AttackReport, Prediction
from sparsefool.data.specs import class_names
from sparsefool.zoo.specs import find_spec


def all_class_names(report: AttackReport) -> tuple[str, ...]:
    """Return the names of all classes of the network that a report speaks of."""
    names = class_names(find_spec(report.request.model).dataset)
    return names or tuple(f"class {label}" for label in range(len(report.before.probabilities)))


def strongest(prediction: Prediction, count: int) -> list[int]:
    """Return the labels of the ``count`` most probable classes, the most probable first."""
    return [int(label) for label in np.argsort(-prediction.probabilities, kind="stable")[:count]]


def telling_classes(report: AttackReport, count: int) -> list[int]:
    """Return the classes that rose highest on the way: the first label, the last one, then others."""
    labels = [report.before.label, report.after.label]
    peaks = np.max([step.prediction.probabilities for step in report.steps], axis=0)
    labels += [int(label) for label in np.argsort(-peaks, kind="stable")]
    return list(dict.fromkeys(labels))[:count]
