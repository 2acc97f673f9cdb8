"""The choice of the images that a stored result is about: test images, or pictures that the app has not."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st

from sparsefool.data.photographs import SeededOrder
from sparsefool.data.picture_sets import PictureSet, known_sets
from sparsefool.data.samples import count_samples
from sparsefool.data.specs import DATASETS
from sparsefool.errors import StoreError
from sparsefool.view.shared.widgets import select
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd

NOT_HERE = "not in the app: it has the numbers but no pictures, and a command measures more."


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
    here = f"{count_samples(dataset):,} test images"
    chosen = select("Measured on", [here, *titles], f"measured_on_{dataset}")
    if chosen == here:
        return None
    found = sets[titles.index(chosen)]
    say_not_here(found)
    return found


def point_to_sets() -> None:
    """Draw which sets of pictures can be chosen on this page, of any data set."""
    with suppress(StoreError):  # which is reported where the set is to be chosen
        for spec in DATASETS:
            for each in known_sets(spec.name):
                st.caption(
                    f":material/hide_image: {spec.title} was also measured on {each.heading}: choose "
                    f"{spec.title} and, under Measured on, {each.pictures.source}."
                )


def say_not_here(chosen: PictureSet) -> None:
    """Draw what pictures a result is about, and that they are not in the app."""
    st.caption(f":material/hide_image: {chosen.heading}, {NOT_HERE}")


def _titles(sets: Sequence[PictureSet]) -> list[str]:
    """Return a title for each set, its name; those of the same name are told apart."""
    names = [each.pictures.source for each in sets]
    orders = [each.pictures.images for each in sets]
    return [
        f"{name}, seed {order.seed}, {order.digest[:4]}"
        if names.count(name) > 1 and isinstance(order, SeededOrder)
        else name
        for name, order in zip(names, orders, strict=True)
    ]


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
