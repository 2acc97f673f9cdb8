"""Experiments on a page: running one, finding its stored result, its origin and its downloads."""

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

BATCHES_ARE_KEPT = "Finished batches are kept: run again to continue from there."
"""What the page says about an experiment that was interrupted."""

ExperimentRuns = Runs[ExperimentRequest, Table]


_SETTINGS = (
    ("lambda_", "λ"),
    ("lambdas", "λ"),
    ("delta", "δ"),
    ("deltas", "δ"),
    ("gradient_spread", "gradient spread"),
)

BUSY = 1.25
"""Load per core above which timings also reflect other programs; one busy program on each core is 1."""


@dataclass(frozen=True, eq=False)
class StoredResult:
    """A table of results, its file, and whether it comes with the project."""

    table: Table
    path: Path
    shipped: bool


def find_result(planned: Experiment | None = None, shipped: str = "") -> StoredResult | None:
    """Return the finished result of ``planned`` on this machine, or else the one that comes with the project.

    A damaged file is reported on the page.

    Args:
        planned: an experiment; None to look only at what comes with the project.
        shipped: the name of a result that comes with the project, as in ``"comparison-mnist"``; empty to look
            only at what was measured on this machine.
    """
    candidates = [(paths.SHIPPED_RESULTS / f"{shipped}.parquet", True)] if shipped else []
    if planned is not None:
        with suppress(ModelError):  # a network that is not here yet has no result here either
            candidates.insert(0, (result_path(planned, paths.OWN_RESULTS), False))
    for path, is_shipped in candidates:
        if path.is_file():
            try:
                return StoredResult(_read(str(path), path.stat().st_mtime_ns), path, is_shipped)
            except StoreError as error:
                st.error(f"{error} Delete it, or measure it again.", title="A result file is damaged")
    return None


@st.cache_resource(max_entries=12, show_spinner=False)
def _read(path: str, changed: int) -> Table:  # noqa: ARG001 - part of the cache key
    return read_table(Path(path))


def show_origin(stored: StoredResult) -> None:
    """Draw where a result comes from, when and on what it was measured, and doubts about its timings."""
    note = stored.table.provenance
    kind = "Stored result that comes with the project" if stored.shipped else "Result from this machine"
    first, last = str(note["first_date"])[:10], str(note["date"])[:10]
    description: Mapping[str, Any] = note["description"]
    facts = [
        f"{kind}, measured {last if first == last else f'{first} to {last}'} on {', '.join(note['devices'])}",
        *_settings(description),
        f"{len(stored.table.rows):,} rows",
        f"{_duration(float(note['seconds']))} of computing time",
        f"identity {note['identity']}",
    ]
    st.caption(" · ".join(facts))
    if load_per_core(stored.table) > BUSY:
        st.caption(
            ":material/speed: Other programs were running on this machine at the time (up to "
            f"{load_per_core(stored.table):g} per core): the timings are too long, and not all by the same "
            "factor. Pixels, rates and passes are not affected."
        )


def load_per_core(table: Table) -> float:
    """Return the largest load per core while a table was measured; 0 if it was not recorded."""
    return float(table.provenance.get("load_per_core") or 0.0)


def show_exports(stored: StoredResult) -> None:
    """Draw the downloads of a result, and its provenance."""
    name, table = stored.path.stem, stored.table
    with st.container(horizontal=True, gap="small"):
        offer_download("Rows", lambda: table_csv(table), f"{name}.csv", "text/csv")
        parquet = f"{name}.parquet"
        offer_download(
            "Rows with provenance", lambda: table_parquet(table), parquet, "application/octet-stream"
        )
        offer_download("Provenance", lambda: provenance_json(table), f"{name}.json", "application/json")
    st.caption(
        "changed_at holds the positions of the changed values, counted in the order channel, row, column; "
        "changed_to their new levels, 0 to 255. With the test image they give the adversarial image."
    )
    with st.expander("Provenance: weights, parameters, versions", icon=":material/fingerprint:"):
        st.json(dict(table.provenance), expanded=1)


def _settings(description: Mapping[str, Any]) -> list[str]:
    texts = [f"n = {description['images']:,} images"] if "images" in description else []
    texts += [f"{title} = {_numbers(description[name])}" for name, title in _SETTINGS if name in description]
    return texts


def _numbers(value: Any) -> str:
    values = value if isinstance(value, list | tuple) else [value]
    return ", ".join(f"{each:g}" for each in values)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def experiment_runs(key: str) -> ExperimentRuns:
    """Return the runs of a page's experiments in this session."""
    runs = session_runs(key, run_experiment)
    runs.collect()
    return runs


def choose_count(default: int, key: str) -> int:
    """Draw the choice of the number of images."""
    count: int = number_input("Images", 1, 100_000, default, key)
    return count


def check_request(experiment: Experiment, images: int) -> None:
    """Check that there are enough test images.

    Raises:
        DataError: there are not.
    """
    for model in experiment.models[:1]:
        check_images(model, images)
