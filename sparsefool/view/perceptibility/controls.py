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
    """The values of the controls; without a picture, the problem with it, if there is one."""

    spec: ModelSpec
    image: SelectedImage | None
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
        if self.image is None:
            raise ImageError(self.problem or "Choose a picture first.")
        return SweepRequest(
            self.spec.name,
            self.image.picture,
            tuple(lambdas),
            tuple(deltas),
            self.max_iter,
            self.num_candidates,
            self.device,
        )


def draw_sweep_controls() -> SweepControls:
    """Draw the controls and return their values."""
    spec = choose_network()
    image, problem = choose_usable_picture(spec)
    lambda_ = choose_lambda()
    max_iter, candidates, device = choose_advanced()
    return SweepControls(spec, image, problem, lambda_, max_iter, candidates, device)


def open_attack_page(controls: SweepControls, lambda_: float, delta: float) -> None:
    """Open the Attack page with the same network and sample, and with this λ and δ.

    A user's own picture cannot be passed on: in that case a warning is drawn instead.
    """
    if st.session_state.get("source", "Samples") != "Samples":
        st.warning(
            "Your own picture cannot be passed to the Attack page: choose it there again, with "
            f"λ = {lambda_:g} and δ = {delta:g}."
        )
        return
    widgets = {
        "data": controls.spec.gallery,
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
