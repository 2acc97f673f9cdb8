"""Image by image: what each attack changed and how long it took; a click on a point shows the image."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from sparsefool.backend.comparison import adversarial_picture, original_picture
from sparsefool.errors import SparseFoolError
from sparsefool.view.comparison.charts import image_figure
from sparsefool.view.comparison.table import short
from sparsefool.view.components.picture_saving import saved_figure
from sparsefool.view.shared.charts import chart_config, choose_chart_format
from sparsefool.view.shared.pictures import Change, mark_changes, show_picture
from sparsefool.view.shared.query_parameters import check_number, choose_one
from sparsefool.zoo.specs import find_spec

if TYPE_CHECKING:
    import pandas as pd


LAYERS = ("Adversarial", "Changed pixels")
ACROSS = 4
"""Pictures in a row."""

_CHART, _IMAGE, _NETWORK, _LAYER = "image_chart", "image", "image_network", "image_layer"


def show_images(rows: "pd.DataFrame") -> None:
    """Draw the points and the chosen image; choosing another image redraws nothing else."""
    last = int(rows["image"].max())
    if not 0 <= st.session_state.get(_IMAGE, 0) <= last:
        st.session_state[_IMAGE] = 0
    st.fragment(_points_and_image)(rows, last)


def _points_and_image(rows: "pd.DataFrame", last: int) -> None:
    chosen = st.session_state.get(_IMAGE, 0)
    st.plotly_chart(
        image_figure(rows, chosen),
        key=_CHART,
        on_select=_take_point,
        selection_mode="points",
        config=chart_config("comparison-images", zoom=True),
        alt="Pixels changed against seconds, one point for each image and attack; below, one image can be "
        "chosen by its number.",
    )
    hidden = int((rows["pixels"] == 0).sum())
    st.caption(
        f"{len(rows):,} points: filled where the network was fooled, open where not"
        f"{f'; {hidden:,} that changed nothing are not drawn' if hidden else ''}. Both axes are logarithmic. "
        "**The seconds are not measured for each image:** an attack works on a batch at once, and its time "
        "is split among the images in proportion to the passes that each one took."
    )
    models = list(dict.fromkeys(rows["model"]))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        image = st.number_input(
            "Test image",
            0,
            last,
            step=1,
            key=_IMAGE,
            bind="query-params",
            width=160,
            help="Or click a point.",
        )
        check_number(_IMAGE, 0, last, image)
        layer = choose_one("Layer", LAYERS, _LAYER)
        choose_chart_format()
        model = models[0]
        if len(models) > 1:
            model = st.selectbox("Network", models, format_func=_network_title, key=_NETWORK, width=320)
    _show_image(rows[(rows["image"] == image) & (rows["model"] == model)], model, image, layer)


def _take_point() -> None:
    """Choose the image of the point that was clicked."""
    points = st.session_state[_CHART]["selection"]["points"]
    if points and points[0].get("customdata"):
        model, image = points[0]["customdata"][:2]
        st.session_state[_IMAGE] = int(image)
        st.session_state[_NETWORK] = str(model)


def _network_title(model: str) -> str:
    return find_spec(model).title


def _show_image(rows: "pd.DataFrame", model: str, image: int, layer: str) -> None:
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
        st.markdown("**Original**")
        show_picture(original, f"Test image {image}, which the network calls {predicted}.")
        wrong = "" if truth == predicted else f" (truth: {truth})"
        st.markdown(f"{_network_title(model)} sees **{predicted}**{wrong}")
    for cell, (row, picture) in zip(cells[1:], changed, strict=False):
        with cell:
            st.markdown(f"**{row['attack']}**")
            seen = names[row["fooling_label_8bit"]]
            shown = picture if layer == LAYERS[0] else mark_changes(original, picture)
            alt = f"After {row['attack']} the network calls test image {image} {seen}."
            show_picture(shown, alt, Change(original, picture))
            _draw_outcome(row, predicted, seen)


def _draw_outcome(row: "pd.Series[Any]", predicted: str, seen: str) -> None:
    verdict = f"{predicted} → **{seen}**" if row["success_8bit"] else f"stays **{seen}**"
    st.markdown(verdict)
    pixels, features = row["pixels_8bit"], len(row["changed_at"])
    changed = (
        f"{pixels:,} pixel{'' if pixels == 1 else 's'}, {features:,} feature{'' if features == 1 else 's'}"
    )
    st.caption(f"{changed}, {short(row['seconds'])} s, {row['forwards']:,} + {row['backwards']:,} passes")
