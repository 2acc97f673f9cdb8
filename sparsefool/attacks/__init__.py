"""The engine: attacks as functions of a classifier and a batch of images. Needs torch and nothing else."""

from sparsefool.attacks.core.batching import in_batches
from sparsefool.attacks.core.boundary import Boundary, find_boundary
from sparsefool.attacks.core.nearest_plane import GRADIENT_GROWTH
from sparsefool.attacks.core.quantization import EightBitCheck, check_8_bit, round_to_8_bits
from sparsefool.attacks.deepfool import deepfool
from sparsefool.attacks.jsma import jsma
from sparsefool.attacks.l1_deepfool import l1_deepfool
from sparsefool.attacks.linear_solver import linear_solver
from sparsefool.attacks.one_pixel import one_pixel
from sparsefool.attacks.random_pixels import random_pixels
from sparsefool.attacks.reduce import reduce_perturbation
from sparsefool.attacks.registry import (
    ATTACKS,
    INTERACTIVE,
    AttackSpec,
    BoundaryFinder,
    Choice,
    Parameter,
    find_attack,
)
from sparsefool.attacks.sigma_zero import sigma_zero
from sparsefool.attacks.sparsefool import sparsefool
from sparsefool.attacks.sparsest import find_short_boundary, sparsest

__all__ = [
    "ATTACKS",
    "GRADIENT_GROWTH",
    "INTERACTIVE",
    "AttackSpec",
    "Boundary",
    "BoundaryFinder",
    "Choice",
    "EightBitCheck",
    "Parameter",
    "check_8_bit",
    "deepfool",
    "find_attack",
    "find_boundary",
    "find_short_boundary",
    "in_batches",
    "jsma",
    "l1_deepfool",
    "linear_solver",
    "one_pixel",
    "random_pixels",
    "reduce_perturbation",
    "round_to_8_bits",
    "sigma_zero",
    "sparsefool",
    "sparsest",
]
