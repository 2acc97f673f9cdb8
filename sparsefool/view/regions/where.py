"""Where on the image the perturbations fall: inside the class-activation maps, the centre, or anywhere."""

from collections.abc import Mapping

import numpy as np
import streamlit as st
from jaxtyping import Bool

from sparsefool.analysis.shares import FEWEST, Shares
from sparsefool.backend.networks import ImageResult, NetworksReport, shares
from sparsefool.experiments.pixel_masks import share_inside
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.regions.share_charts import share_figure, share_sentence
from sparsefool.view.shared.charts import chart_config, choose_chart_format
from sparsefool.view.shared.palette import SKY, VERMILLION
from sparsefool.view.shared.picture_rows import Contour, Figure, row_html
from sparsefool.view.shared.pictures import mark_changes
from sparsefool.zoo.specs import find_spec


def show_where(report: NetworksReport) -> None:
    """Draw the shares of each network and, below, the outlines of the activation maps on every image."""
    show_shares(shares_by_title(report), "shares")
    st.caption(
        "A dot is the mean over the fooled images, a line its 95 % bootstrap interval over images, given "
        f"from {FEWEST} images on. The activation map of another image, the next one, shows what a habit of "
        "changing the same places of every image would give; the centred disc, what mere closeness to the "
        "centre would. Activation maps: Grad-CAM on the last feature map of at least 4 x 4."
    )
    choose_chart_format()
    with saved_figure("outlines"):
        for figures in outlined_figures(report):
            st.html(row_html(figures))


def show_shares(found: Mapping[str, Shares], key: str) -> None:
    """Say and draw the shares of each network.

    Args:
        found: the shares, by the network's title.
        key: of the chart, and the name of its file.
    """
    said = [share_sentence(title, each) for title, each in found.items()]
    st.markdown("\n".join(f"- {each}" for each in said))
    st.plotly_chart(share_figure(found), key=key, config=chart_config(key), alt=" ".join(said))


def shares_by_title(report: NetworksReport) -> dict[str, Shares]:
    """Return the shares of each network, by its title."""
    columns = zip(report.request.models, zip(*report.results, strict=True), strict=True)
    return {find_spec(model).title: shares(results) for model, results in columns}


def outlined_figures(report: NetworksReport) -> list[tuple[Figure, ...]]:
    """Return a row for each image: on each network, the perturbed pixels and the outlines of its maps."""
    return [
        tuple(_outlined(result, truth) for result in results)
        for results, truth in zip(report.results, report.request.truths, strict=True)
    ]


def _outlined(result: ImageResult, truth: str) -> Figure:
    report = result.report
    before, after = report.before.name, report.after_8bit.name
    contours, lines = [Contour(result.label_top, SKY)], [_said(result, result.label_top, before, "blue line")]
    if report.after_8bit.label != report.before.label:
        contours.append(Contour(result.fooling_top, VERMILLION, dashed=True))
        lines.append(_said(result, result.fooling_top, after, "dashed red line"))
    title = find_spec(report.request.model).title
    return Figure(
        mark_changes(report.request.picture, report.adversarial),
        f"{title}, a picture of class {truth}. How many of the perturbed pixels lie inside the top 20 % of "
        f"the activation map of a class: {'; '.join(lines)}.",
        title,
        tuple(lines),
        tuple(contour for contour in contours if contour.mask.any()),
    )


def _said(result: ImageResult, top: Bool[np.ndarray, "h w"], name: str, line: str) -> str:
    """Say how much of a perturbation lies inside the top of the activation map of a class."""
    if not top.any():
        return f"{name}: no part of the image speaks for it"
    return f"{name}: {share_inside(result.changed, top):.0%} inside, {line}"
