"""The sample images, read once for all sessions, and their thumbnails."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from sparsefool.data.galleries import load_gallery
from sparsefool.data.pictures import Picture
from sparsefool.view.pictures import data_uri

THUMBNAIL = 64
"""Side of a thumbnail in pixels; smaller pictures stay as they are."""


@dataclass(frozen=True)
class Samples:
    """The sample images of a data set in a network's input size, with their true classes."""

    pictures: tuple[Picture, ...]
    labels: tuple[int, ...]
    class_names: tuple[str, ...]


@st.cache_resource(max_entries=8, show_spinner="Reading the sample images…")
def samples(dataset: str, size: tuple[int, int]) -> Samples:
    """Return the sample images of a data set in the size that a network takes.

    Raises:
        DataError: there is no such data set, or the package with its images is missing.
    """
    gallery = load_gallery(dataset, size)
    return Samples(
        pictures=tuple(gallery.picture(index) for index in range(len(gallery))),
        labels=tuple(gallery.labels.tolist()),
        class_names=gallery.class_names,
    )


@st.cache_data(max_entries=8, show_spinner=False)
def thumbnail_css(dataset: str, size: tuple[int, int], key: str) -> str:
    """Return the style that turns the buttons of the widget ``key`` into thumbnails of the sample images."""
    box = f".st-key-{key}"
    rules = [
        f"{box} :is([role=radiogroup],[role=toolbar]){{display:grid;grid-template-columns:repeat(5,1fr);"
        "gap:5px;width:100%}",
        f"{box} button{{aspect-ratio:1;min-width:0;min-height:0;width:100%;height:auto;padding:0;border:0;"
        "border-radius:5px;background-size:cover;image-rendering:pixelated;overflow:hidden}",
        f"{box} button p{{color:transparent}}",
        f"{box} button:hover{{opacity:.8}}",
        f"{box} button:is([aria-checked=true],[aria-pressed=true])"
        "{outline:3px solid #E69F00;outline-offset:1px}",
    ]
    for position, picture in enumerate(samples(dataset, size).pictures, start=1):
        uri = data_uri(_small(picture))
        rules.append(f"{box} button:nth-of-type({position}){{background-image:url({uri})}}")
    return "<style>" + "".join(rules) + "</style>"


def _small(picture: Picture) -> Picture:
    if picture.width <= THUMBNAIL:
        return picture
    small = picture.image().resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return Picture(np.asarray(small).reshape(THUMBNAIL, THUMBNAIL, picture.channels), picture.name)
