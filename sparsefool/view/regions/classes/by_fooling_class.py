"""By fooling class: which class becomes which, and by which pixels (Figure 9)."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from sparsefool import paths
from sparsefool.analysis.findings.fooling_classes import FOOLING_CLASS_FINDINGS, FoolingClassFinding
from sparsefool.analysis.findings.fooling_parts import FOOLING_PART_FINDINGS, FoolingPartFinding
from sparsefool.analysis.region_findings import fooling_table
from sparsefool.backend.exports.findings import classes_csv, classes_latex
from sparsefool.data.specs import DATASETS, class_names, find_dataset
from sparsefool.errors import SparseFoolError
from sparsefool.formats import listed
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.regions.activation.where import find_measured
from sparsefool.view.regions.classes.findings import ClassFindings
from sparsefool.view.regions.classes.texts import HOW, example_sentence, network_sentence, pair_sentence
from sparsefool.view.regions.report import classes_html
from sparsefool.view.shared.downloads import offer_report, offer_table
from sparsefool.view.shared.experiments import show_exports, show_origin
from sparsefool.view.shared.picture_rows import show_tiles
from sparsefool.view.shared.widgets import select
from sparsefool.view.shared.wording import glued
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


SIDE, CELL_SIDE = 140, 96
"""Pictures are enlarged by the largest whole factor that keeps them within this many pixels."""

CHOICES = ("measured_network", "original_class", "fooling_class")
"""Keys of the choices of this tab."""

_TABLE, _MARKED = "fooling_table", "fooling_table_marked"
_MODEL, _ORIGINAL, _FOOLING = CHOICES


def show_classes(dataset: str) -> None:
    """Draw which class becomes which on many images, and by which pixels."""
    stored = find_measured(dataset)
    if stored is None:
        return
    try:
        findings = _choose(stored.table.rows, dataset)
        _show_maps(findings, dataset)
        _show_cell(findings)
        report = partial(classes_html, findings, stored.table.provenance)
        offer_report(report, f"{stored.name}-report.html")
    except SparseFoolError as error:
        st.error(str(error), title="These images cannot be shown")
    with st.expander("Rows and how they were measured", icon=":material/download:"):
        show_origin(stored)
        show_exports(stored)


def _choose(rows: "pd.DataFrame", dataset: str) -> ClassFindings:
    """Draw the choice of a network and of two classes, which a click on the table also chooses."""
    titles = class_names(dataset)
    models = list(dict.fromkeys(rows["model"]))
    first = next((pair for pair in find_dataset(dataset).fooling_pairs if pair[0] is not None), (None, None))
    left, middle, right = st.columns(3)
    with left:
        model = select("Measured network", models, _MODEL, lambda name: find_spec(name).title)
    table = fooling_table(rows, model)
    with middle:
        label = select(
            "Original class", table.index.tolist(), _ORIGINAL, titles.__getitem__, default=first[0]
        )
    frequent = sorted(table.columns.tolist(), key=lambda fooling: -int(table.loc[label, fooling]))
    if label == first[0] and first[1] in frequent:
        frequent.sort(key=lambda fooling: fooling != first[1])
    with right:
        fooling_label = select("Fooling class", frequent, _FOOLING, titles.__getitem__)
    return ClassFindings(rows, model, titles, label, fooling_label)


def _show_maps(findings: ClassFindings, dataset: str) -> None:
    """Draw whether the fooling class decides the places, and where those of each class lie."""
    before, after = findings.titles[findings.label], findings.titles[findings.fooling_label]
    own = [each for each in fooling_findings(dataset) if each.model == findings.model]
    pair = (findings.label, findings.fooling_label)
    found = next((each for each in own if (each.original, each.fooling) == pair), None)
    if own:
        n = findings.cell.n if findings.cell else 0
        said = pair_sentence(found, before, after, n, named=pair in find_dataset(dataset).fooling_pairs)
        st.subheader(glued(said), anchor=False)
        st.markdown(glued(network_sentence(own, find_spec(findings.model).title)))
    else:
        _show_no_verdict()
    st.markdown(f"**Where the perturbations of images called {before} lie**, by what they become")
    with saved_figure("class_maps", switches=True):
        show_tiles(findings.map_tiles(), SIDE)
    st.caption(
        "Left: smoothed (Gaussian kernel of 1/16 of the image's height) over the mean image; brightest: how "
        "many times the mean of the picture. Right: the image that shows best how this class differs from "
        "the others, its perturbed pixels in yellow."
    )
    parts = [each for each in fooling_part_findings(dataset) if each.model == findings.model]
    if parts:
        st.markdown("**The examples of the paper's Section 4.2**, on annotated pictures")
        for label, fooling_label in find_dataset(dataset).fooling_pairs:
            said = example_sentence(label, fooling_label, own, parts, findings.titles)
            st.markdown(glued(said))
    if own:
        with st.container(horizontal=True, gap="small"):
            name = f"sparsefool-fooling-classes-{dataset}"
            offer_table(name, lambda: classes_csv(own), lambda: classes_latex(own))
        with st.expander("How it is measured", icon=":material/straighten:"):
            st.markdown(HOW)


def _show_no_verdict() -> None:
    """Draw on which data sets there is a verdict."""
    tested = [spec.title for spec in DATASETS if fooling_findings(spec.name)]
    where = f" It has been tested on {listed(tested)} only." if tested else ""
    st.caption(f"Does the place depend on the fooling class? To tell takes many pictures of a class.{where}")


def fooling_findings(dataset: str) -> Sequence[FoolingClassFinding]:
    """Return what is stored on the fooling classes of a data set, if anything."""
    stored = (paths.FINDINGS / f"fooling-classes-{dataset}.parquet").is_file()
    return FOOLING_CLASS_FINDINGS.read(dataset) if stored else ()


def fooling_part_findings(dataset: str) -> Sequence[FoolingPartFinding]:
    """Return what is stored on the parts to which fooling classes draw, if anything."""
    stored = (paths.FINDINGS / f"fooling-parts-{dataset}.parquet").is_file()
    return FOOLING_PART_FINDINGS.read(dataset) if stored else ()


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


def _show_cell(findings: ClassFindings) -> None:
    """Draw the table, and the images of the chosen cell."""
    before, after = findings.titles[findings.label], findings.titles[findings.fooling_label]
    st.markdown(
        "**Which class becomes which:** images by the label before (rows) and after (columns). Click a cell "
        "to see its images."
    )
    _show_table(findings)
    if findings.cell is None:
        st.info(f"No image called {before} became {after}.", title="No such image")
        return
    st.markdown(f"**{findings.heading}**")
    st.caption(f"The adversarial image and its perturbed pixels, in yellow. {findings.left_out}")
    with saved_figure("cell_images", switches=True):
        show_tiles(findings.cell_tiles(), CELL_SIDE)
