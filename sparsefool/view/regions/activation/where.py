"""Chosen pictures with the outlines of where the networks look, and the shares of their pixels inside."""

from collections.abc import Mapping

import numpy as np
import streamlit as st
from jaxtyping import Bool

from sparsefool.analysis.shares import Shares
from sparsefool.backend.networks import ImageResult, NetworksReport, shares
from sparsefool.data.picture_sets import PictureSet
from sparsefool.experiments.paper.experiments import paper_regions
from sparsefool.experiments.pixel_masks import share_inside
from sparsefool.formats import percent
from sparsefool.view.regions.activation.share_charts import share_figure, share_sentence
from sparsefool.view.shared.charts import show_chart
from sparsefool.view.shared.experiments import StoredResult, find_on_most_images, find_result
from sparsefool.view.shared.palette import SKY, VERMILLION
from sparsefool.view.shared.picture_rows import Contour, Figure
from sparsefool.view.shared.pictures import Change, mark_changes
from sparsefool.zoo.specs import find_spec


def find_measured(dataset: str, chosen: PictureSet | None = None) -> StoredResult | None:
    """Return what was measured on many images of a data set; where there is nothing, say so on the page.

    Args:
        dataset: its name.
        chosen: the pictures that were attacked, if not the test images.
    """
    if chosen is None:
        stored = find_result(paper_regions(dataset))
    else:
        stored = find_on_most_images(paper_regions(dataset, pictures=chosen.pictures))
    if stored is None:
        of_these = " --data PICTURES" if chosen else ""
        st.info(
            "Nothing has been measured on many images of this data set yet; `python -m sparsefool experiment "
            f"regions {dataset}{of_these} --ship` does it."
        )
    return stored


def show_shares(shares_by_network: Mapping[str, Shares], key: str) -> None:
    """Draw the shares of each network as a chart and as sentences.

    Args:
        shares_by_network: the shares, by the network's title.
        key: of the chart, and the name of its file.
    """
    sentences = [share_sentence(title, each) for title, each in shares_by_network.items()]
    show_chart(share_figure(shares_by_network), key=key, alt=" ".join(sentences))
    with st.expander("Shares, in numbers", icon=":material/table:"):
        st.markdown("\n".join(f"- {each}" for each in sentences))


def shares_by_title(report: NetworksReport) -> dict[str, Shares]:
    """Return the shares of each network, by its title."""
    columns = zip(report.request.models, zip(*report.results, strict=True), strict=True)
    return {find_spec(model).title: shares(results) for model, results in columns}


def outlined_figures(report: NetworksReport) -> list[tuple[Figure, ...]]:
    """Return a row for each image: its perturbed pixels and the outlines of its maps on each network."""
    return [
        tuple(_outlined(result, truth) for result in results)
        for results, truth in zip(report.results, report.request.truths, strict=True)
    ]


def _outlined(result: ImageResult, truth: str) -> Figure:
    report = result.report
    before, after = report.before.name, report.after_8bit.name
    contours, lines = (
        [Contour(result.label_top, SKY)],
        [_share_inside(result, result.label_top, before, "blue line")],
    )
    if report.after_8bit.label != report.before.label:
        contours.append(Contour(result.fooling_top, VERMILLION, dashed=True))
        lines.append(_share_inside(result, result.fooling_top, after, "dashed red line"))
    title = find_spec(report.request.model).title
    return Figure(
        mark_changes(report.request.picture, report.adversarial),
        f"{title}, a picture of class {truth}. How many of the perturbed pixels lie inside the top 20 % of "
        f"the activation map of a class: {'; '.join(lines)}.",
        title,
        tuple(lines),
        tuple(contour for contour in contours if contour.mask.any()),
        Change(report.request.picture, report.adversarial),
    )


def _share_inside(result: ImageResult, top: Bool[np.ndarray, "h w"], name: str, line: str) -> str:
    """Return how much of a perturbation lies inside the top of the activation map of a class, as text."""
    if not top.any():
        return f"{name}: no part of the image supports it"
    return f"{name}: {percent(share_inside(result.changed, top))} inside, {line}"
