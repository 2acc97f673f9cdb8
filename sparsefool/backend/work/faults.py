"""Devices that fail: which errors are theirs, and for how long none of the others' work is given to them."""

import logging
import time
from collections.abc import Callable, Sequence
from enum import StrEnum

import torch

from sparsefool.devices import is_out_of_memory
from sparsefool.errors import DeviceError, MemoryFullError

SET_ASIDE = 60.0
"""Seconds for which a device that has failed gets no work that may go elsewhere."""

SIGNS = ("CUDA error", "cuDNN error", "CUBLAS_STATUS", "CUFFT_STATUS", "MPS backend")
"""How messages begin, or what they contain, that the driver of a device or a library of it has failed."""

_log = logging.getLogger(__name__)


class Fault(StrEnum):
    """What has gone wrong with a device."""

    MEMORY = "its memory is full"
    DRIVER = "its driver failed"


def fault_of(error: BaseException) -> Fault | None:
    """Return what an error, or what has caused it, says of its device; None where it says nothing."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryFullError) or is_out_of_memory(cause):
            return Fault.MEMORY
        driver = isinstance(cause, RuntimeError) and any(sign in str(cause) for sign in SIGNS)
        if driver or isinstance(cause, torch.AcceleratorError):
            return Fault.DRIVER
        cause = cause.__cause__
    return None


def in_words(error: BaseException, device: str) -> BaseException:
    """Return an error as a person may read it: one of a driver says which device has failed."""
    if fault_of(error) is not Fault.DRIVER:
        return error
    reason = str(error).partition("\n")[0]
    return DeviceError(f"{device} has failed ({reason}). Choose another device, or try again in a minute.")


class SetAside:
    """The devices that have failed lately.

    One whose driver failed is set aside for all work. One whose memory was full, even for one image alone, is
    set aside for work with the same networks: others may well fit. Both last for :data:`SET_ASIDE` seconds.

    Args:
        clock: returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[tuple[str, Sequence[str] | None], float] = {}

    def add(self, device: str, fault: Fault, networks: Sequence[str]) -> None:
        """Set a device aside.

        Args:
            device: which has failed.
            fault: what has gone wrong.
            networks: with which it was working.
        """
        of = None if fault is Fault.DRIVER else tuple(networks)
        self._until[device, of] = self._clock() + SET_ASIDE
        for_what = "" if of is None else f" for {', '.join(of) or 'such work'}"
        _log.warning("%s is set aside for %.0f s%s: %s.", device, SET_ASIDE, for_what, fault)

    def holds(self, device: str, networks: Sequence[str]) -> bool:
        """Return whether a device is set aside for work with these networks."""
        now = self._clock()
        return any(self._until.get((device, of), now) > now for of in (None, tuple(networks)))
