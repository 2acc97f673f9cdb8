"""What an experiment is: a frozen description with tasks, each of which yields rows."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sparsefool.classifier import Classifier
from sparsefool.data.galleries import Gallery
from sparsefool.data.samples import load_samples
from sparsefool.errors import DataError
from sparsefool.zoo.loading import load_model, weights_sha256
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Task:
    """A part of an experiment that is computed in one go.

    Attributes:
        key: unique in the experiment, and a valid file name.
        title: what is done, as shown to a person.
        images: how many are attacked; progress counts them.
    """

    key: str
    title: str
    images: int


def batch_tasks(title: str, models: Sequence[str], images: int, batch: int) -> list[Task]:
    """Return a task for each batch of images of each network; :func:`batch_of` reads its key.

    Args:
        title: what is done, before the network's name.
        models: the networks.
        images: of each network.
        batch: images at once.
    """
    return [
        Task(f"{number:02d}-{first:05d}", f"{title} {model}", min(batch, images - first))
        for number, model in enumerate(models)
        for first in range(0, images, batch)
    ]


def batch_of(task: Task) -> tuple[int, int]:
    """Return the index of a task's network, and the number of the task's first image."""
    number, first = task.key.split("-")
    return int(number), int(first)


def stored_fields(experiment: object, names: Sequence[str]) -> dict[str, Any]:
    """Return fields of an experiment that have the same names on disk, by these names."""
    return {name: getattr(experiment, name) for name in names}


@runtime_checkable
class Experiment(Protocol):
    """A frozen description of what is measured; equal descriptions give equal rows, apart from times."""

    @property
    def name(self) -> str:
        """The kind of experiment, a valid file name."""

    @property
    def models(self) -> Sequence[str]:
        """The networks whose weights the rows depend on."""

    @property
    def images(self) -> int:
        """How many test images of each network are attacked, at most."""

    def tasks(self) -> Sequence[Task]:
        """Return all tasks in the order in which they are done."""

    def run(self, task: Task, context: "RunContext", earlier: "pd.DataFrame", /) -> "pd.DataFrame":
        """Return the rows of one task, given those of all tasks before it."""

    def describe(self) -> Mapping[str, Any]:
        """Return everything that decides what the rows are, ready for JSON."""


class RunContext:
    """What tasks work with: networks and images on one device, and a check that may end the run.

    Args:
        device: a torch device name.
        check: called often; what it raises ends the run.
        load: returns a network on the device; :func:`~sparsefool.load_model` where not given.
        cache: folder for the results of attacks, which experiments share; without one, none are kept.
    """

    def __init__(
        self,
        device: str,
        check: Callable[[], object] = lambda: None,
        load: Callable[[str], Classifier] | None = None,
        cache: Path | None = None,
    ) -> None:
        self.device, self.check, self.cache = device, check, cache
        self._load = load or (lambda name: load_model(name, device))
        self._models: dict[str, Classifier] = {}

    def classifier(self, model: str) -> Classifier:
        """Return a network on the device; it is loaded once.

        Raises:
            ModelError: it is unknown, or its weights are missing, damaged or out of reach.
        """
        if model not in self._models:
            self._models[model] = self._load(model)
        return self._models[model]

    def images(self, model: str, first: int, last: int) -> Gallery:
        """Return test images ``first`` to ``last`` (exclusive) in the size a network takes, on the CPU.

        Raises:
            DataError: there are not that many.
        """
        spec = find_spec(model)
        samples = load_samples(spec.dataset, spec.input_size)
        if not 0 <= first < last <= len(samples):
            raise DataError(f"There are {len(samples)} test images of {spec.dataset}; {last} were asked for.")
        return samples.part(first, last)


def identity(experiment: Experiment) -> str:
    """Return twelve hexadecimal digits that two experiments share only if they measure the same.

    They depend on the description and on the weights of the networks.

    Raises:
        ModelError: a network is unknown or its weights are not on this machine.
    """
    weights = {model: weights_sha256(model) for model in experiment.models}
    return identity_of(experiment.name, experiment.describe(), weights)


def identity_of(name: str, description: Mapping[str, Any], weights: Mapping[str, str]) -> str:
    """Return what :func:`identity` gives for an experiment of this name and description.

    Args:
        name, description: as the experiment has them.
        weights: SHA-256 of each network's weights.
    """
    content = {"name": name, "description": dict(description), "weights": dict(weights)}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
