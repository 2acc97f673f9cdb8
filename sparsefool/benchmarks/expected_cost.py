"""How long experiments will take here: the passes that attacks took before, times a pass on this machine."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sparsefool.benchmarks.pass_time import time_passes
from sparsefool.classifier import Classifier
from sparsefool.experiments.experiment import Experiment
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.record import Part, Record, Task, count_images
from sparsefool.experiments.records.store import RecordStore
from sparsefool.zoo.specs import MODELS, find_spec

OTHER_PASSES = (4.0, 1.0)
"""Forwards and backwards for an image of what searches for nothing: noise, or a try on another network."""

UNKNOWN_PASSES = (100.0, 100.0)
"""The same of an attack that was never measured on any network of the data set."""

MANY = 100
"""Rows, at most, over which the passes of an attack are averaged."""

BESIDES = 1.15
"""What an attack takes in all, over its passes: 1.01 to 1.03 on large networks, more on small ones."""


@dataclass
class ExpectedCost:
    """Seconds that blocks will take.

    Args:
        known: rows from which the passes of each attack are taken, on whichever machine they were measured.
        classifier: returns a network on the device that will be used.
    """

    known: RecordStore
    classifier: Callable[[str], Classifier]
    _pass_seconds: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict, init=False)
    _passes: dict[Record, tuple[float, float]] = field(default_factory=dict, init=False)

    def seconds(self, experiments: Iterable[Experiment], store: RecordStore) -> float:
        """Return the seconds of all blocks of experiments that are not in a store; each counts once.

        Raises:
            SparseFoolError: a network or its images cannot be used.
        """
        missing = {task: None for each in experiments for task in each.tasks() if not store.has(task)}
        return sum(self._of(task) for task in missing)

    def _of(self, task: Task) -> float:
        record = task.record
        if record not in self._passes:
            self._passes[record] = self._passes_of(record)
        forwards, backwards = self._passes[record]
        forward, backward = self._pass_time(record.model, min(record.batch, 20))
        return task.images * BESIDES * (forwards * forward + backwards * backward)

    def _passes_of(self, record: Record) -> tuple[float, float]:
        """Return the mean passes for an image of a record: known of it, or of the same attack elsewhere."""
        if not isinstance(record, AttackRecord) or record.sized_by is not None:
            return OTHER_PASSES
        dataset = find_spec(record.model).dataset
        others = [spec.name for spec in MODELS if spec.dataset == dataset and spec.name != record.model]
        for model in (record.model, *others):
            alike = AttackRecord(model, record.setting, record.batch)
            if self.known.holds(Part(alike, 1)):
                rows = self.known.rows(Part(alike, min(MANY, count_images(alike))))
                return float(rows["forwards"].mean()), float(rows["backwards"].mean())
        return UNKNOWN_PASSES

    def _pass_time(self, model: str, batch: int) -> tuple[float, float]:
        """Return the seconds per image of a forward and of a backward, measured once."""
        if (model, batch) not in self._pass_seconds:
            classifier, spec = self.classifier(model), find_spec(model)
            shape = (batch, spec.channels, *spec.input_size)
            images = classifier.mean.new_zeros(shape)
            self._pass_seconds[model, batch] = time_passes(classifier, images)
        return self._pass_seconds[model, batch]
