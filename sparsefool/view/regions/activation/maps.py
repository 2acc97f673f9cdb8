"""Where the network looks: do the perturbations fall inside its activation maps? Stored, and on demand."""

from functools import partial

import streamlit as st

from sparsefool.analysis.region_findings import contrasts_of, shares_of
from sparsefool.analysis.statistics import FEWEST_FOR_MEAN
from sparsefool.backend.networks import NetworksReport
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.regions.activation.contrasts import (
    contrast_figure,
    contrast_finding,
    contrast_sentences,
    kind_sentences,
)
from sparsefool.view.regions.activation.share_charts import share_finding, share_intervals
from sparsefool.view.regions.activation.where import (
    find_measured,
    outlined_figures,
    shares_by_title,
    show_shares,
)
from sparsefool.view.regions.controls import draw_networks_controls, networks_runs
from sparsefool.view.regions.report import activation_html
from sparsefool.view.shared.charts import choose_chart_format, show_chart
from sparsefool.view.shared.controls.measured_images import choose_images
from sparsefool.view.shared.downloads import offer_report
from sparsefool.view.shared.experiments import StoredResult, show_exports, show_origin
from sparsefool.view.shared.page import PROSE
from sparsefool.view.shared.picture_rows import row_html
from sparsefool.view.shared.status import earlier_result, result_container, run_button, show_status
from sparsefool.view.shared.wording import glued
from sparsefool.zoo.specs import find_spec

MAPS_NOTE = (
    "A dot is the mean over the fooled images, a line its 95 % bootstrap interval over images, given for "
    f"{FEWEST_FOR_MEAN} images or more. The activation map of another image (the next one) shows what "
    "changing the same places in every image would give; the centred disc, what closeness to the centre "
    "alone would give. Activation maps: Grad-CAM on the last feature map of at least 4 × 4."
)


def show_activation(dataset: str) -> None:
    """Draw what was measured on many images, and the chosen pictures when they are asked for."""
    show_stored_maps(dataset)
    _show_chosen(dataset)


def show_stored_maps(dataset: str) -> None:
    """Draw where the perturbations of many images fall beside the networks' activation maps."""
    stored = find_measured(dataset, choose_images(dataset))
    if stored is None:
        return
    rows = stored.table.rows
    shares = {find_spec(model).title: each for model, each in shares_of(rows).items()}
    st.subheader(glued(share_finding(shares)), anchor=False)
    st.caption(glued(share_intervals(shares)))
    contrasts = contrasts_of(rows)
    if contrasts:
        sentences, kinds = contrast_sentences(contrasts), kind_sentences(contrasts)
        claim = f"The paper's Section 4.2 speaks of important areas. {contrast_finding(contrasts)}"
        st.markdown(glued(claim))
        show_chart(
            contrast_figure(contrasts),
            key="contrasts",
            alt=" ".join((*sentences, *kinds)).replace("**", ""),
        )
        with st.expander("Against each baseline, in numbers", icon=":material/table:"):
            st.markdown("\n".join(f"- {line}" for line in (*sentences, *kinds)))
    show_shares(shares, "many_shares")
    _show_files(dataset, stored)


def _show_files(dataset: str, stored: StoredResult) -> None:
    choose_chart_format()
    with st.container(key=f"{PROSE}_maps"), st.expander("How it is measured", icon=":material/straighten:"):
        st.caption(MAPS_NOTE)
        show_origin(stored)
    offer_report(
        partial(activation_html, stored.table.rows, stored.table.provenance),
        f"sparsefool-maps-{dataset}-report.html",
    )
    with st.expander("Rows", icon=":material/download:"):
        show_exports(stored)


def _show_chosen(dataset: str) -> None:
    """Draw the chosen pictures with the outlines of their maps, which are computed when asked for."""
    controls, runs = draw_networks_controls(dataset), networks_runs()
    st.markdown("**Chosen pictures**, with the outlines of where each network looks")
    request = controls.request
    if request is None:
        st.info(controls.problem, title="Nothing to draw yet")
        return
    if runs.report is None or runs.completed != request:
        with st.container(width="content"):
            run_button("Draw the maps of the chosen pictures", runs, request)
    show_status(runs, earlier_result(runs, "with other pictures, networks or parameters"))
    if runs.report is not None:
        with result_container(runs.completed == request):
            _draw(runs.report)


def _draw(report: NetworksReport) -> None:
    show_shares(shares_by_title(report), "shares")
    with saved_figure("outlines", switches=True):
        for figures in outlined_figures(report):
            st.html(row_html(figures))
