"""The controls of the Perceptibility page: a network, a picture, λ and the limits."""

from collections.abc import Sequence
from dataclasses import dataclass

from sparsefool.backend.sweeps.request import SweepRequest
from sparsefool.errors import ImageError
from sparsefool.view.shared.controls.advanced import choose_advanced
from sparsefool.view.shared.controls.attack import choose_lambda, choose_usable_picture
from sparsefool.view.shared.controls.network import choose_network
from sparsefool.view.shared.controls.picture import SelectedImage
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
    lambda_ = choose_lambda(spec.gallery)
    advanced = choose_advanced()
    return SweepControls(
        spec, image, problem, lambda_, advanced.max_iter, advanced.candidates, advanced.device
    )
