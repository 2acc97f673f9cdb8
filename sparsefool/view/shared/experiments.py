"""Experiments on a page: running one, and its stored results: which to show, their origin, the files."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from sparsefool import paths
from sparsefool.backend.experiments import (
    ExperimentRequest,
    check_images,
    provenance_json,
    run_experiment,
    table_csv,
    table_parquet,
)
from sparsefool.errors import ModelError, StoreError
from sparsefool.experiments.experiment import Experiment
from sparsefool.experiments.runner import result_path
from sparsefool.store.tables import Table, read_table
from sparsefool.view.shared.downloads import offer_download
from sparsefool.view.shared.query_parameters import number_input
from sparsefool.view.shared.runs import Runs, session_runs

PARTS_ARE_KEPT = "Finished batches are kept: run again, and it goes on from there."
"""What to say of an experiment that was cut off."""

ExperimentRuns = Runs[ExperimentRequest, Table]


_SETTINGS = (
    ("lambda_", "λ"),
    ("lambdas", "λ"),
    ("delta", "δ"),
    ("deltas", "δ"),
    ("gradient_spread", "gradient spread"),
)

BUSY = 1.25
"""Load per core from which seconds say as much about other programs: one at work on each core is 1."""


@dataclass(frozen=True, eq=False)
class StoredResult:
    """A table of results, its file, and whether it comes with the project."""

    table: Table
    path: Path
    shipped: bool


def find_result(planned: Experiment | None = None, shipped: str = "") -> StoredResult | None:
    """Return the finished result of ``planned`` on this machine, or else the one that comes with the project.

    A file that is damaged is named on the page.

    Args:
        planned: an experiment; None where only a result that comes with the project will do.
        shipped: the name of the latter, as in ``"comparison-mnist"``; empty where only one's own will do.
    """
    candidates = [(paths.SHIPPED_RESULTS / f"{shipped}.parquet", True)] if shipped else []
    if planned is not None:
        with suppress(ModelError):  # a network that is not here yet has no result here either
            candidates.insert(0, (result_path(planned, paths.OWN_RESULTS), False))
    for path, comes_along in candidates:
        if path.is_file():
            try:
                return StoredResult(_read(str(path), path.stat().st_mtime_ns), path, comes_along)
            except StoreError as error:
                st.error(f"{error} Delete it, or measure it again.", title="A file of results is damaged")
    return None


@st.cache_resource(max_entries=12, show_spinner=False)
def _read(path: str, changed: int) -> Table:  # noqa: ARG001 - a file that has changed is another file
    return read_table(Path(path))


def show_origin(stored: StoredResult) -> None:
    """Say where a result comes from, when and on what it was measured, and whether to trust its seconds."""
    note = stored.table.provenance
    kind = "Stored result that comes with the project" if stored.shipped else "Result of this machine"
    first, last = str(note["first_date"])[:10], str(note["date"])[:10]
    described: Mapping[str, Any] = note["description"]
    told = [
        f"{kind}, measured {last if first == last else f'{first} to {last}'} on {', '.join(note['devices'])}",
        *_settings(described),
        f"{len(stored.table.rows):,} rows",
        f"{_duration(float(note['seconds']))} of computing",
        f"identity {note['identity']}",
    ]
    st.caption(" · ".join(told))
    if load_per_core(stored.table) > BUSY:
        st.caption(
            ":material/speed: Other programs were at work on this machine meanwhile (up to "
            f"{load_per_core(stored.table):g} for each core): the seconds are too long, and unequally so. "
            "Pixels, rates and passes do not depend on it."
        )


def load_per_core(table: Table) -> float:
    """Return the largest load of the machine while a table was measured; 0 where nobody knows."""
    return float(table.provenance.get("load_per_core") or 0.0)


def show_exports(stored: StoredResult) -> None:
    """Draw the downloads of a result and its provenance."""
    name, table = stored.path.stem, stored.table
    with st.container(horizontal=True, gap="small"):
        offer_download("Rows", lambda: table_csv(table), f"{name}.csv", "text/csv")
        parquet = f"{name}.parquet"
        offer_download(
            "Rows with provenance", lambda: table_parquet(table), parquet, "application/octet-stream"
        )
        offer_download("Provenance", lambda: provenance_json(table), f"{name}.json", "application/json")
    st.caption(
        "changed_at counts values in the order channel, row, column; changed_to are their new levels of 0 to "
        "255: with the test image they make the adversarial image."
    )
    with st.expander("Provenance: weights, parameters, versions", icon=":material/fingerprint:"):
        st.json(dict(table.provenance), expanded=1)


def _settings(described: Mapping[str, Any]) -> list[str]:
    told = [f"n = {described['images']:,} images"] if "images" in described else []
    for name, title in _SETTINGS:
        if name in described:
            told.append(f"{title} = {_numbers(described[name])}")
    return told


def _numbers(value: Any) -> str:
    values = value if isinstance(value, list | tuple) else [value]
    return ", ".join(f"{each:g}" for each in values)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def experiment_runs(key: str) -> ExperimentRuns:
    """Return the experiments of one page in this session."""
    runs = session_runs(key, run_experiment)
    runs.collect()
    return runs


def choose_count(default: int, key: str) -> int:
    """Draw the choice of how many images."""
    count: int = number_input("Images", 1, 100_000, default, key)
    return count


def check_request(experiment: Experiment, images: int) -> None:
    """Check that there are enough images for every network.

    Raises:
        DataError: there are not.
    """
    for model in experiment.models[:1]:
        check_images(model, images)
