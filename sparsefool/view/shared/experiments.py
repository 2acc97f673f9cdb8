"""Experiments on a page: running one, finding its stored result, its origin and its downloads."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from sparsefool.backend.experiments import ExperimentRequest, run_experiment
from sparsefool.backend.exports.rows import columns_csv, provenance_json, table_csv, table_parquet
from sparsefool.errors import StoreError
from sparsefool.experiments.experiment import Experiment
from sparsefool.experiments.records.record import pictures_of
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.regions import Regions
from sparsefool.experiments.runner import is_shipped, read_experiment
from sparsefool.experiments.sweep import Sweep
from sparsefool.experiments.transfer import Transfer
from sparsefool.formats import duration
from sparsefool.store.shards import UNSAVED
from sparsefool.store.tables import Table
from sparsefool.view.shared.downloads import offer_download
from sparsefool.view.shared.runs import Runs, session_runs
from sparsefool.view.shared.widgets import number_input
from sparsefool.view.shared.wording import day, device_words
from sparsefool.zoo.specs import find_spec

BATCHES_ARE_KEPT = "Finished batches are kept: run again to continue from there."
"""What the page says about an experiment that was interrupted."""

ExperimentRuns = Runs[ExperimentRequest, Table]


_SETTINGS = (
    ("lambda_", "λ"),
    ("lambdas", "λ"),
    ("delta", "δ"),
    ("deltas", "δ"),
)

DAMAGED = "A result file is damaged"

MISSING_SHOWN = 4
"""How many of the parts that are missing are named."""

BUSY = 1.25
"""Load per core above which timings also reflect other programs; one busy program on each core is 1."""


@dataclass(frozen=True, eq=False)
class StoredResult:
    """The table of an experiment whose rows are all stored.

    Attributes:
        experiment: what was measured.
        table: its rows, with their provenance.
        shipped: whether all of them come with the project.
    """

    experiment: Experiment
    table: Table
    shipped: bool

    @property
    def name(self) -> str:
        """A file name for it, without an ending."""
        return f"{self.experiment.name}-{self.table.provenance['identity']}"


def find_result(*experiments: Experiment | None) -> StoredResult | None:
    """Return what is stored of the first of some experiments of which anything is; None where nothing is.

    A damaged file is reported on the page.
    """
    store = RecordStore()
    for experiment in experiments:
        try:
            stored = experiment.stored(store.holds) if experiment is not None else None
            table = read_experiment(stored, store) if stored is not None else None
        except StoreError as error:
            st.error(str(error), title=DAMAGED)
            continue
        if stored is not None and table is not None:
            return StoredResult(stored, table, is_shipped(stored, store))
    return None


def find_on_most_images(experiment: Transfer | Regions | Sweep) -> StoredResult | None:
    """Return what is stored of an experiment on as many of its first images as there are rows of."""
    store = RecordStore()

    def is_missing(blocks: int) -> bool:
        count = min(blocks * experiment.batch, experiment.images)
        return replace(experiment, images=count).stored(store.holds) is None

    blocks = -(-experiment.images // experiment.batch)
    try:
        there = bisect_left(range(1, blocks + 1), True, key=is_missing)
    except StoreError as error:
        st.error(str(error), title=DAMAGED)
        return None
    count = min(there * experiment.batch, experiment.images)
    return find_result(replace(experiment, images=count)) if there else None


def show_difference(stored: StoredResult, planned: Experiment | None) -> None:
    """Draw that what is shown is not, or not all of, what was chosen, if so."""
    if planned is None or stored.experiment == planned:
        return
    shown = {part.record for part in stored.experiment.parts()}
    missing = [part for part in planned.parts() if part.record not in shown]
    if len(missing) == len(planned.parts()):
        st.warning(
            "Nothing of your choice has been measured yet. Shown is the stored result described below; run "
            "yours to replace it.",
            title="Not your choice",
        )
    elif missing:
        records = [part.record for part in missing]
        titles = [each.title.replace(each.model, find_spec(each.model).title) for each in records]
        titles = list(dict.fromkeys(titles))
        more = f" and {len(titles) - MISSING_SHOWN} more" if len(titles) > MISSING_SHOWN else ""
        how = "The command" if any(pictures_of(part.record) for part in missing) else "A run"
        st.caption(
            f":material/pending: Chosen but not measured yet, so not shown: "
            f"{', '.join(titles[:MISSING_SHOWN])}{more}. {how} adds what is missing."
        )
    else:
        st.caption(f":material/pending: Shown are the {stored.experiment.images:,} that are measured so far.")


def show_origin(stored: StoredResult) -> None:
    """Draw where a result comes from, when and on what it was measured, and doubts about its timings."""
    note = stored.table.provenance
    kind = "Stored result that comes with the project" if stored.shipped else "Result from this machine"
    first, last = (day(str(note[name])) for name in ("first_date", "date"))
    when = f"on {last}" if first == last else f"from {first} to {last}"
    description: Mapping[str, Any] = note["description"]
    facts = [
        f"{kind}, measured {when} on {', '.join(map(device_words, note['devices']))}",
        *_settings(description),
        f"{len(stored.table.rows):,} rows",
        f"{duration(float(note['seconds']))} of computing time",
    ]
    st.caption(" · ".join(facts))
    if UNSAVED in note:
        st.warning(
            "It stays until the server ends, and is saved with the next experiment if there is room by then. "
            f"Download it to be sure. {note[UNSAVED]}",
            title="This result could not be saved",
        )
    show_load(stored)


def show_load(stored: StoredResult) -> None:
    """Draw a doubt about the timings of a result if other programs ran meanwhile."""
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
    name, table = stored.name, stored.table
    with st.container(horizontal=True, gap="small"):
        offer_download("Rows", lambda: table_csv(table), f"{name}.csv", "text/csv")
        parquet = f"{name}.parquet"
        offer_download(
            "Rows with provenance", lambda: table_parquet(table), parquet, "application/octet-stream"
        )
        offer_download("Columns", lambda: columns_csv(table), f"{name}-columns.csv", "text/csv")
        offer_download("Provenance", lambda: provenance_json(table), f"{name}.json", "application/json")
    st.caption(
        "Columns says what each column holds, and in which unit. changed_at and changed_to, with the test "
        "image, give the adversarial image."
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


def experiment_runs(key: str) -> ExperimentRuns:
    """Return the runs of a page's experiments in this session."""
    runs = session_runs(key, run_experiment, alone=True, experiment=True)
    runs.collect()
    return runs


def choose_count(default: int, key: str) -> int:
    """Draw the choice of the number of images."""
    count: int = number_input("Images", 1, 100_000, default, key)
    return count
