"""The attacks of this package, as one immutable table: what each is, takes, and may be used for."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sparsefool.attacks import reduce
from sparsefool.attacks.core.boundary import Boundary, find_boundary
from sparsefool.attacks.core.checks import COUNTS, DELTA_RANGE, LAMBDA_RANGE
from sparsefool.attacks.deepfool import deepfool
from sparsefool.attacks.jsma import jsma
from sparsefool.attacks.l1_deepfool import CLIPPINGS, l1_deepfool
from sparsefool.attacks.one_pixel import one_pixel
from sparsefool.attacks.random_pixels import random_pixels
from sparsefool.attacks.sigma_zero import sigma_zero
from sparsefool.attacks.sparsefool import sparsefool
from sparsefool.attacks.sparsest import find_short_boundary, sparsest
from sparsefool.errors import ParameterError
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
class BoundaryFinder:
    """What finds the ``first_boundary`` of an attack.

    Attributes:
        run: the function.
        keywords: the arguments of the attack that it takes too; the boundary depends on no others but the
            labels and the target.
    """

    run: Callable[..., Boundary]
    keywords: tuple[str, ...] = ()


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
        step_noun: what a call of its observer is called.
        max_iter_bounds_steps: whether there are at most ``max_iter`` of these calls.
        boundary: what finds its ``first_boundary``; None where it takes none.
        method_title: its name among the methods that the app offers; empty where only experiments run it.
        summary: what such a method does, in a sentence: the help of its option on the command line.
        sized_by: the name of the attack whose result gives it its size, ``counts``; None where it needs none.
    """

    name: str
    title: str
    stored_as: str
    run: Callable[..., AttackResult]
    norm: str
    paper: str
    parameters: tuple[Parameter, ...]
    choices: tuple[Choice, ...] = ()
    step_noun: str = "Iteration"
    max_iter_bounds_steps: bool = False
    boundary: BoundaryFinder | None = None
    method_title: str = ""
    summary: str = ""
    sized_by: str | None = None

    @property
    def ranges(self) -> Mapping[str, Parameter]:
        """The tuning parameters by their keywords."""
        return MappingProxyType({parameter.name: parameter for parameter in self.parameters})

    @property
    def options(self) -> Mapping[str, Choice]:
        """The choices by their keywords."""
        return MappingProxyType({choice.name: choice for choice in self.choices})

    @property
    def keywords(self) -> tuple[str, ...]:
        """The keyword-only arguments of the function."""
        known = inspect.signature(self.run).parameters.values()
        return tuple(each.name for each in known if each.kind is each.KEYWORD_ONLY)


LAMBDA = Parameter("lambda_", LAMBDA_RANGE[0], 20, 3)
DELTA = Parameter("delta", *DELTA_RANGE, 255, "intensity levels of 255")
MAX_ITER = Parameter("max_iter", 1, 200, 50, "iterations")
NUM_CANDIDATES = Parameter("num_candidates", 2, 50, 10, "classes")
MAX_PASSES = Parameter("max_passes", 1, 100_000, reduce.MAX_PASSES, "passes of an image")
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
            LAMBDA,
            DELTA,
            MAX_ITER,
            NUM_CANDIDATES,
            OVERSHOOT,
        ),
        choices=(Choice("reduce", (False, True), False),),
        max_iter_bounds_steps=True,
        boundary=BoundaryFinder(
            find_boundary, ("num_candidates", "overshoot", "max_gradient_growth", "max_iter")
        ),
        method_title="Paper",
        summary="Algorithm 2 as published.",
    ),
    AttackSpec(
        name="sparsest",
        title="SparseFool, sparsest",
        stored_as="SparseFool, sparsest",
        run=sparsest,
        norm="ℓ0 of pixels or features",
        paper="Beyond the paper: whole pixels or single values by capacity, then the reduce stage",
        parameters=(DELTA, MAX_ITER, NUM_CANDIDATES, MAX_PASSES),
        choices=(Choice("count", COUNTS, "pixels"),),
        step_noun="Step",
        boundary=BoundaryFinder(find_short_boundary),
        method_title="Sparsest",
        summary="Look for the fewest pixels, or features (single channel values), beyond the paper: move "
        "those that matter most, for several λ at once, and restore all that the image can do without. Takes "
        "no λ.",
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
        max_iter_bounds_steps=True,
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
        max_iter_bounds_steps=True,
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
        sized_by="sparsefool",
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
            DELTA,
        ),
        max_iter_bounds_steps=True,
    ),
)

INTERACTIVE: tuple[AttackSpec, ...] = tuple(spec for spec in ATTACKS if spec.method_title)
"""The attacks that the app and the command line run on one picture; the first is the default.

Each has a boundary finder and takes ``delta``, ``max_iter``, ``num_candidates``, ``target``, ``region``,
``first_boundary``, ``observer`` and ``boundary_observer``.
"""


def find_attack(name: str, attacks: Sequence[AttackSpec] = ATTACKS) -> AttackSpec:
    """Return the description of an attack.

    Args:
        name: of the attack.
        attacks: among which it is looked for.

    Raises:
        ParameterError: there is none of this name.
    """
    for spec in attacks:
        if spec.name == name:
            return spec
    raise ParameterError(f"There is no attack {name!r}; there are {', '.join(s.name for s in attacks)}.")
