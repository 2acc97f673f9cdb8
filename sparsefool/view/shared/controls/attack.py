"""The controls of the Attack page, all of them in the page's address; other pages share parts of them."""

from dataclasses import dataclass, field

import streamlit as st

from sparsefool.attacks import ATTACKS, GRADIENT_SPREAD
from sparsefool.backend.attack.request import METHODS, SPARSEFOOL, SPARSEST, AttackRequest
from sparsefool.data.specs import class_names
from sparsefool.errors import SparseFoolError
from sparsefool.view.shared.controls.network import ANY_CLASS, choose_device_name, choose_network
from sparsefool.view.shared.controls.picture import SelectedImage, choose_picture
from sparsefool.view.shared.controls.region import RegionChoice, choose_region
from sparsefool.view.shared.page import ADVANCED
from sparsefool.view.shared.query_parameters import choose_one, number_input, select, slider
from sparsefool.zoo.specs import ModelSpec

_METHOD_TITLES = {SPARSEFOOL: "Paper", SPARSEST: "Sparsest"}
_CANDIDATES_HELP = (
    "The strongest classes, the label among them. A gradient that could matter only if it were "
    f"{GRADIENT_SPREAD:g} times as long as the longest known is skipped: this gave the same 8-bit image in "
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


def draw_controls(*, with_methods: bool = False) -> Controls:
    """Draw the controls and return what they ask for.

    Args:
        with_methods: whether another attack than the paper's may be chosen.
    """
    spec = choose_network()
    chosen, problem = choose_usable_picture(spec)
    attack = _choose_method() if with_methods else SPARSEFOOL
    lambda_ = choose_lambda(disabled=attack == SPARSEST)
    delta = choose_delta()
    target = _choose_target(spec)
    region_place = st.container()
    max_iter, candidates, device = choose_advanced()
    if chosen is None:
        return Controls(problem=problem)
    try:
        with region_place:
            region = choose_region(chosen.picture)
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


def choose_usable_picture(spec: ModelSpec) -> tuple[SelectedImage | None, str]:
    """Draw the choice of a picture for a network; return the picture, or why it cannot be used."""
    try:
        return choose_picture(spec), ""
    except SparseFoolError as error:
        return None, str(error)


def show_no_picture(problem: str) -> None:
    """Say why there is nothing to attack: the picture cannot be used, or there is none."""
    if problem:
        st.error(problem, title="This cannot be used")
    else:
        st.info("Choose a file or take a picture first.", title="No picture yet")


def _choose_method() -> str:
    """Draw the choice between the paper's attack and the one that looks for the fewest pixels."""
    return choose_one(
        "Method",
        METHODS,
        "attack",
        _METHOD_TITLES.__getitem__,
        width="stretch",
        help="Paper: Algorithm 2 as published. Sparsest goes beyond it: it moves whole pixels, for several λ "
        "at once, and gives back every pixel that the image can do without.",
    )


def choose_lambda(*, disabled: bool = False) -> float:
    """Draw the choice of λ."""
    limits = _RANGES["lambda_"]
    value: float = slider(
        "λ: aim beyond the boundary",
        float(limits.low),
        float(limits.high),
        float(limits.default),
        "lambda",
        step=0.5,
        format="%g",
        help="Larger λ fools in fewer iterations and more often, but changes more pixels (Section 3.3). "
        "Sparsest tries several by itself.",
        disabled=disabled,
    )
    return value


def choose_delta() -> int:
    """Draw the choice of δ."""
    limits = _RANGES["delta"]
    value: int = slider(
        "δ: largest change of a value",
        int(limits.low),
        int(limits.high),
        int(limits.default),
        "delta",
        help="In levels of 0 to 255. Smaller δ is harder to see, but needs more pixels (Section 4.2).",
    )
    return value


def _choose_target(spec: ModelSpec) -> int | None:
    names = class_names(spec.dataset)
    titles = [ANY_CLASS, *(class_title(label, name) for label, name in enumerate(names))]
    chosen = select("Target", titles, "target", help="The class that the network shall see.")
    return titles.index(chosen) - 1 if chosen != ANY_CLASS else None


def class_title(label: int, name: str) -> str:
    """Return a class's name with its label: names can stand twice in a data set."""
    return name if name == str(label) else f"{label} {name}"


def choose_advanced() -> tuple[int, int, str]:
    """Draw the rest: the limit of iterations, the number of candidate classes and the device."""
    with st.container(key=ADVANCED), st.expander("Advanced", icon=":material/tune:"):
        max_iter = _whole_number("Iterations at most", "max_iter", "max_iter")
        candidates = _whole_number(
            "Candidate classes of DeepFool", "num_candidates", "candidates", help=_CANDIDATES_HELP
        )
        device = choose_device_name()
    return max_iter, candidates, device


def _whole_number(label: str, parameter: str, key: str, help: str | None = None) -> int:  # noqa: A002
    limits = _RANGES[parameter]
    value: int = number_input(label, int(limits.low), int(limits.high), int(limits.default), key, help=help)
    return value
