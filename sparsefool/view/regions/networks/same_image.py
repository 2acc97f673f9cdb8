"""The same image on many networks (Figure 8): stored for the samples, and run when it is asked for."""

from collections.abc import Sequence
from itertools import chain

import streamlit as st

from sparsefool import paths
from sparsefool.analysis.findings.networks import NETWORK_FINDINGS, NetworkFinding
from sparsefool.backend.exports.findings import networks_csv, networks_latex
from sparsefool.backend.networks import finished_reports, overlaps
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.regions.controls import draw_networks_controls, networks_runs
from sparsefool.view.regions.networks.figures import networks_figures
from sparsefool.view.regions.networks.findings import (
    NOTE,
    network_figure,
    network_sentence,
    network_sentences,
)
from sparsefool.view.regions.networks.samples import sample_finding, shared_pixels
from sparsefool.view.regions.report import networks_html
from sparsefool.view.shared.charts import choose_chart_format, show_chart
from sparsefool.view.shared.controls.network import networks_of
from sparsefool.view.shared.downloads import offer_report, offer_table
from sparsefool.view.shared.picture_rows import row_html, row_side
from sparsefool.view.shared.status import run_button, show_status
from sparsefool.view.shared.wording import glued


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
            st.subheader(glued(sample_finding(request.models, whole)), anchor=False)
        if missing:
            total = sum(map(len, found))
            with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
                st.markdown(f"{missing} of {total} attacks have not been run with these settings.")
                with st.container(width="content"):
                    run_button(f"Run {missing}", runs, request)
            show_status(runs)
        with st.container(key="result"), saved_figure("same_images", switches=True):
            for reports, figures in zip(found, networks_figures(request, found), strict=True):
                st.html(row_html(figures, row_side()))
                row = [report for report in reports if report]
                if len(row) == len(reports) > 1:
                    st.caption(shared_pixels(overlaps([row])))
        if len(request.models) == 1:
            how = "Choose a second network" if len(networks_of(dataset)) > 1 else "Add a network of your own"
            st.info(f"{how} in the sidebar to see how far the perturbations of two networks overlap.")
        if not missing:
            offer_report(lambda: networks_html(request, whole), "regions-report.html")
    _show_many(dataset)


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
    return [each for each in NETWORK_FINDINGS.read(dataset) if each.fooling == "all"]
