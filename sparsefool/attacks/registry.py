"""The attacks of this package with their parameters, as one immutable table."""

from collections.abc import Callable
from dataclasses import dataclass

from sparsefool.attacks.deepfool import deepfool
from sparsefool.attacks.sparsefool import sparsefool
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
class AttackSpec:
    """An attack: its name, the function, the norm it minimises, its paper and its parameters."""

    name: str
    title: str
    run: Callable[..., AttackResult]
    norm: str
    paper: str
    parameters: tuple[Parameter, ...]


MAX_ITER = Parameter("max_iter", 1, 200, 50, "iterations")
NUM_CANDIDATES = Parameter("num_candidates", 2, 50, 10, "classes")
OVERSHOOT = Parameter("overshoot", 0, 1, 0.02)

ATTACKS: tuple[AttackSpec, ...] = (
    AttackSpec(
        name="sparsefool",
        title="SparseFool",
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
    ),
    AttackSpec(
        name="deepfool",
        title="DeepFool",
        run=deepfool,
        norm="ℓ2",
        paper="Moosavi-Dezfooli, Fawzi, Frossard: DeepFool: a simple and accurate method to fool deep neural "
        "networks. CVPR 2016",
        parameters=(MAX_ITER, NUM_CANDIDATES, OVERSHOOT),
    ),
)
