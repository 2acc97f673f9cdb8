"""The settings of a process that computes on the CPU: threads that sleep, memory that is kept."""

import ctypes
import os
import platform
import sys
from contextlib import suppress

from sparsefool.paths import CACHES, TEMPORARY

_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8  # the names of malloc.h
SWITCH_INTERVAL = 0.0003
"""Seconds after which a thread lets another have Python's interpreter; by default 0.005.

A pass through a network needs it for a moment at every layer. While pages were drawn for a hundred people,
such a pass took 0.3 s instead of 0.02.
"""

_KEPT = 2**30
"""Free bytes at the end of the heap beyond which they are given back all the same."""


def prepare_runtime() -> None:
    """Prepare this process to compute beside others; call it before torch is imported.

    PyTorch's threads are asked to sleep, not to spin, while they wait for each other: beside other work on
    the same machine, spinning has made an attack 10 to 40 times slower.

    glibc is asked to keep freed memory (other allocators are left alone). By default it maps every block
    beyond 32 MiB and unmaps it when it is freed, so that each activation of a large batch is paid for again,
    page by page: on two cores a forward and a backward of 32 images through EfficientNet-Lite0 took 22 ms per
    image instead of 9.

    Threads take turns often, so that those of an attack do not wait for those that draw pages.

    Where SPARSEFOOL_HOME is set, libraries are told to keep their caches there.
    """
    sys.setswitchinterval(SWITCH_INTERVAL)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if os.environ.get("SPARSEFOOL_HOME"):
        for variable, folder in CACHES.items():
            os.environ.setdefault(variable, str(folder))
        with suppress(OSError):  # where it cannot be written, what needs it says so
            TEMPORARY.mkdir(parents=True, exist_ok=True)
    library = _glibc()
    if library is not None:
        for name, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _KEPT), (_ARENA_MAX, 1)):
            library.mallopt(name, value)


def return_freed_memory() -> None:
    """Return freed memory to the system, so that the memory in use can be measured."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
