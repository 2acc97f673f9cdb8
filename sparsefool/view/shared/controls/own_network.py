"""The form for a network of one's own, and for networks of torchvision and timm by their name."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from streamlit.typing import UploadedFile

from sparsefool.backend.models import forget_network
from sparsefool.backend.serving.limits import limits
from sparsefool.data.specs import DatasetSpec, find_dataset
from sparsefool.errors import LimitError, ModelError, ParameterError, SparseFoolError
from sparsefool.view.shared.controls.session_networks import (
    LIBRARIES,
    SessionNetworks,
    networks_of_this_session,
)
from sparsefool.view.shared.serving.uploads import count_as_held, uploaded_bytes
from sparsefool.view.shared.streamlit_internals.uploads import forget_upload
from sparsefool.view.shared.widgets import drawer
from sparsefool.zoo.loading import load_model
from sparsefool.zoo.own_networks import MAX_CLASSES, MAX_SIDE, describe_network, register
from sparsefool.zoo.specs import ModelSpec, find_spec
from sparsefool.zoo.weight_files import MAX_BYTES

_FIRST = {1: "lenet", 3: "resnet18"}
"""The architecture selected at first, by the colour channels of the data set's images."""
_NAMED, _FILE = "named_network_name", "own_file"
_SWITCHED_OFF = (
    "Networks of one's own are switched off on this server. On your own machine, `sparsefool app` takes them."
)


def draw_own_network(dataset: str, use: Callable[[ModelSpec], None]) -> None:
    """Draw the form for another network; it is computed only while it is open.

    Args:
        dataset: the chosen data set, whose images the network is shown.
        use: called with the network that is to be used.
    """
    form = drawer("Your network", ":material/upload_file:", "own_open")
    if form is None:
        return
    networks = networks_of_this_session()
    with form:
        if not limits().own_networks:
            st.caption(_SWITCHED_OFF)
            return
        _draw_named(networks, dataset, use)
        _draw_upload(networks, find_dataset(dataset), use)
        if networks.problem:
            st.error(networks.problem, title="This network cannot be used")


def _draw_named(networks: SessionNetworks, dataset: str, use: Callable[[ModelSpec], None]) -> None:
    if dataset != "imagenet":
        return
    with st.form("named_network", border=False):
        st.selectbox(
            "Pretrained, from timm or torchvision",
            [each for each in _architectures() if each.startswith(LIBRARIES)],
            index=None,
            key=_NAMED,
            placeholder="Type to search, or a name with its tag",
            accept_new_options=True,
        )
        st.form_submit_button(
            "Use this one", key="named_network_use", on_click=_use_named, args=(networks, dataset, use)
        )


def _use_named(networks: SessionNetworks, dataset: str, use: Callable[[ModelSpec], None]) -> None:
    """Use the network that was named; this runs before the page, so that no later run can drop it."""
    networks.problem, name = "", st.session_state[_NAMED]
    try:
        _check_switched_on()
        if not name:
            raise ModelError("Choose a network first.")
        spec = find_spec(name)
        if spec.gallery != dataset or not name.startswith(LIBRARIES):
            raise ModelError(f"{name} is no network of timm or torchvision for these images.")
    except SparseFoolError as error:
        networks.problem = str(error)
        return
    networks.add(name)
    use(spec)


def _draw_upload(networks: SessionNetworks, dataset: DatasetSpec, use: Callable[[ModelSpec], None]) -> None:
    def key(name: str) -> str:
        return f"own_{name}_{dataset.name}"

    with st.form("own_network", border=False):
        megabytes = min(MAX_BYTES // 1_000_000, limits().megabytes_per_session)
        st.file_uploader("Weights: safetensors, .pt or .pth", max_upload_size=megabytes, key=_FILE)
        names = _architectures()
        st.selectbox("Architecture", names, names.index(_FIRST[dataset.channels]), key=key("architecture"))
        usual = len(dataset.class_names)
        st.number_input("Number of classes", 1, MAX_CLASSES, usual, key=key("classes"))
        st.number_input("Height", 1, MAX_SIDE, dataset.image_size[0], key=key("height"))
        st.number_input("Width", 1, MAX_SIDE, dataset.image_size[1], key=key("width"))
        st.text_input("Mean", _text(dataset.mean), key=key("mean"))
        st.text_input("Standard deviation", _text(dataset.std), key=key("std"))
        st.checkbox(f"Its {usual:,} classes are those of {dataset.title}", value=True, key=key("same"))
        st.text_area("Or class names, one per line", key=key("names"))
        st.form_submit_button(
            "Use this network",
            type="primary",
            key="own_use",
            on_click=_use_uploaded,
            args=(networks, dataset, use),
        )


def _use_uploaded(networks: SessionNetworks, dataset: DatasetSpec, use: Callable[[ModelSpec], None]) -> None:
    """Use the network that was uploaded, in place of the session's earlier one."""
    networks.problem = ""
    try:
        _check_switched_on()
        file = st.session_state[_FILE]
        if file is None:
            raise ModelError("Choose a file of weights first.")
        if file.file_id != networks.uploaded:
            forget_upload(networks.uploaded)
            networks.uploaded = file.file_id
        spec = _register(file, networks.owner, dataset)
    except SparseFoolError as error:
        networks.problem = str(error)
        return
    if networks.replace_own(spec):
        count_as_held(file)
    use(spec)


def _check_switched_on() -> None:
    if not limits().own_networks:
        raise LimitError(_SWITCHED_OFF)


def _register(file: UploadedFile, owner: str, dataset: DatasetSpec) -> ModelSpec:
    """Return what is known about the network in the form, which was loaded once to see that it can be."""

    def value(name: str) -> Any:
        return st.session_state[f"own_{name}_{dataset.name}"]

    same = value("same") and value("classes") == len(dataset.class_names)
    names = tuple(line.strip() for line in value("names").rstrip().splitlines())
    own = describe_network(
        uploaded_bytes(file),
        value("architecture"),
        value("classes"),
        input_size=(value("height"), value("width")),
        mean=_numbers("The mean", value("mean")),
        std=_numbers("The standard deviation", value("std")),
        class_names=names or (dataset.class_names if same else ()),
        shown=dataset.name,
        file_name=file.name,
        owner=owner,
    )
    spec = register(own)
    try:
        load_model(spec.name, "cpu")
    except SparseFoolError:
        forget_network(spec.name)
        raise
    return spec


@st.cache_data(show_spinner="Listing the architectures…")
def _architectures() -> tuple[str, ...]:
    from sparsefool.zoo.architectures import list_architectures

    return list_architectures()


def _text(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _numbers(what: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(map(float, text.split(",")))
    except ValueError as error:
        raise ParameterError(f"{what} must be numbers with commas between them; it is {text!r}.") from error
