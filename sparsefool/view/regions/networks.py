"""The same image on many networks (Figure 8): the perturbed pixels, and how far the networks agree."""

import streamlit as st

from sparsefool.analysis.overlap import Overlap
from sparsefool.backend.networks import ImageResult, NetworksReport, overlaps
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.regions.overlaps import OVERLAP_NOTE, overlap_sentences, overlap_title
from sparsefool.view.shared.picture_rows import Figure, row_html
from sparsefool.view.shared.pictures import Change, mark_changes
from sparsefool.zoo.specs import find_spec


def show_networks(report: NetworksReport) -> None:
    """Draw what the perturbations of each two networks share, and a row of pictures for each image."""
    if len(report.request.models) > 1:
        st.markdown("**Do the networks' perturbations share pixels?**")
        st.markdown("\n".join(f"- {line}" for line in overlap_sentences(overlaps(report.results))))
        st.caption(OVERLAP_NOTE)
    else:
        st.info("Choose a second network to see how far the perturbations of two networks overlap.")
    with saved_figure("same_images", switches=True):
        for results, figures in zip(report.results, networks_figures(report), strict=True):
            st.html(row_html(figures))
            if len(results) > 1:
                shared = "; ".join(_overlap_text(each) for each in overlaps([results]))
                st.caption(f"Shared pixels: {shared}.")


def networks_figures(report: NetworksReport) -> list[tuple[Figure, ...]]:
    """Return a row for each image: the original, and the perturbed pixels of each network."""
    return [
        (_original(results[0], truth), *(_perturbed(result) for result in results))
        for results, truth in zip(report.results, report.request.truths, strict=True)
    ]


def _original(result: ImageResult, truth: str) -> Figure:
    picture = result.report.request.picture
    return Figure(picture, f"The original picture of class {truth}.", "Original", (f"true class: {truth}",))


def _perturbed(result: ImageResult) -> Figure:
    report = result.report
    change, before, after = report.change_8bit, report.before.name, report.after_8bit.name
    outcome = f"{before} → {after}" if report.success_8bit else f"{before} stays {after}"
    title = find_spec(report.request.model).title
    return Figure(
        mark_changes(report.request.picture, report.adversarial),
        f"{title}: {outcome} with the {change.pixels} perturbed pixels in yellow.",
        title,
        (outcome, f"{change.pixels:,} pixels, {change.percent:.2g} %"),
        change=Change(report.request.picture, report.adversarial),
    )


def _overlap_text(overlap: Overlap) -> str:
    """Return what two perturbations of a single image share; there are no others to compare them with."""
    if not overlap.n:
        return f"{overlap_title(overlap)} cannot be compared (not both fooled, or different image sizes)"
    return f"{overlap_title(overlap)} {overlap.shared.value:.1%}, random places {overlap.random:.2%}"
