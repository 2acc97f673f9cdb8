"""The controls of the two-pixel example, all bound to query parameters."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from sparsefool.geometry.two_pixels import WORLDS, find_world
from sparsefool.view.components.player import Player
from sparsefool.view.components.two_pixel_canvas import newly_clicked
from sparsefool.view.shared.glossary import explain
from sparsefool.view.shared.widgets import choose_one, slider

PLAYER = Player("stage", "Stage", pace=1.6, from_end=False, shortcuts=True, speeds=(1.0, 2.0, 0.5))
SPARSEFOOL, L1_DEEPFOOL = "SparseFool", "ℓ1-DeepFool"
LAMBDAS = (1.0, 5.0)
DELTAS = (5, 255)

_FIRST: dict[str, Any] = {
    "world": "gentle",
    "method": SPARSEFOOL,
    "p1": 90,
    "p2": 160,
    "world_lambda": 1.0,
    "world_delta": 255,
}


@dataclass(frozen=True)
class TwoPixelChoice:
    """What to show: a classifier, a method, a point (levels), λ and δ."""

    classifier: str
    method: str
    place: tuple[int, int]
    lambda_: float
    delta: int


def apply_choice(choice: TwoPixelChoice) -> None:
    """Set all controls, before they are drawn."""
    a, b = choice.place
    st.session_state.update(
        {
            "world": choice.classifier,
            "method": choice.method,
            "p1": a,
            "p2": b,
            "world_lambda": choice.lambda_,
            "world_delta": choice.delta,
        }
    )


def choose_classifier() -> tuple[str, str]:
    """Draw the choice of a classifier and of a method; return their names."""
    names = [world.name for world in WORLDS]
    with st.container(key="world_choices", horizontal=True, gap="small"):
        classifier = choose_one(
            "Boundary", names, "world", lambda name: find_world(name).title, _FIRST["world"]
        )
        method = choose_one("Method", (SPARSEFOOL, L1_DEEPFOOL), "method", default=_FIRST["method"])
    return classifier, method


def draw_sliders(classifier: str, method: str) -> TwoPixelChoice:
    """Draw the sliders and return all that the controls ask for."""
    with st.container(key="world_sliders"):
        first = _number("Pixel 1", 0, 255, "p1")
        second = _number("Pixel 2", 0, 255, "p2")
        lambda_ = _number("λ", *LAMBDAS, "world_lambda", step=0.25, help=explain("lambda"))
        delta = _number("δ", *DELTAS, "world_delta", scale="log", help=explain("delta"))
    return TwoPixelChoice(classifier, method, (int(first), int(second)), float(lambda_), int(delta))


def place_clicked() -> None:
    """Move x to where the picture was clicked (before the sliders are drawn)."""
    place = newly_clicked()
    if place is not None:
        st.session_state.update({"p1": place[0], "p2": place[1]})


def _number(label: str, low: float, high: float, key: str, **more: Any) -> float:
    value: float = slider(label, low, high, _FIRST[key], key, **more)
    return min(max(value, low), high)
