"""The controls of the Perceptibility page: a network, a picture, λ and the limits."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from sparsefool.backend.sweep_request import SweepRequest
from sparsefool.errors import ImageError
from sparsefool.view.shared.controls.attack import choose_advanced, choose_lambda, choose_usable_picture
from sparsefool.view.shared.controls.network import ANY_CLASS, choose_network
from sparsefool.view.shared.controls.picture import SelectedImage
from sparsefool.view.shared.page import go_to
from sparsefool.zoo.specs import ModelSpec


@dataclass(frozen=True)
class SweepControls:
    """What the controls say; without a picture, the problem with it, if that is why."""

    spec: ModelSpec
    chosen: SelectedImage | None
    problem: str
    lambda_: float
    max_iter: int
    num_candidates: int
    device: str

    def request(self, lambdas: Sequence[float], deltas: Sequence[float]) -> SweepRequest:
        """Return the request of every λ with every δ on the chosen picture.

        Raises:
            ImageError: there is no picture.
            ParameterError: a value is out of its range.
        """
        if self.chosen is None:
            raise ImageError(self.problem or "Choose a picture first.")
        return SweepRequest(
            self.spec.name,
            self.chosen.picture,
            tuple(lambdas),
            tuple(deltas),
            self.max_iter,
            self.num_candidates,
            self.device,
        )


def draw_sweep_controls() -> SweepControls:
    """Draw the controls and return what they say."""
    spec = choose_network()
    chosen, problem = choose_usable_picture(spec)
    lambda_ = choose_lambda()
    max_iter, candidates, device = choose_advanced()
    return SweepControls(spec, chosen, problem, lambda_, max_iter, candidates, device)


def open_attack_page(controls: SweepControls, lambda_: float, delta: float) -> None:
    """Go to the Attack page with the same network and sample, and this λ and δ.

    A picture of one's own cannot travel in an address: the page says so and stays.
    """
    if st.session_state.get("source", "Samples") != "Samples":
        st.warning(
            f"Your own picture cannot travel to the Attack page: choose it there again, with λ = {lambda_:g} "
            f"and δ = {delta:g}."
        )
        return
    widgets = {
        "data": controls.spec.dataset,
        "model": controls.spec,
        "source": "Samples",
        "picture": str(st.session_state.get("picture", "1")),
        "lambda": float(lambda_),
        "delta": int(delta),
        "target": ANY_CLASS,
        "max_iter": controls.max_iter,
        "candidates": controls.num_candidates,
    }
    go_to("pages/attack.py", widgets)
