"""The result of a comparison: the table, a new run, and how to repeat it."""

from typing import TYPE_CHECKING

import streamlit as st

from sparsefool.backend.experiments import ExperimentRequest
from sparsefool.data.specs import DATASETS
from sparsefool.experiments.paper import paper_comparison
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
from sparsefool.view.shared.status import run_button
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


def offer_run(request: ExperimentRequest | None, runs: ExperimentRuns, stored: StoredResult | None) -> None:
    """Draw the button that measures what is missing of a request."""
    planned = request.experiment if request else None
    run_button(
        "Measure what is missing", runs, request, done=stored is not None and stored.experiment == planned
    )


def find_comparison(dataset: str, request: ExperimentRequest | None) -> StoredResult | None:
    """Return what is stored of a request, or else of the paper's comparison; a damaged file is reported."""
    return find_result(request.experiment if request else None, paper_comparison(dataset))


def show_no_result(dataset: str) -> None:
    """Draw why there is no table, and what to do."""
    st.info(
        f"No comparison on {dataset_title(dataset)} is stored here. Measure one with the button in the "
        f"sidebar, or with `python -m sparsefool experiment comparison {dataset}`; each finished batch of "
        "images is kept.",
        title="No stored result",
    )


def paper_tables() -> dict[str, Table]:
    """Return what is stored of the paper's comparison, by data set; a damaged file is reported."""
    results = {spec.name: find_result(paper_comparison(spec.name)) for spec in DATASETS}
    return {dataset: stored.table for dataset, stored in results.items() if stored}


def show_summary(stored: StoredResult) -> None:
    """Draw the origin, the table and the chart."""
    show_origin(stored)
    show_rows(stored.table.rows, "summary_chart")
    choose_chart_format()


def show_rows(rows: "pd.DataFrame", key: str) -> None:
    """Draw the chart and the table of all attacks with their intervals."""
    st.plotly_chart(
        summary_figure(rows),
        key=key,
        config=chart_config("comparison", zoom=True),
        alt="Fooling rate, medians of the pixels and of the features, mean seconds and mean forwards "
        "of each attack, with 95 % intervals; the table below has the numbers.",
    )
    st.caption("Bars are 95 % intervals. Seconds and forwards have logarithmic axes.")
    show_summary_table(rows)


def show_files(stored: StoredResult) -> None:
    """Draw the downloads, and the command that repeats the comparison."""
    show_exports(stored)
    st.markdown("**From the command line**")
    st.code(command_for(stored.table), language=None, wrap_lines=True)


def command_for(table: Table) -> str:
    """Return the command that repeats a comparison, as closely as the command line allows."""
    attack_runs = table.provenance["description"]["runs"]
    models = list(dict.fromkeys(run["model"] for run in attack_runs))
    titles = list(dict.fromkeys(run["name"] for run in attack_runs))
    words = [f"python -m sparsefool experiment comparison {find_spec(models[0]).dataset}"]
    words += [f"--model {model}" for model in models]
    words += [f'--attack "{title}"' for title in titles]
    return " ".join([*words, f"--images {max(run['images'] for run in attack_runs)}"])
