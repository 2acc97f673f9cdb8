"""The images behind a cell of the transfer matrix: those that transferred and those that did not."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from sparsefool.analysis.transfer_rates import both_correct, transferred
from sparsefool.data.picture_sets import PictureSet
from sparsefool.data.pictures import Picture
from sparsefool.data.samples import load_samples
from sparsefool.experiments.records.attack_rows import rebuild
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.shared.controls.measured_images import show_numbers_of_images
from sparsefool.view.shared.picture_rows import Shown, Tile, show_tiles
from sparsefool.view.shared.pictures import Change
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


EACH_IMAGE = ("label", "transferred", "predicted", "fooling_label_8bit", "target_before", "target_after")
"""What is told of each picture that the app does not have."""

PER_PAGE = 8
"""Images of each kind drawn at a time."""

SIDE = 84
"""Pictures are enlarged by the largest whole factor that keeps them within this many pixels."""


def show_cell(
    rows: "pd.DataFrame", source: str, target: str, correct: bool, chosen: PictureSet | None = None
) -> None:
    """Draw the images of one cell that fooled the source, rounded to 8 bits, a page at a time.

    Args:
        rows: of the transfer.
        source, target: the cell.
        correct: whether to count only the images that source and target both classify correctly.
        chosen: the pictures that the rows are about, if not the test images: these are told in numbers.
    """
    of_source = rows[(rows["source"] == source) & rows["success_8bit"]]
    cell = of_source[of_source["target"] == target]
    if correct:
        cell = cell[both_correct(cell)]
    moved = transferred(cell)
    st.subheader(f"Made for {find_spec(source).title}, tried on {find_spec(target).title}", anchor=False)
    if chosen is not None:
        show_numbers_of_images(cell.assign(transferred=moved), chosen, EACH_IMAGE)
        return
    st.caption(
        "Original and adversarial picture, in 8 bits. Below, every network's label before → after, that of "
        "the target in bold."
    )
    labels = _labels(of_source)
    for title, key, images in (
        ("Transferred", "transferred", cell[moved]),
        ("Did not transfer", "not_transferred", cell[~moved]),
    ):
        st.markdown(f"**{title}: {len(images):,} of {len(cell):,}**")
        if len(images):
            shown = _choose_page(images, f"{title} {source} {target}")
            with saved_figure(key, switches=True):
                show_tiles((_tile(row, labels, target) for row in shown.itertuples()), SIDE)
        else:
            st.caption("None.")


def _choose_page(images: "pd.DataFrame", key: str) -> "pd.DataFrame":
    pages = -(-len(images) // PER_PAGE)
    if pages == 1:
        return images
    page = st.number_input(f"Page, of {pages}", 1, pages, 1, key=f"leaf {key}", width=160)
    return images.iloc[(page - 1) * PER_PAGE : page * PER_PAGE]


def _labels(rows: "pd.DataFrame") -> Mapping[int, list[tuple[str, int, int]]]:
    """Return, for each image, every target with its labels before and after."""
    labels: dict[int, list[tuple[str, int, int]]] = {}
    for image, target, before, later in zip(
        rows["image"], rows["target"], rows["target_before"], rows["target_after"], strict=True
    ):
        labels.setdefault(int(image), []).append((str(target), int(before), int(later)))
    return labels


def _tile(row: "pd.core.frame.Series", labels: Mapping[int, list[tuple[str, int, int]]], target: str) -> Tile:
    spec = find_spec(row.source)
    names = spec.class_names
    original = load_samples(spec.dataset, spec.input_size).images[row.image]
    adversarial = rebuild(original, row.changed_at.tolist(), row.changed_to.tolist())
    lines = []
    for model, first, last in labels[int(row.image)]:
        mark = "!" if model == target else ""
        change = f"{names[first]} → {names[last]}" if first != last else f"{names[first]}, unchanged"
        lines.append(f"{mark}{find_spec(model).title}: {change}")
    before = Picture.from_tensor(original, f"test image {row.image}")
    after = Picture.from_tensor(adversarial, f"test image {row.image}, adversarial")
    return Tile(
        (
            Shown(before, f"Test image {row.image}, true class {names[row.label]}."),
            Shown(
                after,
                f"Test image {row.image} with {len(row.changed_at)} changed values.",
                Change(before, after),
            ),
        ),
        f"{row.image}: {names[row.label]}",
        (*lines, f"{row.pixels_8bit:,} pixels changed"),
    )
