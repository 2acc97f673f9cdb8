"""Reading the stored tables of findings, and what their columns share."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparsefool import paths
from sparsefool.analysis.statistics import Estimate
from sparsefool.store.tables import Table, read_table

if TYPE_CHECKING:
    import pandas as pd


def read_findings(kind: str, dataset: str, folder: Path | None = None) -> "pd.DataFrame":
    """Return a stored table of findings; it is not to be changed.

    Args:
        kind: of findings, the first part of the file's name.
        dataset: its name.
        folder: of the tables; :data:`sparsefool.paths.FINDINGS` where not given.

    Raises:
        StoreError: there is none, or the file is damaged.
    """
    path = (folder or paths.FINDINGS) / f"{kind}-{dataset}.parquet"
    return _read(path, path.stat().st_mtime_ns if path.is_file() else 0).rows


def estimate_columns(name: str, estimate: Estimate) -> dict[str, float]:
    """Return the three columns of an estimate: its value, and the ends of its interval."""
    low, high = estimate.interval
    return {name: estimate.value, f"{name}_low": low, f"{name}_high": high}


def estimate_from(row: Mapping[str, Any], name: str) -> Estimate:
    """Return the estimate in the columns of :func:`estimate_columns`."""
    return Estimate(row[name], (row[f"{name}_low"], row[f"{name}_high"]))


@lru_cache(maxsize=16)
def _read(path: Path, _changed: int) -> Table:
    return read_table(path)
