"""How far perturbations transfer: made for a source network, tried on target networks (Table 3)."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.attacks import random_pixels
from sparsefool.attacks.core.checks import DELTA_RANGE, LAMBDA_RANGE, check_range
from sparsefool.classifier import Classifier
from sparsefool.data.photographs import Pictures
from sparsefool.errors import ParameterError
from sparsefool.experiments.experiment import Holds, Read, part_after_part, stored_fields
from sparsefool.experiments.records.attack_record import AttackRecord, RecordOfAttack
from sparsefool.experiments.records.attack_rows import rebuild_all, with_setting
from sparsefool.experiments.records.attack_settings import seed_of, sparsefool_setting
from sparsefool.experiments.records.record import Part, Task
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class TransferRecord(RecordOfAttack):
    """What a target network makes of the images that an attack made for a source network.

    The columns are a target's labels: ``target_before`` of the originals, ``target_after`` of the attack's
    results, rounded to 8 bits, and ``target_noise`` of noise of the same size: as many elements of each
    channel of each image as the attack changed, in random places, each set to 0 or 255.

    Attributes:
        target: a network that takes the same images as the one that was attacked, the source.
    """

    target: str

    @property
    def title(self) -> str:
        """Both networks."""
        return f"From {self.attack.model} to {self.target}"

    @property
    def label(self) -> str:
        """The kind of record."""
        return "transfer"

    @property
    def models(self) -> Sequence[str]:
        """Both networks."""
        return tuple(dict.fromkeys((self.attack.model, self.target)))

    def describe(self) -> Mapping[str, Any]:
        """Return the attack and the target."""
        return {"attack": dict(self.attack.describe()), "target": self.target}

    def measure(self, first: int, last: int, context: RunContext, /) -> "pd.DataFrame":
        """Try a block on the target."""
        import pandas as pd

        rows = context.rows(self.attack, first, last)
        if rows.empty:
            return pd.DataFrame({"image": [], "seconds": []})
        target = context.classifier(self.target)
        originals = context.originals(self.model, self.pictures, rows)
        adversarial = rebuild_all(originals, rows).to(target.device)
        originals = originals.to(target.device)
        started = time.perf_counter()
        before = _labels(target, originals)
        given = self.attack.setting
        setting = sparsefool_setting(given.lambda_, given.delta)  # whatever it is called: its key is the same
        generator = torch.Generator().manual_seed(seed_of(setting, "noise", self.attack.model, first))
        counts = _changed_in_each_channel(adversarial, originals)
        noise = random_pixels(target, originals, before, counts=counts, generator=generator)
        columns = {
            "target_before": before,
            "target_after": _labels(target, adversarial),
            "target_noise": noise.adversarial_labels,
        }
        table = pd.DataFrame({name: labels.cpu().numpy() for name, labels in columns.items()})
        table.insert(0, "image", rows["image"])
        return table.assign(seconds=(time.perf_counter() - started) / len(table))


@dataclass(frozen=True)
class Transfer:
    """Every network is source and target in turn.

    Attributes:
        models: at least two networks of one data set that take images of one size.
        lambda_, delta: of SparseFool.
        images: how many test images.
        batch: images attacked at once.
        pictures: what is attacked instead of the test images.

    Raises:
        ParameterError: fewer than two networks, one twice, networks of several data sets or input sizes, or a
            value out of its range.
    """

    models: tuple[str, ...]
    lambda_: float
    delta: float
    images: int
    batch: int
    pictures: Pictures | None = None
    name: str = "transfer"

    def __post_init__(self) -> None:
        if len(set(self.models)) < 2 or len(set(self.models)) < len(self.models):
            raise ParameterError(
                f"A transfer needs two different networks or more; it has {', '.join(self.models) or 'none'}."
            )
        kinds = {(spec.dataset, spec.input_size) for spec in map(find_spec, self.models)}
        if len(kinds) > 1:
            taken = ", ".join(f"{dataset} {height} × {width}" for dataset, (height, width) in sorted(kinds))
            raise ParameterError(f"All networks must take the same images; these take {taken}.")
        check_range("λ", LAMBDA_RANGE, self.lambda_)
        check_range("δ", DELTA_RANGE, self.delta)
        if self.images < 1 or self.batch < 1:
            raise ParameterError("A transfer needs at least 1 image, in batches of at least 1.")

    def parts(self) -> Sequence[Part]:
        """Return the attacks on each source, each followed by what every target makes of them."""
        return [
            part
            for source in self.models
            for part in (self._attack(source), *(self._tried(source, target) for target in self.models))
        ]

    def tasks(self) -> Sequence[Task]:
        """Return the blocks of each source and target, one pair after the other."""
        return part_after_part(self.parts())

    def stored(self, holds: Holds, /) -> "Transfer | None":
        """Return the transfer between the most networks of which all rows are there, if there are two."""
        sources = [model for model in self.models if holds(self._attack(model))]
        there = {pair for pair in product(sources, repeat=2) if holds(self._tried(*pair))}
        for count in range(len(sources), 1, -1):
            for models in combinations(sources, count):
                if there.issuperset(product(models, repeat=2)):
                    return replace(self, models=models)
        return None

    def table(self, read: Read, /) -> "pd.DataFrame":
        """Return one row for each image, source and target.

        The columns are those of the attack on the ``source``, and those of :class:`TransferRecord` for the
        ``target``.
        """
        import pandas as pd

        tables = []
        for source in self.models:
            attacked = read(self._attack(source))
            if not attacked.empty:
                attacked = with_setting(attacked, self._record(source).setting)
            for target in self.models:
                tried = read(self._tried(source, target))
                if not attacked.empty and not tried.empty:
                    labels = tried[["image", "target_before", "target_after", "target_noise"]]
                    rows = attacked.merge(labels, on="image")
                    rows.insert(0, "target", target)
                    rows.insert(0, "source", source)
                    tables.append(rows)
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    def describe(self) -> Mapping[str, Any]:
        """Return all attributes, by the names that they have on disk."""
        return stored_fields(self, ("models", "lambda_", "delta", "images", "batch"), self.pictures)

    def _attack(self, source: str) -> Part:
        return Part(self._record(source), self.images)

    def _tried(self, source: str, target: str) -> Part:
        return Part(TransferRecord(self._record(source), target), self.images)

    def _record(self, source: str) -> AttackRecord:
        setting = sparsefool_setting(self.lambda_, self.delta)
        return AttackRecord(source, setting, self.batch, pictures=self.pictures)


@torch.no_grad()
def _labels(classifier: Classifier, images: Float[Tensor, "n c h w"]) -> Int64[Tensor, " n"]:
    labels: Tensor = classifier(images).argmax(1)
    return labels


def _changed_in_each_channel(adversarial: Tensor, originals: Tensor) -> Int64[Tensor, "n c"]:
    """Return how many elements of each channel differ, as levels of 0 to 255."""
    one, other = ((255 * images).round() for images in (adversarial, originals))
    return (one != other).flatten(2).sum(2)
