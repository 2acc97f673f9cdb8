"""The advanced controls, which most people leave closed: the limits of an attack, and where it runs."""

from dataclasses import dataclass

import streamlit as st

from sparsefool.attacks import GRADIENT_GROWTH, INTERACTIVE, AttackSpec
from sparsefool.attacks.registry import Parameter
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.view.shared.controls.network import DEVICE, choose_device_name
from sparsefool.view.shared.glossary import explain
from sparsefool.view.shared.page import ADVANCED
from sparsefool.view.shared.widgets import drawer, number_input

MAX_ITER, CANDIDATES, PASSES = "max_iter", "candidates", "passes"
"""Keys of the controls of the limits of an attack."""

CANDIDATES_HELP = (
    f"{explain('candidates')} A gradient that could matter only if it were more than {GRADIENT_GROWTH:g} "
    "times as long as expected is skipped. On CIFAR-10 this gave "
    "the same 8-bit image for 179 (ResNet-18), 171 (VGG-19) and 197 (adversarially trained) of 200 test "
    "images each, and on ImageNet (EfficientNet-Lite0) for 20 of 20, with 0.21 to 0.39 of the gradients."
)

_PASSES_HELP = (
    f"{explain('pass')} A search that fools looks for fewer pixels until it has spent so many. More passes "
    "make hard pictures sparser, and take longer."
)


@dataclass(frozen=True)
class Advanced:
    """The limits of an attack, and where it runs; as in :class:`AttackRequest`."""

    max_iter: int = AttackRequest.max_iter
    candidates: int = AttackRequest.num_candidates
    device: str = AttackRequest.device
    max_passes: int = AttackRequest.max_passes


def choose_advanced(attack: AttackSpec = INTERACTIVE[0]) -> Advanced:
    """Draw the limits of an attack and the device; they are drawn once they are opened or set.

    Args:
        attack: which one; not all have the same limits.
    """
    with st.container(key=ADVANCED):
        place = drawer("Advanced", ":material/tune:", "advanced_open", (MAX_ITER, CANDIDATES, PASSES, DEVICE))
    if place is None:
        return Advanced()
    ranges = attack.ranges
    with place:
        max_iter = _whole_number("Maximum number of iterations", ranges["max_iter"], MAX_ITER)
        candidates = _whole_number(
            "Candidate classes of DeepFool", ranges["num_candidates"], CANDIDATES, help=CANDIDATES_HELP
        )
        passes = AttackRequest.max_passes
        if "max_passes" in ranges:
            passes = _whole_number(
                "Maximum number of passes", ranges["max_passes"], PASSES, help=_PASSES_HELP
            )
        return Advanced(max_iter, candidates, choose_device_name(), passes)


def _whole_number(label: str, limits: Parameter, key: str, help: str | None = None) -> int:  # noqa: A002
    value: int = number_input(label, int(limits.low), int(limits.high), int(limits.default), key, help=help)
    return value
