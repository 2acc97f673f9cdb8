"""Image by image: a list of pictures to search, and what each attack changed in the chosen one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from sparsefool.backend.comparison import adversarial_picture, images_for, original_picture
from sparsefool.errors import SparseFoolError
from sparsefool.formats import counted, significant
from sparsefool.view.components.picture_list import (
    ListedPicture,
    newly_chosen,
    picture_query,
    show_picture_list,
)
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.shared.pictures import Change, show_picture
from sparsefool.view.shared.query_parameters import check_number
from sparsefool.view.shared.serving.turns import fragment
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


ACROSS = 4
"""Pictures in a row."""

PER_PAGE = 16
"""Pictures in the list at a time."""

_LIST, _IMAGE, _NETWORK = "picture_list", "image", "image_network"


def show_images(rows: "pd.DataFrame") -> None:
    """Draw the list of pictures and the chosen one; choosing another image redraws nothing else."""
    last = int(rows["image"].max())
    if not 0 <= st.session_state.get(_IMAGE, 0) <= last:
        st.session_state[_IMAGE] = 0
    fragment(_list_and_image)(rows, last)


def _list_and_image(rows: "pd.DataFrame", last: int) -> None:
    models = list(dict.fromkeys(rows["model"]))
    chosen = min(max(st.session_state.get(_IMAGE, 0), 0), last)
    _show_list(models[0], last, chosen)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        image = st.number_input("Test image", 0, last, step=1, key=_IMAGE, bind="query-params", width=160)
        check_number(_IMAGE, 0, last, image)
        model = models[0]
        if len(models) > 1:
            model = st.selectbox("Network", models, format_func=_network_title, key=_NETWORK, width=320)
    _show_image(rows[(rows["image"] == image) & (rows["model"] == model)], model, image)


def _show_list(model: str, last: int, chosen: int) -> None:
    """Draw the list of the pictures that match the search, a page of them at a time."""
    samples = images_for(model)
    names = [samples.class_names[label] for label in samples.labels[: last + 1]]
    text, page = picture_query(_LIST)
    matching = matching_pictures(names, text)
    first = PER_PAGE * min(page, max(0, len(matching) - 1) // PER_PAGE)
    shown = [
        ListedPicture(number, f"{number}: {names[number]}", samples.picture(number))
        for number in matching[first : first + PER_PAGE]
    ]
    found = f"{first + 1} to {first + len(shown)} of {len(matching):,}" if shown else "No picture matches"
    show_picture_list(_LIST, shown, chosen, found, first + PER_PAGE < len(matching), _take_picture)


def matching_pictures(names: Sequence[str], text: str) -> list[int]:
    """Return the numbers of the pictures whose number is a text, or whose class name contains it."""
    sought = text.strip().lower()
    return [number for number, name in enumerate(names) if sought in name.lower() or str(number) == sought]


def _take_picture() -> None:
    """Choose the picture that was clicked."""
    chosen = newly_chosen(_LIST)
    if chosen is not None:
        st.session_state[_IMAGE] = chosen


def _network_title(model: str) -> str:
    return find_spec(model).title


def _show_image(rows: "pd.DataFrame", model: str, image: int) -> None:
    try:
        original = original_picture(model, image)
        changed = [(row, adversarial_picture(row)) for _, row in rows.iterrows()]
    except SparseFoolError as error:
        st.error(str(error), title="This image cannot be shown")
        return
    if not changed:
        st.info(f"No attack was run on test image {image} with this network.")
        return
    names = find_spec(model).class_names
    first = changed[0][0]
    truth, predicted = names[first["label"]], names[first["predicted"]]
    with saved_figure("image_by_attack", switches=True):
        cells = [
            cell for _ in range(0, len(changed) + 1, ACROSS) for cell in st.columns(ACROSS, gap="medium")
        ]
    with cells[0]:
        show_picture(original, f"Test image {image}, which the network calls {predicted}.")
        st.markdown("**Original**")
        wrong = "" if truth == predicted else f" (truth: {truth})"
        st.markdown(f"{_network_title(model)} sees **{predicted}**{wrong}")
    for cell, (row, picture) in zip(cells[1:], changed, strict=False):
        with cell:
            seen = names[row["fooling_label_8bit"]]
            alt = f"After {row['attack']} the network calls test image {image} {seen}."
            show_picture(picture, alt, Change(original, picture))
            st.markdown(f"**{row['attack']}**")
            _draw_outcome(row, predicted, seen)


def _draw_outcome(row: "pd.Series[Any]", predicted: str, seen: str) -> None:
    verdict = f"{predicted} → **{seen}**" if row["success_8bit"] else f"stays **{seen}**"
    st.markdown(verdict)
    pixels, values = row["pixels_8bit"], len(row["changed_at"])
    amount = f"**{counted(pixels, 'pixel')}**"
    if values > pixels:
        amount += f" ({values:,} values)"
    st.caption(f"{amount}, about {significant(row['seconds'])} s")
