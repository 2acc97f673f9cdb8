"""This package, the algorithm transcribed for one image at a time, and other packages, on equal terms."""

import importlib
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from sparsefool.attacks import in_batches, sigma_zero, sparsefool, sparsest
from sparsefool.attacks.core.nearest_plane import GRADIENT_GROWTH
from sparsefool.benchmarks import literal
from sparsefool.classifier import Classifier
from sparsefool.types import AttackResult


@dataclass(frozen=True)
class Limits:
    """The parameters of all SparseFools; σ-zero and FMN have numbers of steps of their own.

    Only the engine's SparseFool can skip gradients by ``max_gradient_growth``.
    """

    lambda_: float = 3.0
    max_iter: int = 50
    num_candidates: int = 10
    max_gradient_growth: float = GRADIENT_GROWTH
    sigma_zero_steps: int = 300
    fmn_steps: int = 100


class NormalisedNetwork(nn.Module):
    """The network as other packages get it: normalisation and module, nothing folded or counted."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.module, self.mean, self.std = classifier.module, classifier.mean, classifier.std
        self.eval()

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits of images in [0, 1]."""
        logits: Tensor = self.module((images - self.mean) / self.std)
        return logits


Run = Callable[[Any, Tensor, Tensor, Limits], Tensor]


@dataclass(frozen=True)
class Competitor:
    """An attack that takes part in the comparison.

    Attributes:
        name: the name in options.
        title: the name shown to a person.
        load: imports what is needed and returns the attack, which maps (network, images, labels, limits) to
            adversarial images; raises ImportError or ModelError where something is missing.
        ours: whether it takes a :class:`Classifier` (otherwise a :class:`NormalisedNetwork`).
        batched: whether the images of a batch pass through the network together.
    """

    name: str
    title: str
    load: Callable[[], Run]
    ours: bool = False
    batched: bool = True


def _load_engine() -> Run:
    return _ours(
        lambda limits: partial(
            sparsefool, lambda_=limits.lambda_, max_gradient_growth=limits.max_gradient_growth
        )
    )


def _load_sparsest() -> Run:
    return _ours(lambda _: sparsest)


def _ours(attack: Callable[[Limits], Callable[..., AttackResult]]) -> Run:
    def run(network: Classifier, images: Tensor, labels: Tensor, limits: Limits) -> Tensor:
        options = {"max_iter": limits.max_iter, "num_candidates": limits.num_candidates}
        return in_batches(attack(limits), network, images, labels, **options).adversarial

    return run


def _load_literal() -> Run:
    def run(network: nn.Module, images: Tensor, _labels: Tensor, limits: Limits) -> Tensor:
        return torch.cat(
            [
                literal.sparsefool(
                    network,
                    image[None],
                    limits.lambda_,
                    num_candidates=limits.num_candidates,
                    max_iter=limits.max_iter,
                )[0]
                for image in images
            ]
        )

    return run


def _load_torchattacks() -> Run:
    torchattacks: Any = importlib.import_module("torchattacks")

    def run(network: nn.Module, images: Tensor, labels: Tensor, limits: Limits) -> Tensor:
        attack = torchattacks.SparseFool(network, steps=limits.max_iter, lam=limits.lambda_)
        found: Tensor = attack(images, labels)
        return found

    return run


def _load_adv_lib() -> Run:
    sys.modules.setdefault("visdom", types.ModuleType("visdom"))
    sys.modules["visdom"].__dict__.setdefault("Visdom", object)
    their_sigma_zero: Any = importlib.import_module("adv_lib.attacks.sigma_zero").sigma_zero

    def run(network: nn.Module, images: Tensor, labels: Tensor, limits: Limits) -> Tensor:
        found: Tensor = their_sigma_zero(network, images, labels, num_steps=limits.sigma_zero_steps)
        return found

    return run


def _load_sigma_zero() -> Run:
    def run(network: Classifier, images: Tensor, labels: Tensor, limits: Limits) -> Tensor:
        return sigma_zero(network, images, labels, max_iter=limits.sigma_zero_steps).adversarial

    return run


def _load_foolbox() -> Run:
    foolbox: Any = importlib.import_module("foolbox")

    def run(network: nn.Module, images: Tensor, labels: Tensor, limits: Limits) -> Tensor:
        model = foolbox.PyTorchModel(network, bounds=(0, 1), device=images.device)
        found: Tensor = foolbox.attacks.L0FMNAttack(steps=limits.fmn_steps).run(model, images, labels)
        return found.detach().clamp(0, 1)

    return run


ENGINE = Competitor("engine", "SparseFool (this engine)", _load_engine, ours=True)
COMPETITORS: tuple[Competitor, ...] = (
    ENGINE,
    Competitor("sparsest", "SparseFool, sparsest", _load_sparsest, ours=True),
    Competitor("literal", "SparseFool, literally, one by one", _load_literal, batched=False),
    Competitor("torchattacks", "torchattacks' SparseFool", _load_torchattacks, batched=False),
    Competitor("sigma-zero", "σ-zero (this engine)", _load_sigma_zero, ours=True),
    Competitor("adv-lib", "adv-lib's σ-zero", _load_adv_lib),
    Competitor("fmn", "foolbox's FMN-ℓ0", _load_foolbox),
)
