"""Findings as tables, one row each, and their files: one for each kind of finding and data set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_type_hints

from sparsefool import paths
from sparsefool.analysis.statistics import Estimate
from sparsefool.store.tables import shared_table

if TYPE_CHECKING:
    import pandas as pd

Finding = TypeVar("Finding")

INLINE: Mapping[str, bool] = {"inline": True}
"""Metadata of an attribute that is a measure whose columns have the names of its own attributes."""


@dataclass(frozen=True)
class FindingTable(Generic[Finding]):
    """The tables of one kind of finding, a frozen dataclass.

    An attribute is a column of its name, and an :class:`~sparsefool.analysis.statistics.Estimate` three:
    ``gain``, ``gain_low`` and ``gain_high``. Those of an attribute that is a dataclass itself begin with its
    name, unless it is :data:`INLINE`.

    Attributes:
        kind: the first part of the files' names.
        row: the class of a finding.
    """

    kind: str
    row: type[Finding]

    def table(self, findings: Sequence[Finding]) -> "pd.DataFrame":
        """Return findings as a table."""
        import pandas as pd

        return pd.DataFrame([_columns(each) for each in findings])

    def findings(self, table: "pd.DataFrame") -> tuple[Finding, ...]:
        """Return the findings in a table; other columns do not matter."""
        return tuple(_from_columns(self.row, row) for row in table.to_dict("records"))

    def read(self, dataset: str, folder: Path | None = None) -> tuple[Finding, ...]:
        """Return the stored findings of a data set: no attack and no test is run.

        Args:
            dataset: its name.
            folder: of the tables; :data:`sparsefool.paths.FINDINGS` where not given.

        Raises:
            StoreError: there are none, or the file is damaged.
        """
        return self.findings(read_findings(self.kind, dataset, folder))


def findings_path(kind: str, dataset: str, folder: Path | None = None) -> Path:
    """Return the file of a kind of findings; ``folder`` is as for :meth:`FindingTable.read`."""
    return (folder or paths.FINDINGS) / f"{kind}-{dataset}.parquet"


def read_findings(kind: str, dataset: str, folder: Path | None = None) -> "pd.DataFrame":
    """Return a stored table of findings; it is not to be changed.

    Args:
        kind: of findings, the first part of the file's name.
        dataset, folder: as for :meth:`FindingTable.read`.

    Raises:
        StoreError: there is none, or the file is damaged.
    """
    return shared_table(findings_path(kind, dataset, folder)).rows


def estimate_columns(name: str, estimate: Estimate) -> dict[str, float]:
    """Return the three columns of an estimate: its value, and the ends of its interval."""
    low, high = estimate.interval
    return {name: estimate.value, f"{name}_low": low, f"{name}_high": high}


def _columns(finding: Any, prefix: str = "") -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for field in fields(finding):
        name, value = f"{prefix}{field.name}", getattr(finding, field.name)
        if isinstance(value, Estimate):
            columns |= estimate_columns(name, value)
        elif is_dataclass(value):
            columns |= _columns(value, prefix if field.metadata == INLINE else f"{name}_")
        else:
            columns[name] = value
    return columns


def _from_columns(cls: Any, row: Mapping[str, Any], prefix: str = "") -> Any:
    values: dict[str, Any] = {}
    for field in fields(cls):
        name, of = f"{prefix}{field.name}", _types(cls)[field.name]
        if of is Estimate:
            values[field.name] = Estimate(row[name], (row[f"{name}_low"], row[f"{name}_high"]))
        elif isinstance(of, type) and is_dataclass(of):
            inner = prefix if field.metadata == INLINE else f"{name}_"
            values[field.name] = _from_columns(of, row, inner)
        else:
            values[field.name] = row[name]
    return cls(**values)


@lru_cache(maxsize=16)
def _types(cls: type) -> Mapping[str, Any]:
    return get_type_hints(cls)
