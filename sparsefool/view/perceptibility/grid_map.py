"""The λ × δ map of one picture: a cell for every pair, which a click opens on the Attack page."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from sparsefool.analysis.pareto import GridPoint
from sparsefool.backend.attack.reproduction import Sample
from sparsefool.backend.sweep_request import SweepReport, SweepRequest
from sparsefool.backend.sweep_run import run_sweep
from sparsefool.data.specs import FIGURE_7
from sparsefool.errors import SparseFoolError
from sparsefool.experiments.paper import FIGURE_4
from sparsefool.view.perceptibility.controls import SweepControls
from sparsefool.view.perceptibility.map_charts import front_figure, map_figure
from sparsefool.view.shared.charts import chart_config, choose_chart_format
from sparsefool.view.shared.controls.attack import open_attack_page, show_no_picture
from sparsefool.view.shared.query_parameters import choose_one
from sparsefool.view.shared.runs import Runs, session_runs
from sparsefool.view.shared.status import result_container, run_button, show_status

GRIDS = {
    "Coarse, 5 × 6": ((1.0, 2.0, 3.0, 5.0, 10.0), (4.0, 10.0, 25.0, 50.0, 100.0, 255.0)),
    "Fine, 7 × 10": (FIGURE_4, FIGURE_7),
}


def show_grid_map(controls: SweepControls) -> None:
    """Draw the map of the chosen picture, which is computed on demand."""
    if controls.image is None:
        show_no_picture(controls.problem)
        return
    runs = session_runs("map_runs", run_sweep)
    runs.collect()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        grid = choose_one("λ × δ", list(GRIDS), "grid")
        lambdas, deltas = GRIDS[grid]
        try:
            request = controls.request(lambdas, deltas)
        except SparseFoolError as error:
            st.error(str(error), title="This cannot be run")
            return
        with st.container(width="content"):
            run_button(f"Run {len(request.grid)} attacks", runs, request, done=runs.completed == request)
    show_status(runs)
    _show(runs, request, controls.image.sample)


def _show(runs: Runs[SweepRequest, SweepReport], request: SweepRequest, sample: Sample | None) -> None:
    report = runs.report_on(request)
    if report is None:
        if not runs.running:
            st.info(
                "Every λ with every δ on the chosen picture: how many pixels change, where the network is "
                "not fooled, and which pairs are not beaten by any other.",
                title="Not run yet",
            )
        return
    with result_container(runs.completed == request):
        st.caption(
            f"{report.before.name}, {len(report.points)} attacks that share the first linearisation: "
            f"{report.forwards:,} forward and {report.backwards:,} backward passes, "
            f"{report.seconds:.2g} s on {report.device}. 8-bit pictures."
        )
        clicked = show_map(report.grid_points(), "picture_map")
        choose_chart_format()
    if clicked is not None:
        open_attack_page(report.request.single(*clicked), sample)


def show_map(cells: Sequence[GridPoint], key: str) -> tuple[float, float] | None:
    """Draw the map and the Pareto front; return λ and δ of the cell that was clicked."""
    st.markdown(
        "**Pixels changed, in percent.** A ring marks the Pareto front, ✕ a pair that fools no image. Click "
        "a cell to open it on the Attack page."
    )
    event: Any = st.plotly_chart(
        map_figure(cells),
        key=key,
        on_select="rerun",
        selection_mode="points",
        config=chart_config(key),
        alt="Map of λ (rows) and δ (columns): the percentage of changed pixels in each cell.",
    )
    if any(cell.fooled for cell in cells):
        st.markdown(
            "**Pareto front**: no other pair is better in one of fooled images, changed pixels and largest "
            "change without being worse in another."
        )
        st.plotly_chart(
            front_figure(cells),
            key=f"{key}_front",
            config=chart_config(f"{key}_front"),
            alt="Changed pixels against the largest change of a value, the Pareto front as a line.",
        )
    else:
        st.warning("No pair of λ and δ fools the network.", title="No image was fooled")
    points = event["selection"]["points"] if event else []
    return (float(points[0]["customdata"][0]), float(points[0]["customdata"][1])) if points else None
