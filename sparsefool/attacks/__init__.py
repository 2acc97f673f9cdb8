"""The engine: attacks as functions of a classifier and a batch of images. Needs torch and nothing else."""

from sparsefool.attacks.boundary import Boundary, find_boundary
from sparsefool.attacks.deepfool import deepfool
from sparsefool.attacks.eight_bit import EightBitCheck, check_8_bit, round_to_8_bits
from sparsefool.attacks.linear_solver import linear_solver
from sparsefool.attacks.registry import ATTACKS, AttackSpec, Parameter
from sparsefool.attacks.sparsefool import sparsefool

__all__ = [
    "ATTACKS",
    "AttackSpec",
    "Boundary",
    "EightBitCheck",
    "Parameter",
    "check_8_bit",
    "deepfool",
    "find_boundary",
    "linear_solver",
    "round_to_8_bits",
    "sparsefool",
]
