"""The result of a comparison: the table, a new run, and how to repeat it."""

from typing import TYPE_CHECKING

import streamlit as st

from sparsefool.analysis.summaries import summarise_by
from sparsefool.backend.comparison import on_most_images
from sparsefool.data.picture_sets import PictureSet
from sparsefool.data.specs import DATASETS, find_dataset
from sparsefool.errors import StoreError
from sparsefool.experiments.comparison import Comparison
from sparsefool.experiments.experiment import Experiment
from sparsefool.experiments.paper.comparison import compared_attacks, paper_comparison
from sparsefool.experiments.records.store import RecordStore
from sparsefool.store.tables import Table
from sparsefool.view.comparison.charts import overview_figure
from sparsefool.view.comparison.controls import ComparisonControls
from sparsefool.view.comparison.findings import comparison_finding
from sparsefool.view.comparison.images import show_images
from sparsefool.view.comparison.measures import PIXELS, VALUES, Count
from sparsefool.view.comparison.table import show_summary_table
from sparsefool.view.shared.charts import chart_height, choose_chart_format, show_chart, text_size
from sparsefool.view.shared.controls.measured_images import show_numbers_of_images
from sparsefool.view.shared.controls.network import dataset_title
from sparsefool.view.shared.experiments import (
    ExperimentRuns,
    StoredResult,
    find_result,
    show_difference,
    show_exports,
    show_load,
    show_origin,
)
from sparsefool.view.shared.palette import text_color
from sparsefool.view.shared.status import run_button
from sparsefool.view.shared.widgets import choose_one
from sparsefool.view.shared.wording import glued
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

EACH_IMAGE = (
    "label",
    "attack",
    "pixels_8bit",
    "success_8bit",
    "predicted",
    "fooling_label_8bit",
    "model",
    "seconds",
)
"""What is told of each picture that the app does not have."""


def offer_run(controls: ComparisonControls, runs: ExperimentRuns, stored: StoredResult | None) -> None:
    """Draw the button that measures what is missing, unless it is of pictures that are not here."""
    if controls.chosen:
        return
    request = controls.request
    planned = request.experiment if request else None
    run_button(
        "Measure what is missing", runs, request, done=stored is not None and stored.experiment == planned
    )


def find_comparison(controls: ComparisonControls) -> StoredResult | None:
    """Return what is stored of the chosen networks and attacks; a damaged file is reported.

    Of pictures that are not here, each attack is shown on as many as there are rows of.
    """
    planned = controls.request.experiment if controls.request else None
    if controls.chosen and isinstance(planned, Comparison):
        return _find_on_most_images(planned)
    return find_result(planned)


def _find_on_most_images(planned: Comparison) -> StoredResult | None:
    try:
        return find_result(on_most_images(planned, RecordStore().holds))
    except StoreError:
        return find_result(planned)  # which reports it


def show_no_result(controls: ComparisonControls) -> None:
    """Draw why there is no table, and what to do."""
    if controls.problem:
        st.info(f"Change the choice on the left. {controls.problem}", title="Nothing to show")
        return
    command = f"python -m sparsefool experiment comparison {controls.dataset}"
    if controls.chosen:
        how, command = "Measure it", f"{command} --data PICTURES"
    else:
        how = "Measure it with the button on the left, or"
    st.info(
        f"Nothing of this choice on {dataset_title(controls.dataset)} is stored here. {how} with "
        f"`{command}`; each finished batch of images is kept.",
        title="No stored result",
    )


def show_each_image(stored: StoredResult, chosen: PictureSet | None) -> None:
    """Draw what each attack changed in one picture after the other, or in numbers where they are not here."""
    if chosen is None:
        show_images(stored.table.rows)
    else:
        show_numbers_of_images(stored.table.rows, chosen, EACH_IMAGE)


def paper_tables(chosen: PictureSet | None) -> dict[str, Table]:
    """Return what is stored of the paper's comparison, by data set; a damaged file is reported.

    Args:
        chosen: pictures that count instead of the test images of their data set.
    """
    results = {spec.name: find_result(paper_comparison(spec.name)) for spec in DATASETS}
    if chosen:
        dataset, pictures = chosen.pictures.dataset, chosen.pictures
        results[dataset] = _find_on_most_images(paper_comparison(dataset, pictures=pictures))
    return {dataset: stored.table for dataset, stored in results.items() if stored}


def show_summary(stored: StoredResult, dataset: str, planned: Experiment | None) -> None:
    """Draw the chart with its finding, the table, and what is missing of a plan."""
    show_rows(stored.table.rows, dataset, "summary_chart")
    choose_chart_format()
    show_load(stored)
    show_difference(stored, planned)


def show_rows(rows: "pd.DataFrame", dataset: str, key: str) -> None:
    """Draw the chart of all attacks, the finding as a sentence, and the table.

    Args:
        rows: of a comparison.
        dataset: its data set.
        key: of the chart.
    """
    summaries = {
        (str(model), str(attack)): summary
        for (model, attack), summary in summarise_by(rows, ("model", "attack")).items()
    }
    if not summaries:
        return
    count = _choose_count(dataset)
    finding = comparison_finding(summaries, count, next(iter(compared_attacks(dataset))))
    st.subheader(glued(finding), anchor=False)
    show_chart(
        overview_figure(summaries, count, text_size(13), text_color(), chart_height(390)),
        key=key,
        name="comparison",
        alt=f"{count.words.capitalize()} changed against seconds per image, one mark for each "
        "attack and network, with 95 % intervals; the table below has the numbers.",
    )
    st.caption(
        "Lower left is better: fewer changes in less time. Both axes are logarithmic; lines through a mark "
        "are 95 % intervals. A hollow mark fools fewer than half of the images: its median is of easy ones."
    )
    show_summary_table(summaries)


def _choose_count(dataset: str) -> Count:
    """Draw the choice of what is counted; images of one channel have as many values as pixels."""
    if find_dataset(dataset).channels == 1:
        return PIXELS
    counts = {count.title: count for count in (PIXELS, VALUES)}
    chosen = choose_one(
        "Count",
        list(counts),
        "counted",
        label_visibility="collapsed",
    )
    return counts[chosen]


def show_files(stored: StoredResult) -> None:
    """Draw the downloads, and the command that repeats the comparison."""
    show_origin(stored)
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
    pictures = attack_runs[0].get("pictures")
    if pictures:
        words.append(f'--data PICTURES --data-name "{pictures["of"]}" --seed {pictures["seed"]}')
    return " ".join([*words, f"--images {max(run['images'] for run in attack_runs)}"])
