"""Stored results on a page: which one to show, where it comes from, and taking it away."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from sparsefool.backend.experiment_runs import OWN_RESULTS
from sparsefool.errors import ModelError, StoreError
from sparsefool.experiments.experiment import Experiment
from sparsefool.experiments.running import result_path
from sparsefool.store.tables import SHIPPED_RESULTS, Table, read_table

FORMATS = ("PNG", "SVG")

LISTS = ["changed_at", "changed_to"]


@dataclass(frozen=True, eq=False)
class Stored:
    """A table of results, its file, and whether it comes with the project."""

    table: Table
    path: Path
    shipped: bool


def chart_config(name: str) -> dict[str, Any]:
    """Return plotly's options: the camera above a chart saves it in the format that was chosen."""
    kind = str(st.session_state.get("chart_format", FORMATS[0])).lower()
    saved = {"format": kind, "filename": name, "scale": 2 if kind == "png" else 1}
    unused = ["select2d", "lasso2d"]
    return {"displaylogo": False, "toImageButtonOptions": saved, "modeBarButtonsToRemove": unused}


def find_result(planned: Experiment | None, shipped: str) -> Stored | None:
    """Return the finished result of ``planned`` on this machine, or else the one that comes with the project.

    A file that is damaged is named on the page.
    """
    paths = [(SHIPPED_RESULTS / f"{shipped}.parquet", True)]
    if planned is not None:
        with suppress(ModelError):  # a network that is not here yet has no result here either
            paths.insert(0, (result_path(planned, OWN_RESULTS), False))
    for path, comes_along in paths:
        if path.is_file():
            try:
                return Stored(_read(str(path), path.stat().st_mtime_ns), path, comes_along)
            except StoreError as error:
                st.error(f"{error} Delete it, or measure it again.", title="A file of results is damaged")
    return None


@st.cache_resource(max_entries=12, show_spinner=False)
def _read(path: str, changed: int) -> Table:  # noqa: ARG001 - a file that has changed is another file
    return read_table(Path(path))


def show_origin(stored: Stored) -> None:
    """Say in one line where a result comes from: when, on what, how many images."""
    note = stored.table.provenance
    kind = "Stored result that comes with the project" if stored.shipped else "Result of this machine"
    described: Mapping[str, Any] = note["description"]
    settings = " · ".join(
        f"{title} = {_number(described[name])}"
        for name, title in (("lambda_", "λ"), ("delta", "δ"), ("lambdas", "λ"), ("deltas", "δ"))
        if name in described
    )
    st.caption(
        f"{kind} · {note['date'][:10]} · n = {described['images']:,} images · {settings} · "
        f"{', '.join(note['devices'])} · identity {note['identity']}"
    )


def show_exports(stored: Stored) -> None:
    """Draw the downloads of a result and its provenance."""
    name = stored.path.stem
    with st.container(horizontal=True, gap="small"):
        _download("Rows (.csv)", lambda: _csv(stored.table), f"{name}.csv", "text/csv")
        _download(
            "Rows and changed values (.parquet)",
            stored.path.read_bytes,
            f"{name}.parquet",
            "application/octet-stream",
        )
        note = json.dumps(dict(stored.table.provenance), indent=2, ensure_ascii=False)
        _download("Provenance (.json)", note.encode, f"{name}.json", "application/json")
    st.segmented_control(
        "The camera above a chart saves it as",
        FORMATS,
        default=FORMATS[0],
        required=True,
        key="chart_format",
    )


def _download(label: str, data: Any, file_name: str, mime: str) -> None:
    st.download_button(
        label, data, file_name, mime, icon=":material/download:", on_click="ignore", key=f"get_{file_name}"
    )


def _csv(table: Table) -> bytes:
    kept = table.rows.drop(columns=[name for name in LISTS if name in table.rows])
    return bytes(kept.to_csv(index=False).encode())


def _number(value: Any) -> str:
    values = value if isinstance(value, list | tuple) else [value]
    return ", ".join(f"{each:g}" for each in values)
