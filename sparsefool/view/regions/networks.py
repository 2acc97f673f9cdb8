"""The same image on many networks (Figure 8): stored for the samples, and run when it is asked for."""

from collections.abc import Sequence
from itertools import chain

import streamlit as st

from sparsefool.analysis.overlap import Overlap, overlaps_of
from sparsefool.analysis.statistics import FEWEST_FOR_MEAN
from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.networks import NetworksRequest, finished_reports, overlaps
from sparsefool.experiments.paper import paper_regions
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.regions.controls import draw_networks_controls, networks_runs
from sparsefool.view.regions.network_figures import networks_figures
from sparsefool.view.regions.overlaps import OVERLAP_NOTE, overlap_figure, overlap_sentences, overlap_title
from sparsefool.view.regions.report import networks_html
from sparsefool.view.shared.charts import chart_config, choose_chart_format
from sparsefool.view.shared.downloads import offer_report
from sparsefool.view.shared.experiments import find_result, show_origin
from sparsefool.view.shared.page import lecture_mode
from sparsefool.view.shared.picture_rows import FIGURE_SIDE, row_html
from sparsefool.view.shared.status import run_button, show_status
from sparsefool.zoo.specs import find_spec

SIDE = 160
"""So large are small pictures that four stand side by side on a narrow page."""

Reports = Sequence[Sequence[AttackReport]]


def show_networks(dataset: str) -> None:
    """Draw the chosen pictures on the chosen networks, and what networks share on many images."""
    controls, runs = draw_networks_controls(dataset), networks_runs()
    request = controls.request
    if request is None:
        runs.cancel()
        st.info(controls.problem, title="Nothing to compare yet")
    else:
        found = finished_reports(request)
        missing = sum(report is None for report in chain.from_iterable(found))
        whole = [[report for report in row if report] for row in found if all(row)]
        if whole and len(request.models) > 1:
            st.subheader(_finding(request, whole), anchor=False)
        if missing:
            total = sum(map(len, found))
            with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
                st.markdown(f"{missing} of {total} attacks have not been run with these settings.")
                with st.container(width="content"):
                    run_button(f"Run {missing}", runs, request)
            show_status(runs)
        with st.container(key="result"), saved_figure("same_images", switches=True):
            for reports, figures in zip(found, networks_figures(request, found), strict=True):
                st.html(row_html(figures, FIGURE_SIDE if lecture_mode() else SIDE))
                row = [report for report in reports if report]
                if len(row) == len(reports) > 1:
                    st.caption(f"Shared pixels: {'; '.join(map(_overlap_text, overlaps([row])))}.")
        if len(request.models) == 1:
            st.info("Choose a second network to see how far the perturbations of two networks overlap.")
        if not missing:
            offer_report(lambda: networks_html(request, whole), "regions-report.html")
    _show_many(dataset)


def _finding(request: NetworksRequest, reports: Reports) -> str:
    """Return on the chosen pictures how many pixels the networks share, and how many each perturbs."""
    *others, last = [
        f"{find_spec(model).title} {sum(report.change_8bit.pixels for report in column):,}"
        for model, column in zip(request.models, zip(*reports, strict=True), strict=True)
    ]
    several = f"these {len(reports)} pictures" if len(reports) > 1 else "this picture"
    changed = f"Perturbed pixels: {', '.join(others)} and {last}."
    counted = [each for each in overlaps(reports) if each.n]
    if not counted:
        return f"No two of the networks are fooled by one of {several}. {changed}"
    low, high = (bound(100 * each.shared.value for each in counted) for bound in (min, max))
    shared = f"{low:.0f} %" if f"{low:.0f}" == f"{high:.0f}" else f"{low:.0f} to {high:.0f} %"
    few = f"; an interval needs {FEWEST_FOR_MEAN} pictures" if len(reports) < FEWEST_FOR_MEAN else ""
    return (
        f"On {several}, two networks share {shared} of their perturbed pixels "
        f"(n = {max(each.n for each in counted)}{few}). {changed}"
    )


def _overlap_text(overlap: Overlap) -> str:
    """Return what two perturbations of a single image share; there are no others to compare them with."""
    if not overlap.n:
        return f"{overlap_title(overlap)} cannot be compared (not both fooled, or different image sizes)"
    shared, random = 100 * overlap.shared.value, 100 * overlap.random
    return f"{overlap_title(overlap)} {shared:.1f} %, random places {random:.1f} %"


def _show_many(dataset: str) -> None:
    """Draw whether two networks perturb the same pixels, measured on all stored images."""
    stored = find_result(paper_regions(dataset))
    found = overlaps_of(stored.table.rows) if stored else ()
    if not found or stored is None:
        return
    st.markdown("**On many images: do two networks perturb the same pixels because of the image?**")
    sentences = overlap_sentences(found)
    st.plotly_chart(
        overlap_figure(found),
        key="overlaps",
        config=chart_config("overlaps"),
        alt=" ".join(sentences).replace("**", ""),
    )
    st.markdown("\n".join(f"- {line}" for line in sentences))
    choose_chart_format()
    with st.expander("What is counted", icon=":material/straighten:"):
        st.caption(OVERLAP_NOTE)
        show_origin(stored)
