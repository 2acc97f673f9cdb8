"""The choice of the images that a stored result is about: test images, or pictures that the app has not."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from sparsefool.data.photographs import SeededOrder
from sparsefool.data.picture_sets import PictureSet, known_sets
from sparsefool.data.samples import count_samples
from sparsefool.errors import StoreError
from sparsefool.view.shared.widgets import select
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

NOT_HERE = "These pictures are not in the app: it has the numbers, and a command measures more of them."


def choose_images(dataset: str) -> PictureSet | None:
    """Draw the choice between the test images and sets of pictures that were attacked, if there are any.

    Returns:
        None for the test images. A damaged file of a set is reported.
    """
    try:
        sets = known_sets(dataset)
    except StoreError as error:
        st.error(str(error), title="A set of pictures cannot be read")
        return None
    if not sets:
        return None
    titles = _titles(sets)
    here = f"{count_samples(dataset):,} test images, in the app"
    chosen = select("Measured on", [here, *titles], f"measured_on_{dataset}")
    if chosen == here:
        return None
    st.caption(f":material/hide_image: {NOT_HERE}")
    return sets[titles.index(chosen)]


def say_not_here(chosen: PictureSet) -> None:
    """Draw what pictures a result is about, and that they are not in the app."""
    st.caption(f":material/hide_image: {chosen.heading}. {NOT_HERE}")


def _titles(sets: Sequence[PictureSet]) -> list[str]:
    """Return a title for each set; those with the same heading are told apart."""
    titles: list[str] = []
    for each in sets:
        order = each.pictures.images
        assert isinstance(order, SeededOrder)
        title = each.heading
        if [other.heading for other in sets].count(title) > 1:
            title += f" ({each.pictures.source}, seed {order.seed}, {order.digest[:4]})"
        titles.append(title)
    return titles


def show_numbers_of_images(rows: "pd.DataFrame", chosen: PictureSet, columns: Sequence[str]) -> None:
    """Draw a table of the rows of pictures that the app does not have: their names, classes and numbers.

    Args:
        rows: of an experiment on the set, with class numbers of one network's data set.
        chosen: the set.
        columns: of the rows, in this order; class numbers are drawn as names, networks as titles.
    """
    names = find_spec(str(rows["model"].iloc[0] if "model" in rows else rows["source"].iloc[0])).class_names
    table = rows[list(columns)].copy()
    for column in columns:
        if column in _CLASSES:
            table[column] = [names[label] for label in table[column]]
        elif column in _NETWORKS:
            table[column] = [find_spec(model).title for model in table[column]]
    table.insert(0, "picture", [chosen.listed[image][0] for image in rows["image"]])
    say_not_here(chosen)
    st.dataframe(
        table.rename(columns=_HEADINGS),
        hide_index=True,
        alt=f"The results on {chosen.heading}, a row for each picture.",
    )


_CLASSES = frozenset({"label", "predicted", "fooling_label_8bit", "target_before", "target_after"})
_NETWORKS = frozenset({"model", "source", "target"})
_HEADINGS = {
    "model": "network",
    "label": "true class",
    "predicted": "seen as",
    "fooling_label_8bit": "then seen as",
    "success_8bit": "fooled",
    "pixels_8bit": "pixels",
    "target_before": "target before",
    "target_after": "target after",
}
