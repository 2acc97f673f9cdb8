"""The attacks of this package with their parameters, as one immutable table."""

from collections.abc import Callable
from dataclasses import dataclass

from sparsefool.attacks.deepfool import deepfool
from sparsefool.attacks.jsma import jsma
from sparsefool.attacks.l1_deepfool import CLIPPINGS, l1_deepfool
from sparsefool.attacks.one_pixel import one_pixel
from sparsefool.attacks.random_pixels import random_pixels
from sparsefool.attacks.sigma_zero import sigma_zero
from sparsefool.attacks.sparsefool import sparsefool
from sparsefool.attacks.sparsest import sparsest
from sparsefool.types import AttackResult


@dataclass(frozen=True)
class Parameter:
    """A tuning parameter of an attack: its keyword, the range a page offers, its default and its unit."""

    name: str
    low: float
    high: float
    default: float
    unit: str = ""


@dataclass(frozen=True)
class Choice:
    """A parameter of an attack that takes one of a few words, or a truth value: keyword, options, default."""

    name: str
    options: tuple[str, ...] | tuple[bool, ...]
    default: str | bool


@dataclass(frozen=True)
class AttackSpec:
    """An attack.

    Attributes:
        name: of the function, in commands and in links.
        title: its name for a person.
        stored_as: what stored tables call it; it never changes, whatever becomes of the title.
        run: the function.
        norm: what it minimises.
        paper: who described it.
        parameters, choices: what can be tuned.
    """

    name: str
    title: str
    stored_as: str
    run: Callable[..., AttackResult]
    norm: str
    paper: str
    parameters: tuple[Parameter, ...]
    choices: tuple[Choice, ...] = ()


MAX_ITER = Parameter("max_iter", 1, 200, 50, "iterations")
NUM_CANDIDATES = Parameter("num_candidates", 2, 50, 10, "classes")
OVERSHOOT = Parameter("overshoot", 0, 1, 0.02)

ATTACKS: tuple[AttackSpec, ...] = (
    AttackSpec(
        name="sparsefool",
        title="SparseFool",
        stored_as="SparseFool",
        run=sparsefool,
        norm="ℓ0, through ℓ1",
        paper="Modas, Moosavi-Dezfooli, Frossard: SparseFool: a few pixels make a big difference. CVPR 2019",
        parameters=(
            Parameter("lambda_", 1, 20, 3),
            Parameter("delta", 1, 255, 255, "intensity levels of 255"),
            MAX_ITER,
            NUM_CANDIDATES,
            OVERSHOOT,
        ),
        choices=(Choice("reduce", (False, True), False),),
    ),
    AttackSpec(
        name="sparsest",
        title="SparseFool, sparsest",
        stored_as="SparseFool, sparsest",
        run=sparsest,
        norm="ℓ0 of pixels",
        paper="Beyond the paper: whole pixels by capacity, then the reduce stage",
        parameters=(
            Parameter("delta", 1, 255, 255, "intensity levels of 255"),
            MAX_ITER,
            NUM_CANDIDATES,
        ),
    ),
    AttackSpec(
        name="deepfool",
        title="DeepFool",
        stored_as="DeepFool",
        run=deepfool,
        norm="ℓ2",
        paper="Moosavi-Dezfooli, Fawzi, Frossard: DeepFool: a simple and accurate method to fool deep neural "
        "networks. CVPR 2016",
        parameters=(MAX_ITER, NUM_CANDIDATES, OVERSHOOT),
    ),
    AttackSpec(
        name="l1_deepfool",
        title="ℓ1-DeepFool",
        stored_as="ℓ1-DeepFool",
        run=l1_deepfool,
        norm="ℓ1",
        paper="Moosavi-Dezfooli, Fawzi, Frossard: DeepFool: a simple and accurate method to fool deep neural "
        "networks. CVPR 2016, Section 3.3",
        parameters=(MAX_ITER, NUM_CANDIDATES, OVERSHOOT),
        choices=(Choice("clipping", CLIPPINGS, "none"),),
    ),
    AttackSpec(
        name="jsma",
        title="JSMA",
        stored_as="JSMA",
        run=jsma,
        norm="ℓ0 of features",
        paper="Papernot, McDaniel, Jha, Fredrikson, Celik, Swami: The limitations of deep learning in "
        "adversarial settings. EuroS&P 2016",
        parameters=(Parameter("theta", -1, 1, 1), Parameter("gamma", 0.01, 1, 0.1, "of the features")),
    ),
    AttackSpec(
        name="one_pixel",
        title="One-pixel attack",
        stored_as="One-pixel attack",
        run=one_pixel,
        norm="ℓ0 of pixels",
        paper="Su, Vargas, Sakurai: One pixel attack for fooling deep neural networks. 2017, "
        "arXiv:1710.08864",
        parameters=(
            Parameter("max_pixels", 1, 200, 5, "pixels"),
            Parameter("max_iter", 1, 200, 100, "generations for each number of pixels"),
            Parameter("population", 4, 1000, 400, "candidates"),
            Parameter("mutation", 0.1, 2, 0.5),
        ),
    ),
    AttackSpec(
        name="random_pixels",
        title="Random noise",
        stored_as="Random noise",
        run=random_pixels,
        norm="none",
        paper="The baseline of Modas, Moosavi-Dezfooli, Frossard: SparseFool: a few pixels make a big "
        "difference. CVPR 2019, Section 4.2",
        parameters=(Parameter("counts", 0, 1000, 10, "elements of each channel"),),
    ),
    AttackSpec(
        name="sigma_zero",
        title="σ-zero",
        stored_as="σ-zero",
        run=sigma_zero,
        norm="ℓ0 of features",
        paper="Cinà, Villani, Pintor, Schönherr, Biggio, Pelillo: σ-zero: Gradient-based optimization of "
        "ℓ0-norm adversarial examples. ICLR 2025",
        parameters=(
            Parameter("max_iter", 1, 10000, 1000, "iterations"),
            Parameter("sigma", 1e-5, 1, 1e-3),
            Parameter("step_size", 0.01, 10, 1),
            Parameter("threshold", 0, 1, 0.3),
            Parameter("threshold_factor", 0, 1, 0.01),
        ),
    ),
)
