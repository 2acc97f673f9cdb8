"""The same image on many networks (Figure 8): the perturbed pixels, and how far the networks agree."""

import math
from itertools import combinations

import pandas as pd
import streamlit as st

from sparsefool.analysis.overlap import chance_overlap, intersection_over_union
from sparsefool.analysis.shares import FEWEST, bootstrap_interval
from sparsefool.backend.networks import Cell, NetworksReport, NetworksRequest, run_networks
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.shared.picture_rows import Figure, row_html
from sparsefool.view.shared.pictures import mark_changes
from sparsefool.view.shared.runs import Runs, session_runs
from sparsefool.zoo.specs import find_spec


def networks_runs() -> Runs[NetworksRequest, NetworksReport]:
    """Return the runs of the Regions page."""
    return session_runs("networks_runs", run_networks)


def show_networks(report: NetworksReport) -> None:
    """Draw one row of pictures for each image, and the table of overlaps."""
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
            alt="For each pair of networks, the overlap of their perturbations and what chance gives.",
        )
        st.caption(
            "Shared: pixels that both perturb over pixels that either perturbs (intersection over union), "
            f"mean over the images; from and to: its 95 % bootstrap interval, from {FEWEST} images on. By "
            "chance: the mean of what as many pixels in random places share."
        )
    else:
        st.info("Choose a second network to see how far the perturbations of two networks agree.")
    with saved_figure("same_images"):
        for cells, figures in zip(report.cells, networks_figures(report), strict=True):
            st.html(row_html(figures))
            if len(cells) > 1:
                shared = "; ".join(_overlap(a, b) for a, b in combinations(cells, 2))
                st.caption(f"Shared pixels: {shared}.")


def networks_figures(report: NetworksReport) -> list[tuple[Figure, ...]]:
    """Return a row for each image: the original, and the perturbed pixels of each network."""
    return [
        (_original(cells[0], truth), *(_perturbed(cell) for cell in cells))
        for cells, truth in zip(report.cells, report.request.truths, strict=True)
    ]


def overlap_table(report: NetworksReport) -> pd.DataFrame:
    """Return a row for each pair of networks: images, overlap with its interval, and what chance gives."""
    rows = []
    for first, second in combinations(range(len(report.request.models)), 2):
        pairs = [(cells[first], cells[second]) for cells in report.cells]
        pairs = [(a, b) for a, b in pairs if _comparable(a, b)]
        shared = [intersection_over_union(a.changed, b.changed) for a, b in pairs]
        low, high = bootstrap_interval(shared)
        chances = [_chance(a, b) for a, b in pairs]
        rows.append(
            {
                "networks": " and ".join(_title(report.request.models[each]) for each in (first, second)),
                "images": len(pairs),
                "shared": sum(shared) / len(shared) if shared else math.nan,
                "from": low,
                "to": high,
                "by chance": sum(chances) / len(chances) if chances else math.nan,
            }
        )
    return pd.DataFrame(rows)


def _original(cell: Cell, truth: str) -> Figure:
    picture = cell.report.request.picture
    return Figure(picture, f"The original picture of class {truth}.", "Original", (f"truly: {truth}",))


def _perturbed(cell: Cell) -> Figure:
    report = cell.report
    change, before, after = report.change_8bit, report.before.name, report.after_8bit.name
    told = f"{before} → {after}" if report.success_8bit else f"{before} stays {after}"
    title = _title(report.request.model)
    return Figure(
        mark_changes(report.request.picture, report.adversarial),
        f"{title}: {told} with the {change.pixels} perturbed pixels in yellow.",
        title,
        (told, f"{change.pixels:,} pixels, {change.percent:.2g} %"),
    )


def _overlap(first: Cell, second: Cell) -> str:
    names = f"{_title(first.report.request.model)} and {_title(second.report.request.model)}"
    if not _comparable(first, second):
        return f"{names} cannot be compared (another size, or no pixel)"
    shared = intersection_over_union(first.changed, second.changed)
    return f"{names} {shared:.1%}, by chance {_chance(first, second):.2%}"


def _comparable(first: Cell, second: Cell) -> bool:
    return first.changed.shape == second.changed.shape and bool(first.changed.any() | second.changed.any())


def _chance(first: Cell, second: Cell) -> float:
    return chance_overlap(int(first.changed.sum()), int(second.changed.sum()), first.changed.size)


def _title(model: str) -> str:
    return find_spec(model).title
