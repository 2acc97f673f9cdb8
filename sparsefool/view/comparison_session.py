"""The comparison that a session asked for, and which table the page shows."""

import streamlit as st

from sparsefool.backend.comparison_requests import ComparisonRequest
from sparsefool.backend.comparison_runs import run_comparison
from sparsefool.store.tables import Table
from sparsefool.view.address import AddressCheck
from sparsefool.view.choices import choose_one
from sparsefool.view.model_choice import DATASET_TITLES
from sparsefool.view.results import Stored, find_result
from sparsefool.view.runs import Runs, session_runs

STORED, OWN = "Stored run", "Your run"
_SHOWN = "shown"

ComparisonRuns = Runs[ComparisonRequest, Table]


def comparison_runs() -> ComparisonRuns:
    """Return the comparisons of this session."""
    runs = session_runs("comparison_runs", run_comparison)
    runs.collect()
    return runs


def offer_run(request: ComparisonRequest | None, runs: ComparisonRuns) -> None:
    """Draw the button that runs a request."""
    st.button(
        "Run the comparison",
        type="primary",
        icon=":material/play_arrow:",
        key="run",
        disabled=request is None or (runs.running and runs.wanted == request),
        on_click=_start,
        args=(request, runs),
        width="stretch",
    )


def choose_source(check: AddressCheck) -> str:
    """Draw the choice between the run that comes with the project and one's own."""
    return choose_one("Shown", (STORED, OWN), _SHOWN, check, label_visibility="collapsed")


def find_comparison(source: str, dataset: str, request: ComparisonRequest | None) -> Stored | None:
    """Return the comparison to show, or None where there is none; a damaged file is named on the page."""
    if source == STORED:
        return find_result(shipped=f"comparison-{dataset}")
    return find_result(request.comparison()) if request else None


def show_no_result(source: str, dataset: str) -> None:
    """Say why there is no table, and what to do."""
    title = DATASET_TITLES[dataset]
    if source == STORED:
        st.info(
            f"No comparison on {title} comes with the project yet. "
            f"`python -m sparsefool experiment comparison {dataset} --ship` makes one, with the networks "
            "that are here; a small one can be run from the sidebar.",
            title="No stored run",
        )
    else:
        st.info(
            "This choice of networks, attacks and images has not been run to its end on this machine. Run it "
            f"from the sidebar, or look at the {STORED.lower()}.",
            title="Not run yet",
        )


def shipped_tables() -> dict[str, Table]:
    """Return the tables that come with the project by data set; a damaged file is named on the page."""
    found = {dataset: find_result(shipped=f"comparison-{dataset}") for dataset in DATASET_TITLES}
    return {dataset: stored.table for dataset, stored in found.items() if stored}


def _start(request: ComparisonRequest, runs: ComparisonRuns) -> None:
    runs.start(request)
    st.session_state[_SHOWN] = OWN
