"""The result of a comparison: which table is shown, a new run, and how to repeat it."""

from typing import TYPE_CHECKING

import streamlit as st

from sparsefool.backend.experiments import ExperimentRequest
from sparsefool.data.specs import DATASETS
from sparsefool.store.tables import Table
from sparsefool.view.comparison.charts import summary_figure
from sparsefool.view.comparison.table import show_summary_table
from sparsefool.view.shared.charts import chart_config, choose_chart_format
from sparsefool.view.shared.controls.network import dataset_title
from sparsefool.view.shared.experiments import (
    ExperimentRuns,
    StoredResult,
    find_result,
    show_exports,
    show_origin,
)
from sparsefool.view.shared.query_parameters import choose_one
from sparsefool.view.shared.status import run_button
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

STORED, OWN = "Stored run", "Your run"
_SHOWN = "shown"


def offer_run(request: ExperimentRequest | None, runs: ExperimentRuns) -> None:
    """Draw the button that runs a request and then shows its table."""
    own = find_result(request.experiment) if request else None
    run_button(
        "Run the comparison",
        runs,
        request,
        done=own is not None and st.session_state.get(_SHOWN) == OWN,
        then=lambda: st.session_state.update({_SHOWN: OWN}),
    )


def choose_source() -> str:
    """Draw the choice between the run that comes with the project and the user's own."""
    return choose_one("Shown", (STORED, OWN), _SHOWN, label_visibility="collapsed")


def find_comparison(source: str, dataset: str, request: ExperimentRequest | None) -> StoredResult | None:
    """Return the comparison to show, or None where there is none; a damaged file is reported on the page."""
    if source == STORED:
        return find_result(shipped=f"comparison-{dataset}")
    return find_result(request.experiment) if request else None


def show_no_result(source: str, dataset: str) -> None:
    """Draw why there is no table, and what to do."""
    if source == STORED:
        st.info(
            f"No comparison on {dataset_title(dataset)} comes with the project yet. "
            f"`python -m sparsefool experiment comparison {dataset} --ship` makes one with the networks on "
            "this machine; a small one can be run from the sidebar.",
            title="No stored run",
        )
    else:
        st.info(
            "This choice of networks, attacks and images has not been completed on this machine. Run it from "
            f"the sidebar, or look at the {STORED.lower()}.",
            title="Not run yet",
        )


def shipped_tables() -> dict[str, Table]:
    """Return the tables that come with the project, by data set; a damaged file is reported on the page."""
    results = {spec.name: find_result(shipped=f"comparison-{spec.name}") for spec in DATASETS}
    return {dataset: stored.table for dataset, stored in results.items() if stored}


def show_summary(stored: StoredResult) -> None:
    """Draw the origin, the table and the chart."""
    show_origin(stored)
    show_rows(stored.table.rows, "summary_chart")
    choose_chart_format()


def show_rows(rows: "pd.DataFrame", key: str) -> None:
    """Draw the table and the chart of all attacks with their intervals."""
    show_summary_table(rows)
    st.plotly_chart(
        summary_figure(rows),
        key=key,
        config=chart_config("comparison", zoom=True),
        alt="Fooling rate, median of the pixels, mean seconds and mean forwards of each attack, with 95 % "
        "intervals; the table above has the numbers.",
    )
    st.caption("Bars are 95 % intervals. Seconds and forwards have logarithmic axes.")


def show_files(stored: StoredResult) -> None:
    """Draw the downloads, and the command that repeats the comparison."""
    show_exports(stored)
    st.markdown("**From the command line**")
    st.code(command_for(stored.table), language=None, wrap_lines=True)


def command_for(table: Table) -> str:
    """Return the command that repeats a comparison, as closely as the command line allows."""
    attack_runs = table.provenance["description"]["contests"]
    models = list(dict.fromkeys(run["model"] for run in attack_runs))
    titles = list(dict.fromkeys(run["setting"]["title"] for run in attack_runs))
    words = [f"python -m sparsefool experiment comparison {find_spec(models[0]).dataset}"]
    words += [f"--model {model}" for model in models]
    words += [f'--attack "{title}"' for title in titles]
    return " ".join([*words, f"--images {max(run['images'] for run in attack_runs)}"])
