"""By fooling class: which class becomes which, and by which pixels (Figure 9)."""

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from sparsefool.analysis.region_findings import fooling_table
from sparsefool.data.specs import class_names
from sparsefool.errors import SparseFoolError
from sparsefool.experiments.paper import paper_regions
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.regions.class_findings import ClassFindings
from sparsefool.view.regions.report import classes_html
from sparsefool.view.shared.controls.network import class_title
from sparsefool.view.shared.downloads import offer_report
from sparsefool.view.shared.experiments import StoredResult, find_result, show_exports, show_origin
from sparsefool.view.shared.picture_rows import show_tiles
from sparsefool.view.shared.widgets import select
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


SIDE, CELL_SIDE = 112, 84
"""Pictures are enlarged by the largest whole factor that keeps them within this many pixels."""

_TABLE, _MARKED = "fooling_table", "fooling_table_marked"
_ORIGINAL, _FOOLING = "original_class", "fooling_class"


def show_classes(dataset: str) -> None:
    """Draw which class becomes which on many images, and by which pixels."""
    stored = find_result(paper_regions(dataset))
    if stored is None:
        st.info(
            "Nothing has been measured on many images of this data set yet; `python -m sparsefool experiment "
            f"regions {dataset} --ship` does it."
        )
        return
    try:
        _show_findings(_choose(stored.table.rows, dataset), stored)
    except SparseFoolError as error:
        st.error(str(error), title="These images cannot be shown")
    show_origin(stored)
    show_exports(stored)


def _choose(rows: "pd.DataFrame", dataset: str) -> ClassFindings:
    """Draw the table and the choice of one of its cells, which a click on the cell also makes."""
    titles = tuple(class_title(label, name) for label, name in enumerate(class_names(dataset)))
    models = list(dict.fromkeys(rows["model"]))
    st.markdown(
        "**Which class becomes which:** images by the label before (rows) and after (columns). Click a cell "
        "to see its images."
    )
    place, table_place, left, right = st.container(), st.container(), *st.columns(2)
    with place:
        model = select("Measured network", models, "measured_network", lambda name: find_spec(name).title)
    table = fooling_table(rows, model)
    with left:
        label = select("Original class", table.index.tolist(), _ORIGINAL, titles.__getitem__)
    frequent = sorted(table.columns.tolist(), key=lambda fooling: -int(table.loc[label, fooling]))
    with right:
        fooling_label = select("Fooling class", frequent, _FOOLING, titles.__getitem__)
    findings = ClassFindings(rows, model, titles, label, fooling_label)
    with table_place:
        _show_table(findings)
    return findings


def _show_table(findings: ClassFindings) -> None:
    """Draw the table with the chosen cell selected; a choice made outside the table draws a new table."""
    chosen = (findings.model, findings.label, findings.fooling_label)
    number, marked = st.session_state.get(_MARKED, (0, chosen))
    number += marked != chosen
    st.session_state[_MARKED] = (number, chosen)
    table = findings.table
    row, column = (
        table.index.get_loc(findings.titles[findings.label]),
        findings.titles[findings.fooling_label],
    )
    st.dataframe(
        table,
        key=f"{_TABLE}_{number}",
        on_select=partial(_take_cell, findings, f"{_TABLE}_{number}"),
        selection_mode="single-cell",
        selection_default={"selection": {"cells": [(row, column)]}},
        alt="Fooled images by original label and fooling label; the choices below open the same cells.",
    )


def _take_cell(findings: ClassFindings, key: str) -> None:
    """Choose the classes of the cell that was clicked."""
    event: Any = st.session_state[key]
    for row, column in event["selection"]["cells"]:
        label = findings.titles.index(findings.table.index[row])
        fooling_label = findings.titles.index(column)
        number, _ = st.session_state[_MARKED]
        st.session_state[_MARKED] = (number, (findings.model, label, fooling_label))
        st.session_state.update({_ORIGINAL: label, _FOOLING: fooling_label})


def _show_findings(findings: ClassFindings, stored: StoredResult) -> None:
    before, after = findings.titles[findings.label], findings.titles[findings.fooling_label]
    if findings.cell is None:
        st.info(f"No image called {before} became {after}.", title="No such image")
    else:
        st.markdown(f"**{findings.heading}**")
        st.caption(f"The adversarial image and its perturbed pixels, in yellow. {findings.left_out}")
        with saved_figure("cell_images", switches=True):
            show_tiles(findings.cell_tiles(), CELL_SIDE)
    st.markdown(f"**What the images called {before} become**, and which pixels do it")
    with saved_figure("class_maps", switches=True):
        show_tiles(findings.map_tiles(), SIDE)
    st.caption(
        "Left: how often each pixel is perturbed; white is the pixel perturbed most often. Right: the "
        "image with the fewest perturbed pixels, in yellow on the greyed original."
    )
    offer_report(partial(classes_html, findings, stored.table.provenance), f"{stored.name}-report.html")
