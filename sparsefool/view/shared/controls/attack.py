"""The controls of the Attack page, all bound to query parameters; other pages use some of them."""

from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from sparsefool.attacks import INTERACTIVE, AttackSpec, find_attack
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.data.specs import find_dataset
from sparsefool.errors import SparseFoolError
from sparsefool.view.shared.controls.advanced import choose_advanced
from sparsefool.view.shared.controls.network import ANY_CLASS, choose_network, class_title
from sparsefool.view.shared.controls.picture import SelectedImage, choose_picture
from sparsefool.view.shared.controls.region import RegionChoice, choose_region
from sparsefool.view.shared.glossary import explain
from sparsefool.view.shared.widgets import choose_one, select, slider
from sparsefool.zoo.specs import ModelSpec

PARAMETERS = INTERACTIVE[0].ranges
"""The tuning parameters of the default attack, with the ranges that the pages offer."""

LAMBDA, ATTACK, COUNT = "lambda", "attack", "minimise"
"""Keys of the controls of λ, of the method and of what it keeps few."""

COUNT_TITLES = {"pixels": "Pixels", "features": "Values"}
"""What an attack keeps few, in words."""

LAMBDA_CHOSEN = "lambda_chosen"
"""Key of whether the λ of the session is another than the paper's."""

_PAPER_LAMBDA = "paper_lambda"


@dataclass(frozen=True)
class AttackControls:
    """What the controls ask for.

    Attributes:
        image: the chosen picture; None if there is none that can be attacked.
        request: the attack; None without a picture.
        region: the chosen region.
        problem: why there is no request; empty if only no picture is chosen yet.
    """

    image: SelectedImage | None = None
    request: AttackRequest | None = None
    region: RegionChoice = field(default_factory=RegionChoice)
    problem: str = ""


def draw_attack_controls(*, steering: DeltaGenerator | None = None) -> AttackControls:
    """Draw the controls and return what they ask for.

    Args:
        steering: where λ and δ are drawn in one row, with the method, which is otherwise the default attack;
            by default they stand with the others.
    """
    spec = choose_network()
    image, problem = choose_usable_picture(spec)
    if steering is None:
        attack, lambda_, delta = INTERACTIVE[0], choose_lambda(spec.gallery), choose_delta()
    else:
        attack, lambda_, delta = _choose_in_a_row(steering, spec)
    count = _choose_count(attack, spec)
    target = _choose_target(spec)
    region_place = st.container()
    advanced = choose_advanced(attack)
    if image is None:
        return AttackControls(problem=problem)
    try:
        with region_place:
            region = choose_region(image.picture)
        request = AttackRequest(
            spec.name,
            image.picture,
            lambda_,
            delta,
            advanced.max_iter,
            advanced.candidates,
            target=target,
            device=advanced.device,
            region=region.allowed,
            attack=attack.name,
            count=count,
            max_passes=advanced.max_passes,
        )
    except SparseFoolError as error:  # widgets keep to their ranges, but a client need not
        return AttackControls(problem=str(error))
    return AttackControls(image, request, region)


def _choose_in_a_row(place: DeltaGenerator, spec: ModelSpec) -> tuple[AttackSpec, float, int]:
    """Draw method, λ and δ side by side; return their values."""
    method, first, second = place.columns([5, 7, 7], gap="small")
    with method:
        attack = _choose_method()
    with first:
        lambda_ = choose_lambda(spec.gallery, disabled="lambda_" not in attack.ranges)
    with second:
        delta = choose_delta()
    return attack, lambda_, delta


def choose_usable_picture(spec: ModelSpec) -> tuple[SelectedImage | None, str]:
    """Draw the choice of a picture for a network; return the picture, or why it cannot be used."""
    try:
        return choose_picture(spec), ""
    except SparseFoolError as error:
        return None, str(error)


def show_no_picture(problem: str) -> None:
    """Draw why there is nothing to attack: the picture cannot be used, or there is none."""
    if problem:
        st.error(problem, title="This cannot be used")
    else:
        st.info("Choose a file or take a picture first.", title="No picture yet")


def _choose_method() -> AttackSpec:
    """Draw the choice of an attack."""
    titles = {spec.name: spec.method_title for spec in INTERACTIVE}
    explanations = [f"**{spec.method_title}**: {spec.summary}" for spec in INTERACTIVE]
    name = choose_one(
        "Method", list(titles), ATTACK, titles.__getitem__, width="stretch", help="\n\n".join(explanations)
    )
    return find_attack(name)


def _choose_count(attack: AttackSpec, spec: ModelSpec) -> str:
    """Draw what an attack is to keep few, where it asks and the two differ: not on images of one channel."""
    choice = attack.options.get("count")
    if choice is None or spec.channels == 1:
        return AttackRequest.count
    return choose_one(
        "Minimise",
        [str(option) for option in choice.options],
        COUNT,
        COUNT_TITLES.__getitem__,
        width="stretch",
        help=explain("pixel", "value"),
    )


def choose_lambda(dataset: str, *, disabled: bool = False) -> float:
    """Draw the choice of λ, at first the paper's for the data set."""
    limits = PARAMETERS["lambda_"]
    value: float = slider(
        "λ: aim beyond the boundary",
        float(limits.low),
        float(limits.high),
        follow_paper_lambda(dataset),
        LAMBDA,
        step=0.5,
        on_change=note_lambda_choice,
        help=explain("lambda"),
        disabled=disabled,
    )
    return value


def follow_paper_lambda(dataset: str) -> float:
    """Return the paper's λ for a data set; move the control of λ there unless the user has chosen another.

    Must be called before the control is drawn, with :func:`note_lambda_choice` as its ``on_change``. A value
    in the address counts as chosen.
    """
    state, paper = st.session_state, find_dataset(dataset).paper_lambda
    before = state.get(_PAPER_LAMBDA, paper)
    value = state.get(LAMBDA, before)
    if LAMBDA not in state or value != before:
        state[LAMBDA_CHOSEN] = value != before
    if paper != before:  # assigned either way: only then does Streamlit bring the address up to date
        state[LAMBDA] = value if state[LAMBDA_CHOSEN] else paper
    state[_PAPER_LAMBDA] = paper
    return paper


def note_lambda_choice() -> None:
    """Note whether the λ that the user has just chosen is another than the paper's."""
    st.session_state[LAMBDA_CHOSEN] = st.session_state[LAMBDA] != st.session_state[_PAPER_LAMBDA]


def choose_delta() -> int:
    """Draw the choice of δ."""
    limits = PARAMETERS["delta"]
    value: int = slider(
        "δ: largest change of a value",
        int(limits.low),
        int(limits.high),
        int(limits.default),
        "delta",
        scale="log",
        help=explain("delta"),
    )
    return value


def _choose_target(spec: ModelSpec) -> int | None:
    names = spec.class_names
    titles = [ANY_CLASS, *(class_title(label, name) for label, name in enumerate(names))]
    chosen = select("Target", titles, "target", help=explain("target"))
    return titles.index(chosen) - 1 if chosen != ANY_CLASS else None
