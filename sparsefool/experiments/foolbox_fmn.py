"""FMN-ℓ0 as the foolbox package implements it, with the engine's signature."""

import warnings
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from sparsefool.attacks import AttackSpec, Parameter
from sparsefool.attacks.core.criterion import Criterion
from sparsefool.attacks.core.entry import attack
from sparsefool.attacks.core.events import step_event
from sparsefool.attacks.core.state import AttackState
from sparsefool.classifier import Classifier
from sparsefool.errors import ModelError, ParameterError
from sparsefool.types import AttackResult, Observer

if TYPE_CHECKING:
    from types import ModuleType


@attack
def fmn_l0(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    labels: Int64[Tensor, " n"] | None = None,
    *,
    max_iter: int = 100,
    observer: Observer | None = None,
) -> AttackResult:
    """FMN (Pintor et al., NeurIPS 2021) for the ℓ0 norm, run by foolbox's ``L0FMNAttack``.

    Gradient steps on the margin, each projected onto the ℓ0 ball of radius ε, which shrinks while the network
    is fooled and grows while it is not. The norm counts **features** (channel values), not pixels. foolbox's
    projection keeps one feature more than ε allows, and fails where ε reaches the number of features; here it
    is handed ε − 1, which mends both. Everything else is foolbox's, with its default step sizes.

    Every image takes all the iterations: as many forwards and backwards, and one more forward before and one
    after them. The last step is never tested (foolbox tests an image before it moves it). Where no image that
    fools was found, ``adversarial`` is the original.

    Args:
        classifier: the network under attack.
        images: in [0, 1], on the classifier's device.
        labels: classes to lead away from; the network's own prediction if None.
        max_iter: iterations, each of one forward and one backward.
        observer: called when an image has been tested; the direction of the step is not known to it (zeros).

    Raises:
        ParameterError: an argument has the wrong shape or range.
        ModelError: the package foolbox is not installed.
    """
    if max_iter < 1:
        raise ParameterError(f"max_iter must be at least 1; it is {max_iter}.")
    with torch.no_grad():
        state = AttackState.from_logits(images, classifier(images), labels, None)
    rows = state.unfinished()
    if len(rows) == 0:
        return state.result()
    watched = _Watched(classifier, state, rows, observer)
    foolbox = _foolbox()
    model = foolbox.PyTorchModel(watched, bounds=(0, 1), device=images.device)
    found = _attack(foolbox, max_iter).run(model, images[rows], state.criterion.labels[rows])
    state.record_iteration(rows, max_iter)
    state.count_passes(rows, forwards=max_iter, backwards=max_iter)
    found = found.detach().clamp(0, 1)
    with torch.no_grad():
        logits = classifier(found)
    state.record_test(rows, found, logits)
    return state.result()


class _Watched(nn.Module):
    """The classifier as foolbox sees it: backwards are counted, and the observer is called."""

    def __init__(
        self, classifier: Classifier, state: AttackState, rows: Tensor, observer: Observer | None
    ) -> None:
        super().__init__()
        self._ask = classifier.forward  # not a submodule: foolbox moves those to its device
        self._classifier = [classifier]
        self._criterion: Criterion = state.criterion.select(rows)
        self._rows, self._observer, self._iteration = rows, observer, 0
        self.eval()

    def forward(self, images: Tensor) -> Tensor:
        logits = self._ask(images)
        self._iteration += 1
        if logits.requires_grad:
            logits.register_hook(self._count)  # type: ignore[no-untyped-call]
        if self._observer is not None:
            shown, nothing = images.detach(), torch.zeros_like(images)
            self._observer(
                step_event(self._iteration, self._rows, shown, self._criterion, logits.detach(), nothing)
            )
        return logits

    def _count(self, gradient: Tensor) -> None:
        self._classifier[0].backwards += len(gradient)


def _foolbox() -> "ModuleType":
    """Return the package foolbox; importing it takes a second and warns of a renamed module of SciPy."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            import foolbox
    except ImportError as error:
        raise ModelError("FMN needs the package foolbox and what it imports: pip install foolbox") from error
    return foolbox


def _attack(foolbox: Any, steps: int) -> Any:
    class ExactProjection(foolbox.attacks.L0FMNAttack):  # type: ignore[misc]
        def project(self, x: Any, x0: Any, epsilon: Any) -> Any:
            return super().project(x, x0, epsilon - 1)

    return ExactProjection(steps=steps)


FMN_L0 = AttackSpec(
    name="fmn_l0",
    title="FMN-ℓ0",
    stored_as="FMN-ℓ0",
    run=fmn_l0,
    norm="ℓ0 of features",
    paper="Pintor, Roli, Brendel, Biggio: Fast minimum-norm adversarial attacks through adaptive norm "
    "constraints. NeurIPS 2021",
    parameters=(Parameter("max_iter", 1, 10000, 100, "iterations"),),
)
