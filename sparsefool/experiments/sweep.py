"""SparseFool over λ and δ: what λ buys (Figure 4), what δ costs (Figure 6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sparsefool.attacks.core.checks import DELTA_RANGE, LAMBDA_RANGE, check_range
from sparsefool.data.photographs import Pictures
from sparsefool.errors import ParameterError
from sparsefool.experiments.experiment import Holds, Read, block_after_block, stored_fields
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_rows import with_setting
from sparsefool.experiments.records.attack_settings import sparsefool_setting
from sparsefool.experiments.records.record import Part, Task

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Sweep:
    """Every λ with every δ, on the same images of one or several networks.

    Attributes:
        models: the networks.
        lambdas: λ, each at least 1.
        deltas: δ, each from 0 to 255.
        images: how many test images are attacked.
        batch: images attacked at once.
        pictures: what is attacked instead of the test images.

    Raises:
        ParameterError: something is missing, twice there or out of its range.
    """

    models: tuple[str, ...]
    lambdas: tuple[float, ...]
    deltas: tuple[float, ...]
    images: int
    batch: int
    pictures: Pictures | None = None
    name: str = "sweep"

    def __post_init__(self) -> None:
        for title, values in (("network", self.models), ("λ", self.lambdas), ("δ", self.deltas)):
            if not values or len(set(values)) < len(values):
                raise ParameterError(f"A sweep needs at least one {title}, and none twice; it has {values}.")
        check_range("λ", LAMBDA_RANGE, *self.lambdas)
        check_range("δ", DELTA_RANGE, *self.deltas)
        if self.images < 1 or self.batch < 1:
            raise ParameterError("A sweep needs at least 1 image, in batches of at least 1.")

    @property
    def grid(self) -> Sequence[tuple[float, float]]:
        """All pairs of λ and δ."""
        return [(lambda_, delta) for lambda_ in self.lambdas for delta in self.deltas]

    def parts(self) -> Sequence[Part]:
        """Return the attacks on each network with each λ and δ."""
        return [self._part(model, *pair) for model in self.models for pair in self.grid]

    def tasks(self) -> Sequence[Task]:
        """Return the blocks of all networks, λ and δ, those of the first images first."""
        return block_after_block(self.parts())

    def stored(self, holds: Holds, /) -> "Sweep | None":
        """Return the same on those networks of which all rows are there, if any."""
        models = tuple(
            model for model in self.models if all(holds(self._part(model, *pair)) for pair in self.grid)
        )
        return replace(self, models=models) if models else None

    def table(self, read: Read, /) -> "pd.DataFrame":
        """Return the rows of all attacks, with the columns ``model``, ``lambda_`` and ``delta``."""
        import pandas as pd

        tables = []
        for model in self.models:
            for lambda_, delta in self.grid:
                rows = read(self._part(model, lambda_, delta))
                if not rows.empty:
                    rows = with_setting(rows, sparsefool_setting(lambda_, delta))
                    rows.insert(0, "model", model)
                    tables.append(rows)
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    def describe(self) -> Mapping[str, Any]:
        """Return all attributes, by the names that they have on disk."""
        return stored_fields(self, ("models", "lambdas", "deltas", "images", "batch"), self.pictures)

    def _part(self, model: str, lambda_: float, delta: float) -> Part:
        setting = sparsefool_setting(lambda_, delta)
        return Part(AttackRecord(model, setting, self.batch, pictures=self.pictures), self.images)
