"""Attacks with their parameters as experiments use them: their names on disk and their random draws."""

import hashlib
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sparsefool import attacks
from sparsefool.attacks import ATTACKS, AttackSpec
from sparsefool.experiments.foolbox_fmn import FMN_L0

Value = float | int | str | bool

COMPARED: tuple[AttackSpec, ...] = (*ATTACKS, FMN_L0)
"""The attacks that experiments can run: the engine's, and one of another package."""


@dataclass(frozen=True)
class AttackSetting:
    """An attack with its parameters.

    Attributes:
        attack: its name in :data:`COMPARED`.
        parameters: by the engine's names; those not given have the engine's defaults.
        name: what it is called in stored tables, in links and on the page; the attack's ``stored_as`` where
            not given. It decides the identity of an experiment and every random draw, so it stays as it is
            once rows are stored.
    """

    attack: str
    parameters: tuple[tuple[str, Value], ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", find_attack(self.attack).stored_as)

    @property
    def delta(self) -> float:
        """δ in 0..255, for the 8-bit check; 255 where the attack has none."""
        return float(dict(self.parameters).get("delta", 255.0))

    @property
    def lambda_(self) -> float:
        """λ; NaN where the attack has none."""
        return float(arguments_of(self).get("lambda_", math.nan))


def sparsefool_setting(lambda_: float, delta: float = 255.0) -> AttackSetting:
    """Return SparseFool with a λ and a δ."""
    return AttackSetting("sparsefool", (("lambda_", float(lambda_)), ("delta", float(delta))))


def find_attack(name: str) -> AttackSpec:
    """Return an attack of :data:`COMPARED`.

    Raises:
        ParameterError: there is none of this name.
    """
    return attacks.find_attack(name, COMPARED)


def seed_of(setting: AttackSetting, *more: int | str) -> int:
    """Return the seed of an attack's random draws.

    The text that is hashed is written down here, field by field: the shipped rows were drawn with it, so it
    may not follow the name of a class or of an attribute.

    Args:
        setting: which attack, with which parameters, under which name.
        more: what else decides the draws, such as the experiment's own seed, the network and the batch.
    """
    described = f"attack={setting.attack!r}, parameters={setting.parameters!r}, title={setting.name!r}"
    parts = [f"AttackSetting({described})", *map(repr, more)]
    text = f"({', '.join(parts)}{'' if more else ','})"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


@lru_cache(maxsize=64)
def _parameters(run: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a function: the names of all records are asked for hundreds of times."""
    return inspect.signature(run).parameters


def draws(attack: str) -> bool:
    """Return whether an attack draws random numbers."""
    return "generator" in _parameters(find_attack(attack).run)


def arguments_of(setting: AttackSetting) -> Mapping[str, Any]:
    """Return every argument that decides what an attack does: those given, and the engine's defaults."""
    known = _parameters(find_attack(setting.attack).run).values()
    defaults = {each.name: each.default for each in known if each.kind == each.KEYWORD_ONLY}
    settled = {name: value for name, value in defaults.items() if isinstance(value, float | int | str)}
    given = {
        name: float(value) if isinstance(settled.get(name), float) else value
        for name, value in setting.parameters
    }
    return dict(sorted({**settled, **given}.items()))
