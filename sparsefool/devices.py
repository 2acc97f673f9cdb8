"""The devices of this machine: which one to use, its name and its memory."""

import os
import platform
import time
from dataclasses import dataclass
from functools import cache

import torch

from sparsefool.errors import DeviceError


@dataclass(frozen=True)
class DeviceInfo:
    """One device: its torch name (``cuda:0``, ``mps``, ``cpu``), its maker's name, its memory in bytes."""

    name: str
    title: str
    memory: int

    def __str__(self) -> str:
        return f"{self.title} ({self.name}, {self.memory / 2**30:.0f} GiB)"


def available_devices() -> tuple[DeviceInfo, ...]:
    """Return the devices of this machine, the preferred one first: CUDA, then MPS, then the CPU."""
    found = []
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        found.append(DeviceInfo(f"cuda:{index}", properties.name, properties.total_memory))
    if torch.backends.mps.is_available():
        found.append(DeviceInfo("mps", "Apple GPU", torch.mps.recommended_max_memory()))
    cpu = f"{_cpu_title()}, {torch.get_num_threads()} threads"
    found.append(DeviceInfo("cpu", cpu, _main_memory()))
    return tuple(found)


def choose_device(name: str | torch.device = "auto") -> torch.device:
    """Return the device of this machine that ``"auto"`` or a torch device name stands for.

    Raises:
        DeviceError: the device does not exist here.
    """
    names = [device.name for device in available_devices()]
    name = str(name)
    if name == "auto":
        return torch.device(names[0])
    full_name = "cuda:0" if name == "cuda" else name
    if full_name not in names:
        raise DeviceError(f"This machine has no device {name!r}; it has {', '.join(names)} (or 'auto').")
    return torch.device(full_name)


def device_info(device: torch.device | str) -> DeviceInfo:
    """Return the name, title and memory of a device of this machine.

    Raises:
        DeviceError: the device does not exist here.
    """
    chosen = str(choose_device(device))
    return next(info for info in available_devices() if info.name == chosen)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error means that the memory of a device is full.

    torch has an error of its own for GPUs; its allocator for the CPU raises a plain RuntimeError.
    """
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)


def now(device: torch.device) -> float:
    """Return the time in seconds, once all work on the device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def load_per_core() -> float | None:
    """Return how many programs competed for each core in the last minute; None where that is not known.

    Above 1, measured seconds depend as much on the other programs as on the one that is measured.
    """
    try:
        return os.getloadavg()[0] / (os.cpu_count() or 1)
    except (AttributeError, OSError):
        return None


@cache
def _cpu_title() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "CPU"


def _main_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
