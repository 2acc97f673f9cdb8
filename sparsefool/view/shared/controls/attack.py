"""The controls of the Attack page, all of them in the page's address; other pages share parts of them."""

from dataclasses import dataclass, field

import streamlit as st

from sparsefool.attacks import ATTACKS, GRADIENT_SPREAD
from sparsefool.backend.attack.request import METHODS, SPARSEFOOL, SPARSEST, AttackRequest
from sparsefool.data.specs import class_names
from sparsefool.devices import available_devices, choose_device, device_info
from sparsefool.errors import SparseFoolError
from sparsefool.view.shared.controls.network import ANY_CLASS, choose_model
from sparsefool.view.shared.controls.picture import SelectedImage, choose_picture
from sparsefool.view.shared.controls.region import RegionChoice, choose_region
from sparsefool.view.shared.page import ADVANCED
from sparsefool.view.shared.query_parameters import AddressCheck, choose_one, select
from sparsefool.zoo.specs import ModelSpec

_METHOD_TITLES = {SPARSEFOOL: "Paper", SPARSEST: "Sparsest"}
_CANDIDATES_HELP = (
    "The strongest classes, the label among them. A gradient that could matter only if it were "
    f"{GRADIENT_SPREAD:g} times as long as the longest known is spared: this gave the same 8-bit image in "
    "153 of 160 attacks on CIFAR-10 (ResNet-18) and in 160 of 160 on MNIST (LeNet)."
)

_RANGES = {parameter.name: parameter for parameter in ATTACKS[0].parameters}


@dataclass(frozen=True)
class Controls:
    """What the controls ask for; without a request, the problem with them, if that is why."""

    chosen: SelectedImage | None = None
    request: AttackRequest | None = None
    region: RegionChoice = field(default_factory=RegionChoice)
    problem: str = ""


def draw_controls(check: AddressCheck, *, with_methods: bool = False) -> Controls:
    """Draw the controls and return what they ask for.

    Args:
        check: told what the address asks for and does not get.
        with_methods: whether another attack than the paper's may be chosen.
    """
    spec = choose_model(check)
    chosen, problem = choose_usable_picture(spec, check)
    attack = _choose_method(check) if with_methods else SPARSEFOOL
    lambda_ = choose_lambda(check, disabled=attack == SPARSEST)
    delta = choose_delta(check)
    target = _choose_target(spec, check)
    region_place = st.container()
    max_iter, candidates, device = choose_advanced(check)
    if chosen is None:
        return Controls(problem=problem)
    try:
        with region_place:
            region = choose_region(chosen.picture, check)
        request = AttackRequest(
            spec.name,
            chosen.picture,
            lambda_,
            delta,
            max_iter,
            candidates,
            target=target,
            device=device,
            region=region.allowed,
            attack=attack,
        )
    except SparseFoolError as error:  # widgets keep to their ranges, but who sends their values need not
        return Controls(problem=str(error))
    return Controls(chosen, request, region)


def choose_usable_picture(spec: ModelSpec, check: AddressCheck) -> tuple[SelectedImage | None, str]:
    """Draw the choice of a picture for a network; return the picture, or why it cannot be used."""
    try:
        return choose_picture(spec, check), ""
    except SparseFoolError as error:
        return None, str(error)


def show_no_picture(problem: str) -> None:
    """Say why there is nothing to attack: the picture cannot be used, or there is none."""
    if problem:
        st.error(problem, title="This cannot be used")
    else:
        st.info("Choose a file or take a picture first.", title="No picture yet")


def _choose_method(check: AddressCheck) -> str:
    """Draw the choice between the paper's attack and the one that looks for the fewest pixels."""
    return choose_one(
        "Method",
        METHODS,
        "attack",
        check,
        _METHOD_TITLES.__getitem__,
        width="stretch",
        help="Paper: Algorithm 2 as published. Sparsest goes beyond it: it moves whole pixels, for several λ "
        "at once, and gives back every pixel that the image can do without.",
    )


def choose_lambda(check: AddressCheck, *, disabled: bool = False) -> float:
    """Draw the choice of λ."""
    limits = _RANGES["lambda_"]
    value = st.slider(
        "λ: aim beyond the boundary",
        float(limits.low),
        float(limits.high),
        float(limits.default),
        step=0.5,
        format="%g",
        key="lambda",
        bind="query-params",
        help="Larger λ fools in fewer iterations and more often, but changes more pixels (Section 3.3). "
        "Sparsest tries several by itself.",
        disabled=disabled,
    )
    check.number("lambda", limits.low, limits.high, value)
    return value


def choose_delta(check: AddressCheck) -> int:
    """Draw the choice of δ."""
    limits = _RANGES["delta"]
    value = st.slider(
        "δ: largest change of a value",
        int(limits.low),
        int(limits.high),
        int(limits.default),
        key="delta",
        bind="query-params",
        help="In levels of 0 to 255. Smaller δ is harder to see, but needs more pixels (Section 4.2).",
    )
    check.number("delta", limits.low, limits.high, value)
    return value


def _choose_target(spec: ModelSpec, check: AddressCheck) -> int | None:
    names = class_names(spec.dataset)
    titles = [ANY_CLASS, *(class_title(label, name) for label, name in enumerate(names))]
    chosen = select("Target", titles, str, "target", check, "The class that the network shall see.")
    return titles.index(chosen) - 1 if chosen != ANY_CLASS else None


def class_title(label: int, name: str) -> str:
    """Return a class's name with its label: names can stand twice in a data set."""
    return name if name == str(label) else f"{label} {name}"


def choose_advanced(check: AddressCheck) -> tuple[int, int, str]:
    """Draw the rest: the limit of iterations, the number of candidate classes and the device."""
    with st.container(key=ADVANCED), st.expander("Advanced", icon=":material/tune:"):
        max_iter = _whole_number("Iterations at most", "max_iter", "max_iter", check)
        candidates = _whole_number(
            "Candidate classes of DeepFool", "num_candidates", "candidates", check, _CANDIDATES_HELP
        )
        names = ["auto", *(device.name for device in available_devices())]
        device = select("Device", names, str, "device", check)
        st.caption(str(device_info(choose_device(device))))
    return max_iter, candidates, device


def _whole_number(
    label: str, parameter: str, key: str, check: AddressCheck, help_text: str | None = None
) -> int:
    limits = _RANGES[parameter]
    low, high = int(limits.low), int(limits.high)
    value = st.number_input(
        label, low, high, int(limits.default), key=key, bind="query-params", help=help_text
    )
    check.number(key, low, high, value)
    return value
