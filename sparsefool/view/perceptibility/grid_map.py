"""The λ × δ map of one picture: a cell for every pair, which a click opens on the Attack page."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from sparsefool.analysis.pareto import GridPoint, pareto_front
from sparsefool.backend.attack.reproduction import Sample
from sparsefool.backend.sweeps.request import SweepPoint, SweepReport, SweepRequest, grid_points
from sparsefool.data.specs import FIGURE_7
from sparsefool.experiments.paper.experiments import FIGURE_4
from sparsefool.experiments.sample_grid import MAP_DELTAS, MAP_LAMBDAS
from sparsefool.view.perceptibility.controls import SweepControls
from sparsefool.view.perceptibility.map_charts import front_figure, map_figure
from sparsefool.view.perceptibility.sweeps import show_facts, show_sweep
from sparsefool.view.shared.charts import choose_chart_format, show_chart
from sparsefool.view.shared.controls.attack_address import open_attack_page
from sparsefool.view.shared.widgets import choose_one
from sparsefool.view.shared.wording import glued, with_article

GRIDS = {
    "Coarse, 5 × 6": (MAP_LAMBDAS, MAP_DELTAS),
    "Fine, 7 × 10": (FIGURE_4, FIGURE_7),
}

HOW_TO_READ = (
    "The number in a cell is the share of pixels that change. ✕: the network is not fooled. A ring: no other "
    "pair fools it as often with both fewer pixels and a smaller largest change (the Pareto front). Click a "
    "cell to open it on the Attack page."
)


def show_grid_map(controls: SweepControls) -> None:
    """Draw the map of the chosen picture; what is not stored is computed at once."""
    grid = choose_one("Grid", list(GRIDS), "grid")
    sample = controls.image.sample if controls.image else None
    show_sweep("map_runs", controls, *GRIDS[grid], _unfinished, partial(_report, sample=sample))


def finding(report: SweepReport) -> str:
    """Return what the map shows, as one or two sentences."""
    fooling = [point for point in report.points if point.success]
    before = with_article(report.before.name)
    if not fooling:
        return f"None of {len(report.points)} pairs of λ and δ fools the network: it still sees {before}."
    fewest, gentlest = (
        min(fooling, key=lambda each: (each.pixels, each.max_change)),
        min(fooling, key=lambda each: (each.max_change, each.pixels)),
    )
    return (
        f"{len(fooling)} of {len(report.points)} pairs fool the network, which sees {before}. Fewest pixels: "
        f"{fewest.pixels:,}, at {_pair(fewest)}. Smallest change: {gentlest.max_change:.0f} levels, at "
        f"{_pair(gentlest)}, in {gentlest.pixels:,} pixels."
    )


def show_map(cells: Sequence[GridPoint], key: str) -> tuple[float, float] | None:
    """Draw the map and the Pareto front; return λ and δ of the cell that was clicked."""
    event: Any = show_chart(
        map_figure(cells),
        key=key,
        on_select="rerun",
        selection_mode="points",
        alt="Map of λ (rows) and δ (columns): the percentage of changed pixels in each cell.",
    )
    st.caption(HOW_TO_READ)
    if len(pareto_front(cells)) > 1:
        st.markdown("**Few pixels or small changes: you cannot have both.**")
        show_chart(
            front_figure(cells),
            key=f"{key}_front",
            alt="Changed pixels against the largest change of a value, the Pareto front as a line.",
        )
        st.caption(
            "Each dot is a pair of λ and δ. The line is the Pareto front: any pair with fewer pixels has a "
            "larger change, or fools fewer images."
        )
    elif not any(cell.fooled for cell in cells):
        st.warning("No pair of λ and δ fools the network.", title="No image was fooled")
    points = event["selection"]["points"] if event else []
    return (float(points[0]["customdata"][0]), float(points[0]["customdata"][1])) if points else None


def _report(report: SweepReport, sample: Sample | None) -> None:
    st.subheader(glued(finding(report)), anchor=False)
    clicked = show_map(grid_points(report.points), "picture_map")
    show_facts(report)
    choose_chart_format()
    if clicked is not None:
        open_attack_page(report.request.single(*clicked), sample)


def _unfinished(request: SweepRequest, points: Sequence[SweepPoint]) -> None:
    """Draw the cells that are done of a map that is being computed, with the room of the others."""
    st.subheader(f"{len(points)} of {len(request.grid)} cells are done", anchor=False)
    show_chart(
        map_figure(grid_points(points), request.lambdas, request.deltas),
        key="growing_map",
        alt=f"The map of λ and δ as far as it is computed: {len(points)} of {len(request.grid)} cells.",
    )


def _pair(point: SweepPoint) -> str:
    return f"λ = {point.lambda_:g} and δ = {point.delta:g}"
