"""How far rounding moves a result: the same images attacked one by one and in batches.

Sums in another order differ in their last bits, and an attack decides by comparing nearly equal numbers: the
order of the coordinates, the nearest class, whether the label has changed. So the images beside which one is
attacked can decide which pixels change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sparsefool.errors import ParameterError
from sparsefool.experiments.experiment import Holds, Read, part_after_part, stored_fields
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_settings import AttackSetting
from sparsefool.experiments.records.record import Part, Task

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Rounding:
    """Attacks on the same images of several networks, in batches and one by one.

    Attributes:
        models: the networks.
        settings: the attacks.
        images: how many test images are attacked.
        batch: images of the batches.

    Raises:
        ParameterError: something is missing, or the batches have one image too.
    """

    models: tuple[str, ...]
    settings: tuple[AttackSetting, ...]
    images: int
    batch: int
    name: str = "rounding"

    def __post_init__(self) -> None:
        if not self.models or not self.settings or self.images < 1:
            raise ParameterError("At least one network, one attack and one image are needed.")
        if self.batch < 2:
            raise ParameterError(f"Batches of at least 2 images are needed; they have {self.batch}.")

    def parts(self) -> Sequence[Part]:
        """Return each attack on each network twice: in batches, and one by one."""
        return [
            part for model in self.models for setting in self.settings for part in self._pair(model, setting)
        ]

    def tasks(self) -> Sequence[Task]:
        """Return the blocks of each attack, one attack after the other."""
        return part_after_part(self.parts())

    def stored(self, holds: Holds, /) -> "Rounding | None":
        """Return the same on those networks of which all rows are there, if any."""
        models = tuple(
            model
            for model in self.models
            if all(holds(part) for setting in self.settings for part in self._pair(model, setting))
        )
        return replace(self, models=models) if models else None

    def table(self, read: Read, /) -> "pd.DataFrame":
        """Return for each network, attack and image whether both give the same 8-bit image, and its pixels.

        The columns are ``model``, ``attack``, ``image``, ``same``, ``pixels`` (in batches) and
        ``pixels_alone`` (one by one).
        """
        import pandas as pd

        tables = []
        for model in self.models:
            for setting in self.settings:
                together, alone = map(read, self._pair(model, setting))
                if not together.empty and not alone.empty:
                    both = together.merge(alone, on="image", suffixes=("", "_alone"))
                    same = [_are_same(row) for _, row in both.iterrows()]
                    rows = both[["image"]].assign(
                        same=same, pixels=both["pixels_8bit"], pixels_alone=both["pixels_8bit_alone"]
                    )
                    rows.insert(0, "attack", setting.name)
                    rows.insert(0, "model", model)
                    tables.append(rows)
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    def describe(self) -> Mapping[str, Any]:
        """Return all attributes, by the names that they have on disk."""
        attacks = [{"attack": each.attack, "parameters": dict(each.parameters)} for each in self.settings]
        return {**stored_fields(self, ("models", "images", "batch")), "attacks": attacks}

    def _pair(self, model: str, setting: AttackSetting) -> tuple[Part, Part]:
        together = AttackRecord(model, setting, self.batch)
        return Part(together, self.images), Part(replace(together, batch=1), self.images)


def _are_same(row: "pd.Series[Any]") -> bool:
    """Return whether both results of a row change the same values to the same levels."""
    pairs = ((row[name], row[f"{name}_alone"]) for name in ("changed_at", "changed_to"))
    return all(np.array_equal(*pair) for pair in pairs)
