"""Attacks side by side on the same images (the paper's Tables 1 and 2, Section 2.2, Section 4.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.experiments.attack_cache import attack_samples
from sparsefool.experiments.attack_rows import rows_of
from sparsefool.experiments.attack_settings import AttackSetting, find_attack, stored_setting
from sparsefool.experiments.experiment import RunContext, Task, batch_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class AttackRun:
    """One attack on one network.

    Attributes:
        model: the network.
        setting: the attack and its parameters.
        images: how many test images are attacked.
        batch: images attacked at once.
    """

    model: str
    setting: AttackSetting
    images: int
    batch: int = 50


@dataclass(frozen=True)
class Comparison:
    """Several attacks on several networks.

    Attributes:
        attack_runs: in the order in which they are run. An attack that is sized by another (random noise by
            SparseFool, Section 4.2) has as many elements in each channel as the median of that one on the
            same network, which has to come before it.
        seed: of all random draws.

    Raises:
        ParameterError: nothing is compared, two runs have the same network and title, or an attack
            comes before the one that it is sized by.
    """

    attack_runs: tuple[AttackRun, ...]
    seed: int = 0
    name: str = "comparison"

    def __post_init__(self) -> None:
        seen: set[tuple[str, str]] = set()
        if not self.attack_runs:
            raise ParameterError("A comparison needs at least one network and one attack.")
        for run in self.attack_runs:
            if run.images < 1 or run.batch < 1:
                raise ParameterError("A comparison needs at least 1 image, in batches of at least 1.")
            if (run.model, run.setting.name) in seen:
                raise ParameterError(f"{run.setting.name} is there twice for {run.model}.")
            spec = find_attack(run.setting.attack)
            if spec.sized_by is not None and not self._titles_of(spec.sized_by, run.model, seen):
                other = find_attack(spec.sized_by).title
                raise ParameterError(
                    f"{spec.title} takes its size from {other}: compare it with {other} on the same "
                    f"network, {run.model}."
                )
            seen.add((run.model, run.setting.name))

    @property
    def models(self) -> Sequence[str]:
        """The networks, each once."""
        return tuple(dict.fromkeys(run.model for run in self.attack_runs))

    @property
    def images(self) -> int:
        """How many test images a run attacks, at most."""
        return max(run.images for run in self.attack_runs)

    def tasks(self) -> Sequence[Task]:
        """Return one task for each batch of each run."""
        return [
            Task(
                f"{number:02d}-{first:05d}",
                f"{run.setting.name} on {run.model}",
                min(run.batch, run.images - first),
            )
            for number, run in enumerate(self.attack_runs)
            for first in range(0, run.images, run.batch)
        ]

    def run(self, task: Task, context: RunContext, earlier: "pd.DataFrame", /) -> "pd.DataFrame":
        """Attack one batch."""
        number, first = batch_of(task)
        run = self.attack_runs[number]
        classifier = context.classifier(run.model)
        more: dict[str, Any] = {}
        sized_by = find_attack(run.setting.attack).sized_by
        if sized_by is not None:
            more["counts"] = self._counts_of(sized_by, run.model, classifier, earlier)
        seed = (self.seed, run.model, first)
        gallery, result, seconds = attack_samples(
            run.setting, run.model, first, task, context, seed, force=True, **more
        )
        rows = rows_of(result, classifier, gallery, first, seconds, run.setting.delta)
        rows.insert(0, "attack", run.setting.name)
        rows.insert(0, "model", run.model)
        rows["batch"] = task.images
        return rows

    def describe(self) -> Mapping[str, Any]:
        """Return the runs and the seed, by the names that they have on disk."""
        attack_runs = [
            {
                "model": run.model,
                "setting": stored_setting(run.setting),
                "images": run.images,
                "batch": run.batch,
            }
            for run in self.attack_runs
        ]
        return {"contests": attack_runs, "seed": self.seed}

    def _titles_of(self, attack: str, model: str, titles: set[tuple[str, str]]) -> list[str]:
        """Return the titles, among those given, under which an attack runs on a network."""
        return [
            run.setting.name
            for run in self.attack_runs
            if run.setting.attack == attack and (model, run.setting.name) in titles
            if run.model == model
        ]

    def _counts_of(
        self, attack: str, model: str, classifier: Classifier, earlier: "pd.DataFrame"
    ) -> list[int]:
        """Return an attack's median of changed elements in each channel, over the fooled images."""
        titles = {(model, title) for title in earlier["attack"]}
        title = self._titles_of(attack, model, titles)[0]
        rows = earlier[(earlier["model"] == model) & (earlier["attack"] == title) & earlier["success"]]
        if rows.empty:
            return [0] * classifier.channels
        size = int(rows["pixels_per_image"].iloc[0])
        per_channel = [
            np.bincount(np.asarray(places) // size, minlength=classifier.channels)
            for places in rows["changed_at"]
        ]
        return [round(count) for count in np.median(per_channel, axis=0).tolist()]
