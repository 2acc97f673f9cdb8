"""Attacks side by side on the same images (the paper's Tables 1 and 2, Section 2.2, Section 4.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.experiments.attack_cache import attack_samples
from sparsefool.experiments.attack_rows import rows_of
from sparsefool.experiments.attack_settings import AttackSetting, stored_setting
from sparsefool.experiments.experiment import Bench, Task, batch_of

if TYPE_CHECKING:
    import pandas as pd

AS_SPARSEFOOL = "random_pixels"
"""The attack whose size is SparseFool's: it takes its ``counts`` from the rows before it (Section 4.2)."""


@dataclass(frozen=True)
class Contest:
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
        contests: in the order in which they are run. Random noise has as many elements in each channel as
            SparseFool's median on the same network, which has to come before it.
        seed: of all random draws.

    Raises:
        ParameterError: nothing is compared, two contests have the same network and title, or random noise
            comes before SparseFool.
    """

    contests: tuple[Contest, ...]
    seed: int = 0
    name: str = "comparison"

    def __post_init__(self) -> None:
        seen: set[tuple[str, str]] = set()
        if not self.contests:
            raise ParameterError("A comparison needs at least one network and one attack.")
        for contest in self.contests:
            if contest.images < 1 or contest.batch < 1:
                raise ParameterError("A comparison needs at least 1 image, in batches of at least 1.")
            if (contest.model, contest.setting.name) in seen:
                raise ParameterError(f"{contest.setting.name} is there twice for {contest.model}.")
            if contest.setting.attack == AS_SPARSEFOOL and not self._rivals(contest.model, seen):
                raise ParameterError(
                    "Random noise takes its size from SparseFool: compare it with SparseFool on the same "
                    f"network, {contest.model}."
                )
            seen.add((contest.model, contest.setting.name))

    @property
    def models(self) -> Sequence[str]:
        """The networks, each once."""
        return tuple(dict.fromkeys(contest.model for contest in self.contests))

    def tasks(self) -> Sequence[Task]:
        """Return one task for each batch of each contest."""
        return [
            Task(
                f"{number:02d}-{first:05d}",
                f"{contest.setting.name} on {contest.model}",
                min(contest.batch, contest.images - first),
            )
            for number, contest in enumerate(self.contests)
            for first in range(0, contest.images, contest.batch)
        ]

    def run(self, task: Task, bench: Bench, earlier: "pd.DataFrame", /) -> "pd.DataFrame":
        """Attack one batch."""
        number, first = batch_of(task)
        contest = self.contests[number]
        classifier = bench.classifier(contest.model)
        more: dict[str, Any] = {}
        if contest.setting.attack == AS_SPARSEFOOL:
            more["counts"] = self._noise(contest.model, classifier, earlier)
        seed = (self.seed, contest.model, first)
        gallery, result, seconds = attack_samples(
            contest.setting, contest.model, first, task, bench, seed, anew=True, **more
        )
        rows = rows_of(result, classifier, gallery, first, seconds, contest.setting.delta)
        rows.insert(0, "attack", contest.setting.name)
        rows.insert(0, "model", contest.model)
        rows["batch"] = task.images
        return rows

    def describe(self) -> Mapping[str, Any]:
        """Return the contests and the seed, by the names that they have on disk."""
        contests = [
            {
                "model": contest.model,
                "setting": stored_setting(contest.setting),
                "images": contest.images,
                "batch": contest.batch,
            }
            for contest in self.contests
        ]
        return {"contests": contests, "seed": self.seed}

    def _rivals(self, model: str, titles: set[tuple[str, str]]) -> list[str]:
        """Return the titles, among those given, under which SparseFool attacks a network."""
        return [
            contest.setting.name
            for contest in self.contests
            if contest.setting.attack == "sparsefool" and (model, contest.setting.name) in titles
            if contest.model == model
        ]

    def _noise(self, model: str, classifier: Classifier, earlier: "pd.DataFrame") -> list[int]:
        """Return SparseFool's median of changed elements in each channel, over the fooled images."""
        titles = {(model, title) for title in earlier["attack"]}
        title = self._rivals(model, titles)[0]
        rows = earlier[(earlier["model"] == model) & (earlier["attack"] == title) & earlier["success"]]
        if rows.empty:
            return [0] * classifier.channels
        size = int(rows["pixels_per_image"].iloc[0])
        per_channel = [
            np.bincount(np.asarray(places) // size, minlength=classifier.channels)
            for places in rows["changed_at"]
        ]
        return [round(count) for count in np.median(per_channel, axis=0).tolist()]
