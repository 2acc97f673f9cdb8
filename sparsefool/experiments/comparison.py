"""Attacks side by side on the same images (the paper's Tables 1 and 2, Section 2.2, Section 4.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sparsefool.errors import ParameterError
from sparsefool.experiments.experiment import Holds, Read, part_after_part
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_rows import with_setting
from sparsefool.experiments.records.attack_settings import find_attack
from sparsefool.experiments.records.record import Part, Task

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class AttackRun:
    """An attack on the first so many test images of a network."""

    record: AttackRecord
    images: int

    @property
    def model(self) -> str:
        """The network."""
        return self.record.model

    @property
    def name(self) -> str:
        """What the attack with its parameters is called."""
        return self.record.setting.name

    @property
    def part(self) -> Part:
        """The rows."""
        return Part(self.record, self.images)


@dataclass(frozen=True)
class Comparison:
    """Several attacks on several networks.

    Attributes:
        attack_runs: in the order in which they are run. What an attack is sized by (random noise by
            SparseFool, Section 4.2) has to come before it, on the same network.

    Raises:
        ParameterError: nothing is compared, two runs have the same network and name, or an attack comes
            before the one that it is sized by.
    """

    attack_runs: tuple[AttackRun, ...]
    name: str = "comparison"

    def __post_init__(self) -> None:
        seen: list[AttackRun] = []
        if not self.attack_runs:
            raise ParameterError("A comparison needs at least one network and one attack.")
        for run in self.attack_runs:
            if run.images < 1 or run.record.batch < 1:
                raise ParameterError("A comparison needs at least 1 image, in batches of at least 1.")
            if any((run.model, run.name) == (other.model, other.name) for other in seen):
                raise ParameterError(f"{run.name} is there twice for {run.model}.")
            _check_size(run, seen)
            seen.append(run)

    @property
    def models(self) -> Sequence[str]:
        """The networks, each once."""
        return tuple(dict.fromkeys(run.model for run in self.attack_runs))

    @property
    def images(self) -> int:
        """How many test images a run attacks, at most."""
        return max(run.images for run in self.attack_runs)

    def parts(self) -> Sequence[Part]:
        """Return the rows of each run."""
        return [run.part for run in self.attack_runs]

    def tasks(self) -> Sequence[Task]:
        """Return the blocks of each run, one run after the other."""
        return part_after_part(self.parts())

    def stored(self, holds: Holds, /) -> "Comparison | None":
        """Return the comparison of those runs whose rows are all there, if any."""
        runs = [run for run in self.attack_runs if holds(run.part)]
        there = _parts(runs)
        runs = [run for run in runs if run.record.sized_by is None or run.record.sized_by in there]
        return replace(self, attack_runs=tuple(runs)) if runs else None

    def table(self, read: Read, /) -> "pd.DataFrame":
        """Return the rows of all runs, with the columns ``model``, ``attack``, ``lambda_`` and ``delta``."""
        import pandas as pd

        tables = []
        for run in self.attack_runs:
            rows = read(run.part)
            if not rows.empty:
                rows = with_setting(rows, run.record.setting)
                rows.insert(0, "attack", run.name)
                rows.insert(0, "model", run.model)
                tables.append(rows)
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    def describe(self) -> Mapping[str, Any]:
        """Return the runs, with the parameters that were given."""
        return {
            "runs": [
                {
                    "model": run.model,
                    "attack": run.record.setting.attack,
                    "name": run.name,
                    "parameters": dict(run.record.setting.parameters),
                    "images": run.images,
                    "batch": run.record.batch,
                    **({"pictures": dict(pictures.describe())} if (pictures := run.record.pictures) else {}),
                }
                for run in self.attack_runs
            ]
        }


def _check_size(run: AttackRun, seen: Sequence[AttackRun]) -> None:
    """Raise an error unless what an attack is sized by was run before it."""
    sized_by = find_attack(run.record.setting.attack).sized_by
    if sized_by is not None and (run.record.sized_by is None or run.record.sized_by not in _parts(seen)):
        other, title = find_attack(sized_by).title, find_attack(run.record.setting.attack).title
        raise ParameterError(
            f"{title} takes its size from {other}: compare it with {other} on the same network, {run.model}."
        )


def _parts(runs: Sequence[AttackRun]) -> Sequence[Part]:
    return [run.part for run in runs]
