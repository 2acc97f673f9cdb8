"""From an untrusted file of weights to the tensors of a network; nothing in the file is ever executed.

safetensors are accepted, and what ``torch.save`` writes, of which only tensors and plain values are read. The
content tells the two apart, never the name. A state dict is found wherever it lies among dictionaries, as in
``{"epoch": 9, "state_dict": {...}}``; of several that fit, one that is no moving average (``ema``) is taken.
"""

import argparse
import io
import json
import math
import pickle
import re
import threading
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sparsefool.errors import ModelError

MAX_BYTES = 500_000_000
"""Size limit of a file."""

WRAPPERS = frozenset(
    {
        "module",
        "_orig_mod",
        "model",
        "net",
        "network",
        "backbone",
        "ema",
        "_fsdp_wrapped_module",
        "_checkpoint_wrapped_module",
    }
)
"""Parts of a weight's name that come from what a network was wrapped in."""

_DEPTH = 4
_LAST = (
    "ema",
    "avg",
    "optim",
)  # moving averages and what an optimiser keeps: taken only if nothing else fits
_NAMED = 3
_COUNTERS = ("num_batches_tracked", "n_averaged")  # which no prediction depends on
_SCALAR = np.float64(0).__reduce__()[0]
_PLAIN: list[Any] = [
    argparse.Namespace,
    np.dtype,
    *((_SCALAR, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
    *(type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64, np.bool_)),
]
"""Harmless objects that checkpoints often hold beside the weights: options and measured numbers."""
_loading = threading.Lock()


@dataclass(frozen=True, eq=False)
class StateDict:
    """A state dict in a file: where it lies, such as ``checkpoint.ema``, and its tensors by name."""

    place: str
    tensors: Mapping[str, Tensor]


def read_state_dicts(data: bytes, name: str) -> list[StateDict]:
    """Return every state dict in a file, those that are no moving average first.

    Args:
        data: the file.
        name: what to call it in messages; its ending is ignored.

    Raises:
        ModelError: the file is too large, of another format, damaged, or holds more than tensors and plain
            values.
    """
    check_size(len(data), name)
    if data[8:9] == b"{":
        content = _read_safetensors(data, name)
    elif data.startswith((b"PK\x03\x04", b"\x80")):
        content = _read_pickle(data, name)
    else:
        raise ModelError(
            f"{name} is no file of weights: safetensors, or what torch.save(network.state_dict(), …) writes, "
            "can be read."
        )
    found = list(_find(content, "", _DEPTH))
    if not found:
        raise ModelError(f"{name} holds no state dict: no dictionary in it maps names to tensors.")
    return sorted(found, key=lambda state: any(word in state.place.casefold() for word in _LAST))


def check_size(size: int, name: str) -> None:
    """Raise an error for a file of ``size`` bytes if that is too large.

    Raises:
        ModelError: it is.
    """
    if size > MAX_BYTES:
        raise ModelError(f"{name} has {math.ceil(size / 1e6)} MB; at most {MAX_BYTES / 1e6:.0f} MB are read.")


def load_into(
    network: nn.Module, states: Iterable[StateDict], name: str, title: str, unused: tuple[str, ...] = ()
) -> None:
    """Give a network the first of several state dicts that fits, in the network's own precision.

    What networks were wrapped in (:data:`WRAPPERS`) does not matter in the names of the weights.

    Args:
        network: the network.
        states: the state dicts.
        name: what to call their file in messages.
        title: what to call the network in messages.
        unused: how the names of weights begin that no prediction depends on: the file may lack them, or have
            them where the network does not.

    Raises:
        ModelError: none fits; the message is about the one that comes closest. Or a weight is NaN.
    """
    fits = [_Fit(network.state_dict(), state.tensors, unused) for state in states]
    best = min(fits, key=lambda fit: len(fit.missing) + len(fit.extra) + len(fit.unlike))
    problems = best.problems()
    if problems:
        raise ModelError(f"{name} does not fit {title}: {'; '.join(problems)}.")
    try:
        network.load_state_dict(best.usable, strict=False)
    except RuntimeError as error:
        first_line = str(error).partition("\n")[0]
        raise ModelError(f"{name} does not fit {title} ({first_line}).") from error
    for key, value in network.state_dict().items():
        if bool(value.isnan().any()):
            raise ModelError(f"{name} cannot be used: the weight {key} holds NaN.")


class _Fit:
    """How the tensors of a file fit a network.

    Attributes:
        usable: those that fit, by the network's names.
        missing: names that the file lacks.
        extra: names that the network lacks.
        unlike: for each tensor of another shape or kind, what it is and should be.
    """

    def __init__(
        self, expected: Mapping[str, Tensor], tensors: Mapping[str, Tensor], unused: tuple[str, ...]
    ) -> None:
        bare = {_bare(key): key for key in expected}
        unambiguous = len(bare) == len(expected)
        names = bare if unambiguous else {key: key for key in expected}
        self.usable: dict[str, Tensor] = {}
        self.extra: list[str] = []
        self.unlike: list[str] = []
        met = set()
        for key, tensor in tensors.items():
            name = names.get(_bare(key) if unambiguous else key)
            if name is None or name in met:
                if not key.endswith(_COUNTERS) and not _bare(key).startswith(unused):
                    self.extra.append(key)
                continue
            met.add(name)
            wanted = expected[name]
            if _kind(tensor) == _kind(wanted):
                self.usable[name] = tensor
            else:
                self.unlike.append(f"{name} is {_describe(tensor)} instead of {_describe(wanted)}")
        needed = (key for key in expected if not key.endswith(_COUNTERS) and not key.startswith(unused))
        self.missing = [key for key in needed if key not in met]

    def problems(self) -> list[str]:
        """Return a phrase for each way in which they do not fit."""
        found = (
            ("missing", self.missing),
            ("too much", self.extra),
            ("of another shape or kind", self.unlike),
        )
        return [f"{len(names)} {what} ({_some(names)})" for what, names in found if names]


def _bare(key: str) -> str:
    return ".".join(part for part in key.split(".") if part not in WRAPPERS)


def _kind(tensor: Tensor) -> tuple[object, ...]:
    return tuple(tensor.shape), tensor.is_floating_point(), tensor.is_complex(), tensor.layout


def _describe(tensor: Tensor) -> str:
    shape = " x ".join(map(str, tensor.shape)) or "one number"
    return f"{shape} {str(tensor.dtype).removeprefix('torch.')}"


def _some(names: list[str]) -> str:
    shown = ", ".join(name if len(name) <= 80 else f"{name[:80]}…" for name in names[:_NAMED])
    return shown + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _find(content: object, place: str, depth: int) -> Iterator[StateDict]:
    if not isinstance(content, Mapping) or not depth:
        return
    named = {key: value for key, value in content.items() if isinstance(key, str)}
    tensors = {key: value for key, value in named.items() if isinstance(value, Tensor)}
    if tensors:
        yield StateDict(place, tensors)
    for key, value in named.items():
        yield from _find(value, f"{place}.{key}".removeprefix("."), depth - 1)


def _read_safetensors(data: bytes, name: str) -> object:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(data)
    except (SafetensorError, KeyError, ValueError, json.JSONDecodeError) as error:
        raise _damaged(name) from error


def _read_pickle(data: bytes, name: str) -> object:
    _check_unpacked_size(data, name)
    try:
        with _loading, torch.serialization.safe_globals(_PLAIN), warnings.catch_warnings(action="ignore"):
            return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        named = re.search(r"(?:GLOBAL|class|function) `?([\w.]+)", str(error))
        what = f"it holds {named[1]}" if named else "it is damaged or holds other objects"
        raise ModelError(
            f"{name} is not only weights: {what}, and nothing in it was executed. Save the weights alone, "
            "with torch.save(network.state_dict(), …) or as safetensors."
        ) from error
    except MemoryError:
        raise
    except Exception as error:  # damaged files raise nearly anything
        if "TorchScript" in str(error):
            raise ModelError(
                f"{name} is a TorchScript program, not a file of weights: save its state_dict() instead."
            ) from error
        raise _damaged(name) from error


def _check_unpacked_size(data: bytes, name: str) -> None:
    """Refuse an archive that is small only because it is compressed."""
    if not data.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise _damaged(name) from error
    check_size(size, f"{name}, unpacked,")


def _damaged(name: str) -> ModelError:
    return ModelError(f"{name} is damaged or incomplete: its weights cannot be read. Copy or save it again.")
