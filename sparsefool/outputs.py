"""What networks return, brought to logits [n, k]."""

import warnings
from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.errors import ParameterError

LOGITS, PROBABILITIES = OUTPUTS = ("logits", "probabilities")
TOLERANCE = 1e-3
"""How far the sum of probabilities may be from 1."""


def logits_of(output: Any, images: int, outputs: str = LOGITS) -> Float[Tensor, "n k"]:
    """Return the logits in what a network returned for n images.

    They are taken out of a tuple or list (its first tensor), a dictionary (``logits``, or its only tensor) or
    an object (its attribute ``logits``), and trailing dimensions of 1 are dropped. One value per image is the
    logit of the second of two classes, against a logit of 0.

    Args:
        output: what the network returned.
        images: n.
        outputs: what the values are, one of OUTPUTS; of probabilities the logarithm is taken.

    Raises:
        ParameterError: there is no such tensor.
    """
    values = _tensor(output)
    if values is None or values.ndim == 0 or len(values) != images or values.shape[2:].numel() != 1:
        came = type(output).__name__ if values is None else f"a tensor {list(values.shape)}"
        raise ParameterError(f"The network must return logits [{images}, classes]; it returned {came}.")
    values = values.reshape(images, -1)
    if not values.is_floating_point():
        raise ParameterError(f"The network must return floating-point logits; they are {values.dtype}.")
    if outputs == PROBABILITIES:
        tiny = torch.finfo(values.dtype).tiny
        if values.shape[1] == 1:
            values = torch.cat([1 - values, values], dim=1)
        return values.clamp(min=tiny).log()
    return torch.cat([torch.zeros_like(values), values], dim=1) if values.shape[1] == 1 else values


def warn_of_probabilities(logits: Float[Tensor, "n k"], name: str) -> None:
    """Warn where what should be logits are probabilities, whose gradients vanish where a network is sure."""
    rows = logits.double()
    if bool(((rows >= 0) & (rows <= 1)).all()) and bool(((rows.sum(1) - 1).abs() < TOLERANCE).all()):
        warnings.warn(
            f"{name} seems to return probabilities: every row lies in [0, 1] and sums to 1. Attacks need "
            "logits; say Classifier(..., outputs='probabilities'), and their logarithm is attacked.",
            stacklevel=3,
        )


def _tensor(output: Any) -> Tensor | None:
    if isinstance(output, Tensor):
        return output
    if isinstance(output, Mapping):
        tensors = [value for value in output.values() if isinstance(value, Tensor)]
        chosen = output.get("logits", tensors[0] if len(tensors) == 1 else None)
        return chosen if isinstance(chosen, Tensor) else None
    named = getattr(output, "logits", None)
    if isinstance(named, Tensor):
        return named
    if isinstance(output, tuple | list):
        return next((value for value in output if isinstance(value, Tensor)), None)
    return None
