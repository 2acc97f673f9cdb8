"""Where a run takes place: "auto" is the device whose worker runs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sparsefool.devices import available_devices, choose_device, device_info

AUTO = "auto"

_place: ContextVar[str | None] = ContextVar("place", default=None)


@contextmanager
def placed_on(device: str) -> Iterator[None]:
    """Let "auto" stand for this device, in this thread, for the length of a block."""
    token = _place.set(device)
    try:
        yield
    finally:
        _place.reset(token)


def place_of(device: str) -> str:
    """Return the device name of torch on which a run takes place in this thread.

    Args:
        device: a device name of torch, or ``"auto"``: the device of the worker whose thread this is, or
            outside of workers the preferred one.

    Raises:
        DeviceError: the device does not exist here.
    """
    placed = _place.get()
    return placed if device == AUTO and placed is not None else str(choose_device(device))


def places_of(device: str) -> tuple[str, ...]:
    """Return the device names of torch on which a run may take place; with ``"auto"`` all, best first.

    Raises:
        DeviceError: the device does not exist here.
    """
    if device == AUTO:
        return tuple(each.name for each in available_devices())
    return (str(choose_device(device)),)


def make_of(device: str) -> str:
    """Return the maker's name of a device: two of one make compute the same, to the bit.

    Raises:
        DeviceError: the device does not exist here.
    """
    return device_info(device).title
