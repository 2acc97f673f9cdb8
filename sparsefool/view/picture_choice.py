"""Choosing a picture: one of the samples, a file, or the camera."""

from dataclasses import dataclass

import streamlit as st
from streamlit.typing import UploadedFile

from sparsefool.backend.pictures import picture_for
from sparsefool.backend.reproduction import Sample
from sparsefool.data.image_files import MAX_BYTES, read_picture
from sparsefool.data.pictures import Picture
from sparsefool.errors import ImageError
from sparsefool.view.address import AddressCheck
from sparsefool.view.galleries import samples, thumbnail_css
from sparsefool.zoo.specs import ModelSpec

SOURCES = ("Samples", "File", "Camera")
ENDINGS = ("png", "jpg", "jpeg", "webp", "bmp", "gif")
_DECODED = "decoded_upload"


@dataclass(frozen=True)
class Chosen:
    """A picture in a network's input size; its true class where it is known, and the sample that it is."""

    picture: Picture
    truth: int | None = None
    truth_name: str = ""
    sample: Sample | None = None


def choose_picture(spec: ModelSpec, check: AddressCheck) -> Chosen | None:
    """Draw the choice of a picture; return it, or None as long as there is none.

    Raises:
        ImageError: the file cannot be read, or is too small for the network.
    """
    source = st.segmented_control(
        "Picture",
        SOURCES,
        default=SOURCES[0],
        required=True,
        key="source",
        bind="query-params",
        width="stretch",
    )
    check.option("source", SOURCES, source)
    if source == "Samples":
        return _choose_sample(spec, check)
    if source == "File":
        file = st.file_uploader(
            "Picture file",
            type=ENDINGS,
            max_upload_size=MAX_BYTES // 1_000_000,
            key="file",
            label_visibility="collapsed",
        )
    else:
        file = st.camera_input("Take a picture", key="camera", label_visibility="collapsed")
    st.caption("At most 10 MB. The page's address holds every control, but not your own picture.")
    return None if file is None else _read(file, spec)


def _choose_sample(spec: ModelSpec, check: AddressCheck) -> Chosen:
    found = samples(spec.dataset, spec.input_size)
    numbers = [str(number) for number in range(1, len(found.pictures) + 1)]
    st.html(thumbnail_css(spec.dataset, spec.input_size, "picture"))
    number = st.pills(
        "Sample",
        numbers,
        default=numbers[0],
        required=True,
        key="picture",
        bind="query-params",
        label_visibility="collapsed",
        width="stretch",
    )
    check.option("picture", numbers, number)
    index = int(number) - 1
    truth = found.labels[index]
    name = found.class_names[truth]
    st.caption(f"Sample {number}, truly: {name}")
    return Chosen(found.pictures[index], truth, name, Sample(spec.dataset, index))


def _read(file: UploadedFile, spec: ModelSpec) -> Chosen:
    """Decode a file once, not at every rerun of the page."""
    key = (file.file_id, spec.name)
    known, outcome = st.session_state.get(_DECODED, (None, None))
    if known != key:
        try:
            outcome = picture_for(spec.name, read_picture(file.getvalue(), file.name))
        except ImageError as error:
            outcome = error
        st.session_state[_DECODED] = (key, outcome)
    if isinstance(outcome, ImageError):
        raise ImageError(*outcome.args)
    return Chosen(outcome)
