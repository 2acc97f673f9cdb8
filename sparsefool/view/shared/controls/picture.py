"""Choosing a picture: one of the samples, a file, or the camera."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.typing import UploadedFile

from sparsefool.backend.attack.reproduction import Sample
from sparsefool.backend.models import picture_for
from sparsefool.backend.serving.limits import limits
from sparsefool.data.galleries import load_gallery
from sparsefool.data.image_files import FORMATS, MAX_BYTES, read_picture
from sparsefool.data.pictures import Picture
from sparsefool.data.samples import load_samples
from sparsefool.errors import SparseFoolError
from sparsefool.view.shared.pictures import data_uri
from sparsefool.view.shared.query_parameters import check_option
from sparsefool.view.shared.serving.turns import out_of_turn
from sparsefool.view.shared.serving.uploads import uploaded_bytes
from sparsefool.view.shared.widgets import choose_one
from sparsefool.zoo.specs import ModelSpec

SAMPLES = "Samples"
SOURCES = (SAMPLES, "File", "Camera")
_DECODED = "decoded_upload"
_PICTURE, _FURTHER = "picture", "further_picture"


@dataclass(frozen=True)
class SelectedImage:
    """A picture in a network's input size, with its true class and its sample where these are known."""

    picture: Picture
    truth: int | None = None
    truth_name: str = ""
    sample: Sample | None = None


def choose_picture(spec: ModelSpec) -> SelectedImage | None:
    """Draw the choice of a picture; return it, or None if there is none yet.

    Raises:
        ImageError: the file cannot be read, or is too small for the network.
        LimitError: the server has not taken it.
    """
    source = choose_one("Picture", SOURCES, "source", width="stretch")
    megabytes = min(MAX_BYTES // 1_000_000, limits().megabytes_per_session)
    if source == SAMPLES:
        return _choose_sample(spec)
    if source == "File":  # of any ending, or none: the content decides whether it is read
        file = st.file_uploader(
            "Picture file",
            max_upload_size=megabytes,
            key="file",
            label_visibility="collapsed",
        )
        st.caption(f"{FORMATS}.")
    else:
        file = st.camera_input("Take a picture", key="camera", label_visibility="collapsed")
    st.caption(f"At most {megabytes} MB. A link to this page keeps every control, but not your own picture.")
    return None if file is None else _read(file, spec)


def _choose_sample(spec: ModelSpec) -> SelectedImage:
    choices = samples(spec.gallery, spec.input_size)
    numbers = [str(number) for number in range(1, len(choices.pictures) + 1)]
    further = _further_image(spec, len(numbers))
    st.html(thumbnail_css(spec.gallery, spec.input_size, _PICTURE))
    if further is not None:
        numbers.append(str(further.index + 1))
        st.html(f"<style>{_thumbnail_rule(_PICTURE, len(numbers), further.picture)}</style>")
    number = st.pills(
        "Sample",
        numbers,
        default=numbers[0],
        required=True,
        key=_PICTURE,
        bind="query-params",
        label_visibility="collapsed",
        width="stretch",
    )
    check_option(_PICTURE, numbers, number)
    index = int(number) - 1
    if further is not None and index == further.index:
        picture, label, called = further.picture, further.label, f"Test image {index}"
    else:
        picture, label, called = choices.pictures[index], choices.labels[index], f"Sample {number}"
    name = choices.class_names[label]
    st.caption(f"{called}, true class: {name}")
    truth = label if spec.dataset == spec.gallery else None  # it may be no class of the network
    return SelectedImage(picture, truth, name, Sample(spec.gallery, index))


@dataclass(frozen=True)
class _FurtherImage:
    """A test image that is none of the samples: its number among the test images, and its true class."""

    index: int
    picture: Picture
    label: int


def _further_image(spec: ModelSpec, samples_shown: int) -> _FurtherImage | None:
    """Return the test image, beyond the samples, that the address or another page has chosen last."""
    asked = str(st.session_state.get(_PICTURE, st.query_params.get(_PICTURE, "")))
    if asked.isascii() and asked.isdigit() and len(asked) <= 6 and int(asked) > samples_shown:
        st.session_state[_FURTHER] = (spec.gallery, int(asked) - 1)
    gallery, index = st.session_state.get(_FURTHER, ("", 0))
    if gallery != spec.gallery:
        return None
    images = load_samples(gallery, spec.input_size)
    if index >= len(images):
        return None
    return _FurtherImage(index, picture_for(spec.name, images.picture(index)), int(images.labels[index]))


def _read(file: UploadedFile, spec: ModelSpec) -> SelectedImage:
    """Return the picture of a file, decoded once and not at every rerun of the page."""
    key = (file.file_id, spec.name)
    known, outcome = st.session_state.get(_DECODED, (None, None))
    if known != key:
        try:
            with out_of_turn():
                outcome = picture_for(spec.name, read_picture(uploaded_bytes(file), file.name))
        except SparseFoolError as error:
            outcome = error
        st.session_state[_DECODED] = (key, outcome)
    if isinstance(outcome, SparseFoolError):
        raise type(outcome)(*outcome.args)
    return SelectedImage(outcome)


THUMBNAIL = 64
"""Side of a thumbnail in pixels; smaller pictures stay as they are."""


@dataclass(frozen=True)
class Samples:
    """The sample images of a data set in a network's input size, with their true classes."""

    pictures: tuple[Picture, ...]
    labels: tuple[int, ...]
    class_names: tuple[str, ...]


@st.cache_resource(max_entries=8, show_spinner="Loading the sample images…")
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
        rules.append(_thumbnail_rule(key, position, picture))
    return "<style>" + "".join(rules) + "</style>"


def _thumbnail_rule(key: str, position: int, picture: Picture) -> str:
    """Return the rule that puts a picture on a button of the widget ``key``, the first being number 1."""
    return (
        f".st-key-{key} button:nth-of-type({position}){{background-image:url({data_uri(_small(picture))})}}"
    )


def _small(picture: Picture) -> Picture:
    if picture.width <= THUMBNAIL:
        return picture
    small = picture.image().resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return Picture(np.asarray(small).reshape(THUMBNAIL, THUMBNAIL, picture.channels), picture.name)
