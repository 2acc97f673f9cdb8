"""What a run costs: images passed through a network, the time spent there, peak memory."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from sparsefool.classifier import Classifier
from sparsefool.devices import now
from sparsefool.runtime import return_freed_memory

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass
class Profile:
    """Counts and times of one profiled run.

    Attributes:
        forwards, backwards: images passed through the network.
        network_seconds: wall time inside the network's forwards and backwards.
        seconds: wall time in all.
        peak_memory: peak bytes in use above those at the start; None where the system does not say.
    """

    forwards: int = 0
    backwards: int = 0
    network_seconds: float = 0.0
    seconds: float = 0.0
    peak_memory: int | None = None


@contextmanager
def profiled(network: nn.Module, device: torch.device) -> Iterator[Profile]:
    """Profile the passes in the block. Waiting for the device at each pass makes it slower on a GPU.

    One at a time in a process: torch's backward pass is replaced meanwhile.

    Args:
        network: the network whose passes are counted.
        device: where it is.
    """
    spent, started = Profile(), list[float]()
    engine = torch.autograd._engine_run_backward  # type: ignore[attr-defined]

    def before(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        spent.forwards += len(inputs[0])
        started.append(now(device))

    def after(_: nn.Module, _inputs: tuple[Tensor, ...], logits: Tensor) -> None:
        spent.network_seconds += now(device) - started.pop()
        if logits.requires_grad:
            logits.register_hook(count)  # type: ignore[no-untyped-call]

    def count(gradient: Tensor) -> None:
        spent.backwards += len(gradient)

    def backward(*arguments: Any, **options: Any) -> Any:
        begun = now(device)
        result = engine(*arguments, **options)
        spent.network_seconds += now(device) - begun
        return result

    hooks = network.register_forward_pre_hook(before), network.register_forward_hook(after)
    earlier = network.backwards if isinstance(network, Classifier) else 0
    base = _reset_peak(device)
    begun = now(device)
    try:
        torch.autograd._engine_run_backward = backward  # type: ignore[attr-defined]
        yield spent
    finally:
        torch.autograd._engine_run_backward = engine  # type: ignore[attr-defined]
        spent.seconds = now(device) - begun
        if isinstance(network, Classifier):  # which counts several gradients in one backward
            spent.backwards = network.backwards - earlier
        spent.peak_memory = None if base is None else max(0, (_peak(device) or 0) - base)
        for hook in hooks:
            hook.remove()


def _reset_peak(device: torch.device) -> int | None:
    """Reset the peak and return the bytes in use, or None where the system does not say."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return torch.cuda.memory_allocated(device)
    return_freed_memory()
    try:
        _CLEAR.write_text("5", encoding="ascii")
    except OSError:
        return None
    return _status("VmRSS")


def _peak(device: torch.device) -> int | None:
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else _status("VmHWM")


def _status(key: str) -> int | None:
    found = re.search(rf"^{key}:\s+(\d+) kB", _STATUS.read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) * 1024 if found else None
