"""The controls of the Comparison page, every one of them in the page's address."""

from dataclasses import dataclass

import streamlit as st

from sparsefool.backend.comparison import ComparisonRequest
from sparsefool.devices import available_devices, choose_device, device_info
from sparsefool.errors import SparseFoolError
from sparsefool.experiments.paper import compared_attacks
from sparsefool.view.shared.controls.network import choose_dataset
from sparsefool.view.shared.query_parameters import AddressCheck, select
from sparsefool.zoo.loading import is_available
from sparsefool.zoo.specs import MODELS, ModelSpec

FEW = {"mnist": 20, "cifar10": 20, "imagenet": 2}
"""Images to begin with: a minute's run."""

FIRST_ATTACKS = ("SparseFool", "Random noise", "JSMA", "ℓ1-DeepFool, unclipped")
"""The quick ones, where a data set has them."""


@dataclass(frozen=True)
class ComparisonControls:
    """What the controls ask for; without a request, the problem with them."""

    dataset: str
    request: ComparisonRequest | None
    problem: str = ""


def draw_comparison_controls(check: AddressCheck) -> ComparisonControls:
    """Draw the controls and return what they ask for."""
    dataset = choose_dataset(check, _start_over)
    models = _choose_models(dataset, check)
    attacks = _choose_attacks(dataset, check)
    images = _choose_images(dataset, check)
    with st.expander("Advanced", icon=":material/tune:"):
        names = ["auto", *(device.name for device in available_devices())]
        device = select("Device", names, str, "device", check)
        st.caption(str(device_info(choose_device(device))))
    try:
        request = ComparisonRequest(dataset, models, attacks, images, device)
    except SparseFoolError as error:
        nothing_here = "None of the data set's networks is here yet; above is what to do."
        return ComparisonControls(dataset, None, str(error) if _networks_here(dataset) else nothing_here)
    return ComparisonControls(dataset, request)


def _start_over() -> None:
    """Begin a new data set with its own networks, attacks and number of images."""
    dataset = st.session_state["data"]
    st.session_state.update(
        {
            "models": _networks_here(dataset)[:1],
            "attacks": _first_attacks(dataset),
            "images": FEW[dataset],
            "image": 0,
        }
    )


def _networks_here(dataset: str) -> list[ModelSpec]:
    return [spec for spec in MODELS if spec.dataset == dataset and is_available(spec.name)]


def _first_attacks(dataset: str) -> list[str]:
    return [title for title in compared_attacks(dataset) if title in FIRST_ATTACKS]


def _choose_models(dataset: str, check: AddressCheck) -> tuple[str, ...]:
    specs = [spec for spec in MODELS if spec.dataset == dataset]
    here = _networks_here(dataset)
    chosen: list[ModelSpec] = []
    if here:
        chosen = st.pills(
            "Networks",
            here,
            selection_mode="multi",
            default=here[:1],
            format_func=_title,
            key="models",
            bind="query-params",
        )
    titles = [spec.title for spec in here]
    check.option("models", titles, ", ".join(spec.title for spec in chosen) or "none")
    missing = [spec for spec in specs if spec not in here]
    if missing:
        title = f"{len(missing)} networks are not here"
        with st.expander(title, expanded=not here, icon=":material/cloud_off:"):
            st.markdown("\n".join(f"- {spec.title}: {_what_to_do(spec)}" for spec in missing))
    return tuple(spec.name for spec in chosen)


def _title(spec: ModelSpec) -> str:
    return spec.title


def _what_to_do(spec: ModelSpec) -> str:
    if spec.download:
        command = f"python -m sparsefool experiment comparison {spec.dataset} --model {spec.name}"
        return f"`{command}` fetches it once ({spec.megabytes} MB) and compares."
    return f"`python -m sparsefool train {spec.name}` makes its weights."


def _choose_attacks(dataset: str, check: AddressCheck) -> tuple[str, ...]:
    limits = compared_attacks(dataset)
    chosen = st.pills(
        "Attacks",
        list(limits),
        selection_mode="multi",
        default=_first_attacks(dataset),
        key="attacks",
        bind="query-params",
        help="Random noise takes its size from SparseFool, so it needs SparseFool beside it.",
    )
    check.option("attacks", list(limits), ", ".join(chosen) or "none")
    return tuple(title for title in limits if title in chosen)


def _choose_images(dataset: str, check: AddressCheck) -> int:
    limits = compared_attacks(dataset)
    most = max(limits.values())
    images = st.number_input(
        "Test images", 1, most, FEW[dataset], key="images", bind="query-params", step=10 if most > 20 else 1
    )
    check.number("images", 1, most, images)
    costly: dict[int, list[str]] = {}
    for title, limit in limits.items():
        if limit < most:
            costly.setdefault(limit, []).append(title.replace(", ", " "))
    if costly:
        groups = [f"at most {limit} for {', '.join(titles)}" for limit, titles in sorted(costly.items())]
        st.caption(f"The costly attacks get fewer: {'; '.join(groups)}.")
    return int(images)
