"""Which class draws what (Figure 9): the measured table of many images, by original and fooling class."""

import numpy as np
import pandas as pd
import streamlit as st

from sparsefool.class_names import class_names
from sparsefool.data.pictures import Picture
from sparsefool.data.samples import load_samples
from sparsefool.experiments.region_findings import MeanMap, fooling_table, mean_maps, overlaps_of, shares_of
from sparsefool.experiments.regions import changed_pixels
from sparsefool.view.address import AddressCheck
from sparsefool.view.chart_saving import chart_config, choose_chart_format
from sparsefool.view.figure_rows import Figure, row_html
from sparsefool.view.pictures import mark_pixels
from sparsefool.view.results import find_result, show_exports, show_origin
from sparsefool.view.share_charts import share_figure, share_sentence
from sparsefool.zoo.specs import find_spec

MOST_CLASSES = 8
"""Fooling classes that are drawn, the most frequent first."""


def show_classes(dataset: str, check: AddressCheck) -> None:
    """Draw what was measured on many images of a data set."""
    stored = find_result(shipped=f"regions-{dataset}")
    if stored is None:
        st.info(
            "Nothing has been measured on many images of this data set yet; `python -m sparsefool experiment "
            f"regions {dataset} --ship` does it."
        )
        return
    show_origin(stored)
    _show_many(stored.table.rows)
    choose_chart_format(check)
    _show_classes(stored.table.rows, dataset)
    show_exports(stored)


def _show_many(rows: pd.DataFrame) -> None:
    found = {find_spec(model).title: shares for model, shares in shares_of(rows).items()}
    st.markdown("\n".join(f"- {share_sentence(title, shares)}" for title, shares in found.items()))
    st.plotly_chart(
        share_figure(found),
        key="many_shares",
        config=chart_config("sparsefool-regions-many-images"),
        alt=" ".join(share_sentence(title, shares) for title, shares in found.items()),
    )
    for overlap in overlaps_of(rows):
        first, second = (find_spec(model).title for model in overlap.models)
        low, high = overlap.shared.interval
        st.markdown(
            f"- {first} and {second} share {overlap.shared.value:.1%} of their pixels (95 %: {low:.1%} to "
            f"{high:.1%}; by chance {overlap.chance:.2%}; {overlap.n} images that fool both)."
        )


def _show_classes(rows: pd.DataFrame, dataset: str) -> None:
    names = class_names(dataset)
    models = list(dict.fromkeys(rows["model"]))
    left, right = st.columns(2)
    model = left.selectbox(
        "Measured network", models, format_func=lambda name: find_spec(name).title, key="measured_network"
    )
    table = fooling_table(rows, model)
    label = right.selectbox(
        "Original class", table.index.tolist(), format_func=names.__getitem__, key="original_class"
    )
    st.markdown(f"**What the images called {names[label]} become**, and which pixels do it")
    found = mean_maps(rows, model, label)
    st.html(row_html(tuple(_map_figure(each, names) for each in found[:MOST_CLASSES])))
    st.html(row_html(tuple(_example(each, rows, model, dataset, names) for each in found[:MOST_CLASSES])))
    st.caption(
        "Above: how often each pixel is perturbed; white is the pixel perturbed most often. Below: of these "
        "images the one with the fewest perturbed pixels, in yellow. Further down: fooled images by label "
        "(rows) and fooling label (columns)."
    )
    named = table.rename(index=names.__getitem__, columns=names.__getitem__)
    st.dataframe(named, alt="Fooled images by original label and fooling label.")


def _map_figure(found: MeanMap, names: tuple[str, ...]) -> Figure:
    top = float(found.rates.max())
    levels = (255 * found.rates / max(top, 1e-9)).round().astype(np.uint8)
    name = names[found.fooling_label]
    images = f"n = {found.n}"
    return Figure(
        Picture(levels[:, :, None], f"mean map, {name}"),
        f"How often each pixel is perturbed in the {found.n} images that become {name}.",
        f"→ {name}",
        (f"{images}, white = {top:.0%}",),
    )


def _example(found: MeanMap, rows: pd.DataFrame, model: str, dataset: str, names: tuple[str, ...]) -> Figure:
    image, name = found.images[0], names[found.fooling_label]
    row = rows[(rows["model"] == model) & (rows["image"] == image)]
    picture = load_samples(dataset, find_spec(model).input_size).picture(image)
    marked = mark_pixels(picture, changed_pixels(row, model)[0])
    pixels = int(row["pixels_8bit"].iloc[0])
    return Figure(
        marked,
        f"Image {image}, which becomes {name} by {pixels} perturbed pixels, in yellow.",
        "",
        (f"image {image}: {pixels} pixels",),
    )
