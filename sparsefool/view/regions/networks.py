"""The same image on many networks (Figure 8): the perturbed pixels, and how far the networks agree."""

import pandas as pd
import streamlit as st

from sparsefool.analysis.overlap import Overlap
from sparsefool.analysis.statistics import FEWEST_FOR_MEAN
from sparsefool.backend.networks import ImageResult, NetworksReport, NetworksRequest, overlaps, run_networks
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.shared.picture_rows import Figure, row_html
from sparsefool.view.shared.pictures import mark_changes
from sparsefool.view.shared.runs import Runs, session_runs
from sparsefool.zoo.specs import find_spec


def networks_runs() -> Runs[NetworksRequest, NetworksReport]:
    """Return the runs of the Regions page."""
    return session_runs("networks_runs", run_networks)


def show_networks(report: NetworksReport) -> None:
    """Draw the table of overlaps and a row of pictures for each image."""
    if len(report.request.models) > 1:
        st.markdown("**Do the networks' perturbations share pixels?**")
        table = overlap_table(report)
        st.dataframe(
            table,
            hide_index=True,
            column_config={
                name: st.column_config.NumberColumn(format="percent")
                for name in ("shared", "from", "to", "by chance")
            },
            alt="For each pair of networks, the overlap of their perturbations and the overlap by chance.",
        )
        st.caption(
            "Shared: pixels that both perturb over pixels that either perturbs (intersection over union), "
            "mean over the images that fooled both; from and to: its 95 % bootstrap interval, given for "
            f"{FEWEST_FOR_MEAN} images or more. By chance: the mean overlap of as many pixels in random "
            "places."
        )
    else:
        st.info("Choose a second network to see how far the perturbations of two networks overlap.")
    with saved_figure("same_images"):
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


def overlap_table(report: NetworksReport) -> pd.DataFrame:
    """Return a row for each pair of networks: images, overlap with its interval, and overlap by chance."""
    rows = [
        {
            "networks": _titles(overlap),
            "images": overlap.n,
            "shared": overlap.shared.value,
            "from": overlap.shared.interval[0],
            "to": overlap.shared.interval[1],
            "by chance": overlap.chance,
        }
        for overlap in overlaps(report.results)
    ]
    return pd.DataFrame(rows)


def _original(result: ImageResult, truth: str) -> Figure:
    picture = result.report.request.picture
    return Figure(picture, f"The original picture of class {truth}.", "Original", (f"true class: {truth}",))


def _perturbed(result: ImageResult) -> Figure:
    report = result.report
    change, before, after = report.change_8bit, report.before.name, report.after_8bit.name
    outcome = f"{before} → {after}" if report.success_8bit else f"{before} stays {after}"
    title = _title(report.request.model)
    return Figure(
        mark_changes(report.request.picture, report.adversarial),
        f"{title}: {outcome} with the {change.pixels} perturbed pixels in yellow.",
        title,
        (outcome, f"{change.pixels:,} pixels, {change.percent:.2g} %"),
    )


def _overlap_text(overlap: Overlap) -> str:
    if not overlap.n:
        return f"{_titles(overlap)} cannot be compared (not both fooled, or different image sizes)"
    return f"{_titles(overlap)} {overlap.shared.value:.1%}, by chance {overlap.chance:.2%}"


def _titles(overlap: Overlap) -> str:
    return " and ".join(map(_title, overlap.models))


def _title(model: str) -> str:
    return find_spec(model).title
