"""The same image on many networks (Figure 8): stored for the samples, and run when it is asked for."""

from collections.abc import Sequence
from itertools import chain

import streamlit as st

from sparsefool import paths
from sparsefool.analysis.findings.networks import NetworkFinding, read_networks
from sparsefool.analysis.overlap import Overlap
from sparsefool.analysis.statistics import FEWEST_FOR_MEAN
from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.finding_files import networks_csv, networks_latex
from sparsefool.backend.networks import NetworksRequest, finished_reports, overlaps
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.regions.controls import draw_networks_controls, networks_runs
from sparsefool.view.regions.networks.figures import networks_figures
from sparsefool.view.regions.networks.findings import (
    NOTE,
    network_figure,
    network_sentence,
    network_sentences,
)
from sparsefool.view.regions.networks.overlaps import overlap_title
from sparsefool.view.regions.report import networks_html
from sparsefool.view.shared.charts import choose_chart_format, show_chart
from sparsefool.view.shared.controls.network import networks_of
from sparsefool.view.shared.downloads import offer_report, offer_table
from sparsefool.view.shared.page import lecture_mode
from sparsefool.view.shared.picture_rows import FIGURE_SIDE, row_html
from sparsefool.view.shared.status import run_button, show_status
from sparsefool.view.shared.wording import glued, listed
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
            st.subheader(glued(_finding(request, whole)), anchor=False)
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
                    st.caption(_shared_pixels(overlaps([row])))
        if len(request.models) == 1:
            how = "Choose a second network" if len(networks_of(dataset)) > 1 else "Add a network of your own"
            st.info(f"{how} in the sidebar to see how far the perturbations of two networks overlap.")
        if not missing:
            offer_report(lambda: networks_html(request, whole), "regions-report.html")
    _show_many(dataset)


def _finding(request: NetworksRequest, reports: Reports) -> str:
    """Return on the chosen pictures how many pixels the networks share, and how many each perturbs."""
    several = f"these {len(reports)} pictures" if len(reports) > 1 else "this picture"
    columns = zip(request.models, zip(*reports, strict=True), strict=True)
    sizes = [_size(find_spec(model).title, column) for model, column in columns]
    changed = f"Perturbed pixels, on average where a network is fooled: {listed(sizes)}."
    counted = [each for each in overlaps(reports) if each.n]
    if not counted:
        return f"No two of the networks are fooled by one of {several}. {changed}"
    low, high = (bound(100 * each.shared.value for each in counted) for bound in (min, max))
    shared = f"{low:.0f} %" if f"{low:.0f}" == f"{high:.0f}" else f"{low:.0f} to {high:.0f} %"
    few = ", too few for an interval" if len(reports) < FEWEST_FOR_MEAN else ""
    n = max(each.n for each in counted)
    return (
        f"On {several}, two networks share {shared} of their perturbed pixels "
        f"(n = {n} that {'fools' if n == 1 else 'fool'} both{few}). {changed}"
    )


def _size(network: str, reports: Sequence[AttackReport]) -> str:
    """Return a network with the mean size of the perturbations that fool it."""
    sizes = [report.change_8bit.pixels for report in reports if report.success_8bit]
    of_all = f" ({len(sizes)} of {len(reports)} fool it)" if len(sizes) < len(reports) else ""
    return f"{network} {sum(sizes) / len(sizes):,.0f}{of_all}" if sizes else f"{network} none"


def _shared_pixels(found: Sequence[Overlap]) -> str:
    """Return what each two perturbations of an image share, as a sentence."""
    counted = [each for each in found if each.n]
    if not counted:
        return "Shared pixels: nothing to compare, as no two networks of one image size are fooled."
    others = "; the others are not both fooled, or differ in image size" if len(counted) < len(found) else ""
    return f"Shared pixels: {'; '.join(map(_overlap_text, counted))}{others}."


def _overlap_text(overlap: Overlap) -> str:
    """Return what two perturbations of a single image share; there are no others to compare them with."""
    shared, random = 100 * overlap.shared.value, 100 * overlap.random
    return f"{overlap_title(overlap)} {shared:.1f} %, random places {random:.1f} %"


def _show_many(dataset: str) -> None:
    """Draw whether two networks perturb the same places, measured on all stored images."""
    findings = stored_networks(dataset)
    if findings:
        sentences = network_sentences(findings)
        st.markdown("**On many images**")
        st.markdown(glued(network_sentence(findings)))
        show_chart(
            network_figure(findings),
            key="networks_chart",
            name="agreement of networks",
            alt=" ".join(sentences),
        )
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            choose_chart_format()
            name = f"sparsefool-networks-{dataset}"
            offer_table(name, lambda: networks_csv(findings), lambda: networks_latex(findings))
        with st.expander("In numbers, and what is counted", icon=":material/table:"):
            st.markdown("\n".join(f"- {line}" for line in sentences))
            st.caption(NOTE)


def stored_networks(dataset: str) -> Sequence[NetworkFinding]:
    """Return what is stored on pairs of networks of a data set, on all images, if anything."""
    if not (paths.FINDINGS / f"networks-{dataset}.parquet").is_file():
        return ()
    return [each for each in read_networks(dataset) if each.fooling == "all"]
