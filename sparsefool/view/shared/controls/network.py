"""The controls for the data set, its networks and the device, which all pages share."""

from collections.abc import Callable, Mapping

import streamlit as st

from sparsefool.backend.models import default_model
from sparsefool.backend.placement import AUTO
from sparsefool.data.specs import DATASETS, find_dataset
from sparsefool.devices import DeviceInfo, available_devices
from sparsefool.view.shared.controls.own_network import draw_own_network
from sparsefool.view.shared.controls.region import NO_REGION
from sparsefool.view.shared.controls.session_networks import own_title, session_networks, why_no_choice
from sparsefool.view.shared.widgets import choose_one, choose_several, select
from sparsefool.view.shared.wording import device_words
from sparsefool.zoo.loading import is_available
from sparsefool.zoo.specs import MODELS, ModelSpec, find_spec

ANY_CLASS = "any other class"

DEVICE = "device"
"""Key of the control of the device."""


def dataset_title(dataset: str) -> str:
    """Return a data set's name for a person."""
    return find_dataset(dataset).title


def first_picture(_dataset: str) -> Mapping[str, object]:
    """Return the initial widgets of a page with one picture: the first picture, no target, no region."""
    return {"picture": "1", "target": ANY_CLASS, **NO_REGION}


def choose_dataset(start_over: Callable[[str], Mapping[str, object]] = first_picture) -> str:
    """Draw the choice of a data set.

    Args:
        start_over: returns the initial values of the widgets for a new data set, by their keys.
    """
    return choose_one(
        "Data set",
        [spec.name for spec in DATASETS],
        "data",
        dataset_title,
        find_spec(default_model()).dataset,
        on_change=lambda: st.session_state.update(start_over(st.session_state["data"])),
        width="stretch",
    )


def choose_network() -> ModelSpec:
    """Draw the choice of a data set and one of its networks, or of one's own."""
    dataset = choose_dataset()
    place = st.container()
    draw_own_network(dataset, lambda spec: st.session_state.update(model=spec))
    with place:
        specs = [*networks_of(dataset), *session_networks(dataset)]
        spec = select("Network", specs, "model", model_title, reason=why_no_choice)
    if not is_available(spec.name):
        st.caption(f"The weights are not on this machine yet. {how_to_get(spec)}")
    return spec


def choose_networks(
    dataset: str,
    key: str,
    most: int | None = None,
    first: int | None = None,
    *,
    with_own: bool = True,
) -> list[str]:
    """Draw the choice of several networks of a data set; return their names.

    Args:
        dataset: whose networks.
        key: of the widget, and its query parameter.
        most: how many may be selected; by default any number.
        first: how many of those on this machine are selected at first; by default all.
        with_own: whether to offer the form for a network of one's own, which a page has once.
    """
    place = st.container()
    if with_own:
        draw_own_network(dataset, lambda spec: _select_too(spec, dataset, key, most))
    with place:
        return _choose_networks(dataset, key, most, first)


def _select_too(spec: ModelSpec, dataset: str, key: str, most: int | None) -> None:
    """Select a network beside those that are selected, if it has the classes of the data set."""
    if spec.dataset != dataset:
        st.warning(f"{spec.title} has other classes than the images here: it can be attacked on other pages.")
        return
    chosen = [name for name in st.session_state.get(key, []) if name != spec.name]
    st.session_state[key] = [*chosen[: most and most - 1], spec.name]


def _choose_networks(dataset: str, key: str, most: int | None, first: int | None) -> list[str]:
    specs = [*networks_of(dataset), *(each for each in session_networks(dataset) if each.dataset == dataset)]
    usable = [spec.name for spec in specs if spec.download or is_available(spec.name)]
    titles = {name: model_title(find_spec(name)) for name in usable}
    chosen = choose_several(
        "Networks", usable, key, titles.__getitem__, networks_here(dataset)[:first], max_selections=most
    )
    missing = [spec for spec in specs if spec.name not in usable]
    if missing:
        st.caption("Not available yet. " + " ".join(f"{spec.title}: {how_to_get(spec)}" for spec in missing))
    return chosen


def choose_device_name() -> str:
    """Draw the choice of a device; return ``"auto"`` or a device name of torch."""
    devices = available_devices()
    name = select("Device", [AUTO, *(device.name for device in devices)], DEVICE)
    chosen = next((device for device in devices if device.name == name), devices[0])
    alike = [each.name for each in devices if _kind(each) == _kind(chosen)]
    idlest = f"The idlest of {', '.join(alike)} when a run is queued"
    st.caption(idlest if name == AUTO and len(alike) > 1 else device_words(str(chosen)))
    return name


def _kind(device: DeviceInfo) -> str:
    return device.name.partition(":")[0]


def is_listed(name: str) -> bool:
    """Return whether every session is offered a network, by its name: not one of one's own."""
    return any(spec.name == name for spec in MODELS)


def networks_of(dataset: str) -> list[ModelSpec]:
    """Return the listed networks of a data set, those on this machine first."""
    listed = (spec for spec in MODELS if spec.dataset == dataset)
    return sorted(listed, key=lambda spec: not is_available(spec.name))


def networks_here(dataset: str) -> list[str]:
    """Return the names of the networks of a data set whose weights are on this machine."""
    return [spec.name for spec in networks_of(dataset) if is_available(spec.name)]


def model_title(spec: ModelSpec) -> str:
    """Return a network's name for a person, with what it needs before it can be used."""
    if spec not in MODELS:
        return own_title(spec)
    if spec.download:
        return f"{spec.title} ({spec.megabytes} MB download)"
    return spec.title if is_available(spec.name) else f"{spec.title} (not trained yet)"


def how_to_get(spec: ModelSpec) -> str:
    """Return a sentence on how to get the weights of a network."""
    if spec.download:
        size = f" ({spec.megabytes} MB)" if spec.megabytes else ""
        return f"They{size} are downloaded once, when the first run starts."
    return f"`python -m sparsefool train {spec.name}` trains the network."


def class_title(label: int, name: str) -> str:
    """Return a class's name with its label, because a data set may use a name twice."""
    return name if name == str(label) else f"{label} {name}"
