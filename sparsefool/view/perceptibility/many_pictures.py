"""Many pictures at several δ (Figure 6), several λ (Figure 4) or both: the stored result, or a new run."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from sparsefool.analysis.pareto import grid_points
from sparsefool.analysis.survivors import FEWEST_FOOLED, LEAST_SHARE
from sparsefool.backend.attack.reproduction import Sample
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.experiments import ExperimentRequest
from sparsefool.backend.models import gallery_picture
from sparsefool.data.photographs import Pictures
from sparsefool.data.picture_sets import PictureSet
from sparsefool.data.specs import DatasetSpec, find_dataset
from sparsefool.errors import SparseFoolError
from sparsefool.experiments.paper.experiments import FIGURE_4, paper_sweep
from sparsefool.experiments.sweep import Sweep
from sparsefool.formats import listed, percent
from sparsefool.view.perceptibility.controls import SweepControls
from sparsefool.view.perceptibility.grid_map import GRIDS, show_map
from sparsefool.view.perceptibility.sweep_charts import TITLES, sweep_figure
from sparsefool.view.perceptibility.sweep_texts import headline, show_boxes, show_findings
from sparsefool.view.shared.charts import choose_chart_format, show_chart
from sparsefool.view.shared.controls.attack_address import open_attack_page
from sparsefool.view.shared.controls.measured_images import choose_images
from sparsefool.view.shared.controls.network import choose_networks
from sparsefool.view.shared.experiments import (
    BATCHES_ARE_KEPT,
    StoredResult,
    choose_count,
    experiment_runs,
    find_on_most_images,
    find_result,
    show_difference,
    show_exports,
    show_origin,
)
from sparsefool.view.shared.glossary import explain
from sparsefool.view.shared.status import run_button, show_growing, show_status
from sparsefool.view.shared.widgets import choose_one
from sparsefool.view.shared.wording import glued
from sparsefool.zoo.specs import find_spec

OVER_DELTA, OVER_LAMBDA, OVER_BOTH = "δ (Figure 6)", "λ (Figure 4)", "λ × δ"
AXIS = {OVER_DELTA: "delta", OVER_LAMBDA: "lambda_"}


def show_many_pictures(controls: SweepControls) -> None:
    """Draw the settings, the button that runs them, and the result."""
    dataset, runs = find_dataset(controls.spec.gallery), experiment_runs("sweep_runs")
    first = st.container()
    chosen = choose_images(dataset.name)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        over = choose_one(
            "Over", [OVER_DELTA, OVER_LAMBDA, OVER_BOTH], "over", help=explain("delta", "lambda")
        )
        count = choose_count(*_usual_count(dataset, chosen))
        button = st.container(width="content")
    models = choose_networks(dataset.name, f"networks_{dataset.name}", with_own=False)
    pictures = chosen.pictures if chosen else None
    planned, request = _plan(dataset, over, models, count, controls, pictures)
    usual = paper_sweep(dataset.name, (), *_values(dataset, over), pictures=pictures)
    stored = find_result(planned, usual)
    if chosen is not None:
        stored = stored or find_on_most_images(usual)
    else:
        with button:
            run_button("Run", runs, request, done=stored is not None and stored.experiment == planned)
    show_status(runs, BATCHES_ARE_KEPT)
    draw = partial(_draw, over=over, controls=controls)
    if runs.running and runs.requested == request:
        show_growing(runs, partial(draw, key="growing"))
    elif stored is None:
        st.info(
            f"No sweep over {over} on {dataset.title} is stored here. {_how_to_run(chosen)}",
            title="No stored result",
        )
    else:
        fewer = [] if planned is None else list(_on_fewer_images(planned, stored.experiment.models))
        rows = pd.concat([stored.table.rows, *(each.table.rows for each in fewer)], ignore_index=True)
        if over != OVER_BOTH:
            first.subheader(glued(headline(rows, AXIS[over])), anchor=False)
        _say_what_is_missing(planned, stored, fewer)
        _show_stored(stored, rows, over, draw)


def _usual_count(dataset: DatasetSpec, chosen: PictureSet | None) -> tuple[int, str]:
    """Return how many images are chosen at first, and the key of that choice."""
    if chosen is None:
        return dataset.sweep_images, "images"
    return paper_sweep(dataset.name, pictures=chosen.pictures).images, "count"


def _how_to_run(chosen: PictureSet | None) -> str:
    if chosen is None:
        return "Run one above: each finished batch of images appears at once and is kept."
    return "Measure one with `python -m sparsefool experiment sweep` and `--data PICTURES`."


def _on_fewer_images(planned: Sweep, there: Sequence[str]) -> Iterator[StoredResult]:
    """Yield the stored result on the most images of each network that is not ``there`` on all of them."""
    for model in planned.models:
        if model not in there:
            counts = range(planned.images - planned.batch, 0, -planned.batch)
            found = find_result(*(replace(planned, models=(model,), images=count) for count in counts))
            if found is not None:
                yield found


def _say_what_is_missing(planned: Sweep | None, stored: StoredResult, fewer: Sequence[StoredResult]) -> None:
    """Draw which of the chosen networks are drawn on fewer images, and which not at all."""
    if planned is None:
        return
    if not set(planned.models) & set(stored.experiment.models):
        show_difference(stored, planned)
        return
    drawn = {*stored.experiment.models, *(model for each in fewer for model in each.experiment.models)}
    said = [
        f"{find_spec(each.experiment.models[0]).title} is drawn on {each.experiment.images} images: more are "
        "not measured yet."
        for each in fewer
    ]
    missing = [find_spec(model).title for model in planned.models if model not in drawn]
    if missing:
        how = "A run" if planned.pictures is None else "The command"
        said.append(f"Not measured yet, so not drawn: {listed(missing)}. {how} adds what is missing.")
    if said:
        st.caption(f":material/pending: {' '.join(said)}")


def _plan(
    dataset: DatasetSpec,
    over: str,
    models: Sequence[str],
    count: int,
    controls: SweepControls,
    pictures: Pictures | None,
) -> tuple[Sweep | None, ExperimentRequest | None]:
    if not models:
        st.warning("Choose at least one network.", title="No network")
        return None, None
    try:
        planned = paper_sweep(dataset.name, models, *_values(dataset, over), count, pictures)
        planned.tasks()  # raises where there are not that many test images
    except SparseFoolError as error:
        st.warning(str(error), title="This cannot be run")
        return None, None
    return planned, ExperimentRequest(planned, controls.device)


def _values(dataset: DatasetSpec, over: str) -> tuple[Sequence[float], Sequence[float]]:
    """Return every λ and δ of a sweep."""
    return {
        OVER_DELTA: ((dataset.paper_lambda,), dataset.sweep_deltas),
        OVER_LAMBDA: (FIGURE_4, (255.0,)),
        OVER_BOTH: next(iter(GRIDS.values())),
    }[over]


def _show_stored(stored: StoredResult, rows: pd.DataFrame, over: str, draw: "partial[None]") -> None:
    draw(rows, key="stored")
    if over == OVER_BOTH:
        show_boxes(rows)
    else:
        show_findings(rows, AXIS[over])
    choose_chart_format()
    show_origin(stored)
    show_exports(stored)


def _draw(rows: pd.DataFrame, over: str, controls: SweepControls, key: str) -> None:
    if over == OVER_BOTH:
        for model, group in rows.groupby("model", sort=False):
            st.markdown(
                f"**{find_spec(str(model)).title}**, n = {group['image'].nunique()} images; medians over the "
                f"fooled ones, in brackets where fewer than {percent(LEAST_SHARE)} or {FEWEST_FOOLED} are "
                "fooled. A cell opens with the sample that is chosen here."
            )
            clicked = show_map(grid_points(group), f"{key}_map_{model}")
            if clicked is not None:
                _open_cell(str(model), *clicked, controls)
        return
    show_chart(
        sweep_figure(rows, AXIS[over]),
        key=f"{key}_{AXIS[over]}",
        name=AXIS[over],
        alt=f"{'; '.join(TITLES)}: over {over}, one line for each network.",
    )


def _open_cell(model: str, lambda_: float, delta: float, controls: SweepControls) -> None:
    """Open the Attack page with what a cell of a stored map was computed with, on the chosen sample.

    Where the user has a picture of their own, which cannot be passed on, it is the first sample.
    """
    chosen = controls.image.sample if controls.image else None
    sample = chosen or Sample(controls.spec.gallery, 0)
    picture = gallery_picture(model, sample.gallery, sample.index)
    open_attack_page(AttackRequest(model, picture, lambda_, delta, device=controls.device), sample)
