"""What an attack did to test images: the record that all experiments read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from sparsefool.attacks import Boundary
from sparsefool.attacks.core.events import forward_with_graph
from sparsefool.classifier import Classifier
from sparsefool.data.photographs import Pictures
from sparsefool.devices import now
from sparsefool.experiments.records.attack_rows import changes, rows_of
from sparsefool.experiments.records.attack_settings import (
    AttackSetting,
    arguments_of,
    draws,
    find_attack,
    seed_of,
)
from sparsefool.experiments.records.record import LEFT_OUT, Part, Task
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.types import AttackResult
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class AttackRecord:
    """An attack on the test images of a network, or on chosen pictures.

    The rows are those of :func:`~sparsefool.experiments.records.attack_rows.rows_of`, with ``batch``, the
    images of their block, and ``precision``: that in which a network's convolutions were computed,
    ``float32`` or, on a GPU before it was turned off, ``TF32``. Of chosen pictures ``image`` is the place
    among them, and ``changed_by`` tells by how many levels each value of ``changed_at`` changed; one that
    cannot be read has no row (:data:`LEFT_OUT`).

    Attributes:
        model: the network.
        setting: the attack and its parameters.
        batch: images attacked at once.
        seed: of all random draws.
        sized_by: the attack from which this one takes its size, ``counts``: as many elements in each channel
            as the median of that one over the images that it fooled (Section 4.2).
        pictures: what is attacked instead of the test images: a set of one's own, or those with annotated
            parts.
    """

    model: str
    setting: AttackSetting
    batch: int
    seed: int = 0
    sized_by: Part | None = None
    pictures: Pictures | None = None

    @property
    def title(self) -> str:
        """The attack and the network."""
        return f"{self.setting.name} on {self.model}"

    @property
    def label(self) -> str:
        """The attack's name."""
        return self.setting.attack.replace("_", "-")

    @property
    def models(self) -> Sequence[str]:
        """The network."""
        return (self.model,)

    def describe(self) -> Mapping[str, Any]:
        """Return the attack with all its arguments, the batch, and what decides its draws, if it has any."""
        described: dict[str, Any] = {
            "attack": self.setting.attack,
            "model": self.model,
            "arguments": arguments_of(self.setting),
            "batch": self.batch,
        }
        if draws(self.setting.attack):
            described["seed"] = seed_of(self.setting, self.seed)
        if self.sized_by is not None:
            described["sized_by"] = dict(self.sized_by.record.describe())
            described["sized_by_images"] = self.sized_by.images
        if self.pictures is not None:
            described["pictures"] = dict(self.pictures.describe())
        return described

    def needs(self, first: int, last: int, /) -> Sequence[Task]:  # noqa: ARG002
        """Return all blocks of the attack that this one takes its size from."""
        return () if self.sized_by is None else self.sized_by.tasks()

    def measure(self, first: int, last: int, context: RunContext, /) -> "pd.DataFrame":
        """Attack a block."""
        classifier = context.classifier(self.model)
        loaded = context.load(self.model, self.pictures, first, last)
        gallery = loaded.gallery
        if not len(gallery):
            return _no_rows(loaded.left_out)
        images = gallery.images.to(classifier.device)
        more: dict[str, Any] = {}
        if self.sized_by is not None:
            more["counts"] = _median_counts(context, self.sized_by, classifier.channels)
        if draws(self.setting.attack):
            seed = seed_of(self.setting, self.seed, self.model, first)
            more["generator"] = torch.Generator().manual_seed(seed)
        if images.is_cuda:
            _load_kernels(classifier, images)
        result, seconds = self._attack(
            classifier, images, context, (self.model, self.pictures, first, last), more
        )
        rows = rows_of(result, classifier, gallery, first, seconds, self.setting.delta)
        if self.pictures is not None:
            rows["image"] = loaded.numbers
            rows["changed_by"] = changes(gallery.images, rows)
            rows.attrs = {LEFT_OUT: dict(loaded.left_out)} if loaded.left_out else {}
        return rows.assign(batch=last - first, precision="float32")

    def _attack(
        self,
        classifier: Classifier,
        images: Tensor,
        context: RunContext,
        block: object,
        more: dict[str, Any],
    ) -> tuple[AttackResult, float]:
        """Attack images; return the result and the seconds it took, the first boundary's included."""
        spec = find_attack(self.setting.attack)
        arguments = {**dict(self.setting.parameters), **more}

        def observe(_: object) -> None:
            context.check()

        boundary, spent = None, 0.0
        if spec.boundary is not None:
            finder, every = spec.boundary, arguments_of(self.setting)
            taken = {name: every[name] for name in finder.keywords if name in every}

            def find() -> tuple[Boundary, float]:
                started = now(images.device)
                found = finder.run(classifier, images, observer=observe, **taken)
                return found, now(images.device) - started

            boundary, spent = context.first_boundary((block, spec.name, tuple(taken.items())), find)
            arguments["first_boundary"] = boundary
        started = now(images.device)
        result = spec.run(classifier, images, observer=observe, **arguments)
        seconds = now(images.device) - started + spent
        return (result if boundary is None else _with_passes_of(boundary, result)), seconds


@dataclass(frozen=True)
class RecordOfAttack:
    """The base of records whose rows are computed from those of an attack, block by block.

    Attributes:
        attack: what is read.
    """

    attack: AttackRecord

    @property
    def model(self) -> str:
        """The network that was attacked."""
        return self.attack.model

    @property
    def models(self) -> Sequence[str]:
        """The network."""
        return (self.attack.model,)

    @property
    def batch(self) -> int:
        """Images of a block: as many as are attacked at once."""
        return self.attack.batch

    @property
    def pictures(self) -> Pictures | None:
        """What is attacked instead of the test images."""
        return self.attack.pictures

    def needs(self, first: int, last: int, /) -> Sequence[Task]:
        """Return the block of the attack."""
        return [Task(self.attack, first, last)]


def _no_rows(left_out: Mapping[str, str]) -> "pd.DataFrame":
    """Return the table of a block of which no picture can be read."""
    import pandas as pd

    rows = pd.DataFrame({"image": np.zeros(0, np.int64), "seconds": np.zeros(0)})
    rows.attrs = {LEFT_OUT: dict(left_out)}
    return rows


def _load_kernels(classifier: Classifier, images: Tensor) -> None:
    """Pass images once: on a GPU the first passes load the kernels."""
    points, logits = forward_with_graph(classifier, images)
    classifier.input_gradient(logits.amax(1), points)


def _with_passes_of(boundary: Boundary, result: AttackResult) -> AttackResult:
    """Return a result whose images bear the passes that their first boundary has cost."""
    return replace(
        result,
        forwards=result.forwards + boundary.forwards,
        backwards=result.backwards + boundary.backwards,
    )


def _median_counts(context: RunContext, part: Part, channels: int) -> list[int]:
    """Return an attack's median of changed elements in each channel, over the images that it fooled."""
    rows = context.rows(part.record, 0, part.images)
    fooled = rows[rows["success"]]
    if fooled.empty:
        return [0] * channels
    height, width = find_spec(part.record.model).input_size
    counts = [
        np.bincount(np.asarray(places) // (height * width), minlength=channels)
        for places in fooled["changed_at"]
    ]
    return [round(count) for count in np.median(counts, axis=0).tolist()]
