"""A network of one's own on the pages, and networks of torchvision and timm by their name.

Both belong to the session. A network of one's own is forgotten when another takes its place and when the
session ends; a link cannot lead to it.
"""

import re
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

import streamlit as st
from streamlit.typing import UploadedFile

from sparsefool.backend.models import forget_network
from sparsefool.backend.serving.limits import limits
from sparsefool.data.specs import DatasetSpec, find_dataset
from sparsefool.errors import LimitError, ModelError, ParameterError, SparseFoolError
from sparsefool.runtime import return_freed_memory
from sparsefool.view.shared.serving.admission import when_ended
from sparsefool.view.shared.serving.uploads import count_as_held, uploaded_bytes
from sparsefool.view.shared.streamlit_internals import forget_upload, session_id
from sparsefool.zoo.loading import load_model
from sparsefool.zoo.own_networks import MAX_CLASSES, MAX_SIDE, describe_network, register
from sparsefool.zoo.specs import ModelSpec, find_spec
from sparsefool.zoo.weight_files import MAX_BYTES

LIBRARIES = ("timm/", "torchvision/")
_FIRST = {1: "lenet", 3: "resnet18"}
"""The architecture selected at first, by the colour channels of the data set's images."""
_KEY, _NAMED, _FILE = "session_networks", "named_network_name", "own_file"
_NAME = re.compile(r"own/[0-9a-f]{12}")
_SWITCHED_OFF = (
    "Networks of one's own are switched off on this server. On your own machine, `sparsefool app` takes them."
)


@dataclass(eq=False)
class _Own:
    """A registered network of one's own, which is forgotten with this object."""

    spec: ModelSpec

    def __post_init__(self) -> None:
        _start_forgetting()
        self._at_end = weakref.finalize(self, _ended.put, self.spec.name)
        self._at_end.atexit = False

    def forget(self) -> None:
        """Forget the network now."""
        self._at_end.detach()
        forget_network(self.spec.name)


_ended: SimpleQueue[str] = SimpleQueue()
"""Names of networks whose session has ended.

A session ends in whichever thread collects garbage, perhaps while that holds the locks that forgetting takes;
only this queue may be used there.
"""


@cache
def _start_forgetting() -> None:
    """Start the thread that forgets the networks of ended sessions; there is one in the process."""
    when_ended(_forget_network_of)
    threading.Thread(target=_forget_ended, name="sparsefool-forgetting", daemon=True).start()


def _forget_ended() -> None:
    while True:
        forget_network(_ended.get())
        return_freed_memory()


def _forget_network_of(session: str) -> None:
    networks = _of_sessions.pop(session, None)
    if networks is not None and networks.own is not None:
        networks.own.forget()


@dataclass(eq=False)
class _SessionNetworks:
    """The networks of a session, beside the listed ones.

    Attributes:
        owner: makes the name of its own network one that no other session has.
        named: networks of the libraries, by name.
        own: the session's own network.
        uploaded: the last file of weights, as Streamlit knows it.
        problem: why the last one could not be used.
    """

    owner: str = field(default_factory=lambda: uuid4().hex)
    named: list[str] = field(default_factory=list)
    own: _Own | None = None
    uploaded: str = ""
    problem: str = ""


_of_sessions: "weakref.WeakValueDictionary[str, _SessionNetworks]" = weakref.WeakValueDictionary()


def session_networks(gallery: str) -> list[ModelSpec]:
    """Return the networks of this session, beside the listed ones, that are shown images of a data set."""
    networks = _networks()
    _add_linked(networks)
    specs = [find_spec(name) for name in networks.named]
    if networks.own is not None:
        specs.append(networks.own.spec)
    return [spec for spec in specs if spec.gallery == gallery]


def own_title(spec: ModelSpec) -> str:
    """Return the title of a network of this session, which a link can be recognised by."""
    return f"{spec.title} · {spec.name}" if _NAME.fullmatch(spec.name) else f"{spec.name} (download)"


def why_no_choice(text: str) -> str:
    """Return why a network in the address is none of the choices, as the predicate of a sentence."""
    if _NAME.search(text):
        return "belongs to another session: upload its weights again"
    if text.startswith(LIBRARIES) and not limits().own_networks:
        return "is switched off on this server"
    return "is not one of the choices"


def draw_own_network(dataset: str, use: Callable[[ModelSpec], None]) -> None:
    """Draw the form for another network; it is computed only while it is open.

    Args:
        dataset: the chosen data set, whose images the network is shown.
        use: called with the network that is to be used.
    """
    expander = st.expander(
        "Your network", icon=":material/upload_file:", key="own_open", on_change="rerun", expanded=False
    )
    if not expander.open:
        return
    networks = _networks()
    with expander:
        if not limits().own_networks:
            st.caption(_SWITCHED_OFF)
            return
        _draw_named(networks, dataset, use)
        _draw_upload(networks, find_dataset(dataset), use)
        if networks.problem:
            st.error(networks.problem, title="This network cannot be used")


def _networks() -> _SessionNetworks:
    networks: _SessionNetworks = st.session_state.setdefault(_KEY, _SessionNetworks())
    return networks


def _add_linked(networks: _SessionNetworks) -> None:
    """Add the network of a library that the address names, if there is such a network."""
    linked = st.query_params.get("model", "").partition(" ")[0]
    if linked.startswith(LIBRARIES) and linked not in networks.named and limits().own_networks:
        try:
            find_spec(linked)
        except ModelError:
            return  # the notice about the address says that it is no choice
        networks.named.append(linked)


def _draw_named(networks: _SessionNetworks, dataset: str, use: Callable[[ModelSpec], None]) -> None:
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


def _use_named(networks: _SessionNetworks, dataset: str, use: Callable[[ModelSpec], None]) -> None:
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
    if name not in networks.named:
        networks.named.append(name)
    use(spec)


def _draw_upload(networks: _SessionNetworks, dataset: DatasetSpec, use: Callable[[ModelSpec], None]) -> None:
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


def _use_uploaded(networks: _SessionNetworks, dataset: DatasetSpec, use: Callable[[ModelSpec], None]) -> None:
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
    if networks.own is None or networks.own.spec != spec:
        if networks.own is not None:
            networks.own.forget()
        networks.own = _Own(spec)
        _of_sessions[session_id()] = networks
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
