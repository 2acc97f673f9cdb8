"""Every error that sparsefool raises on purpose, as one small tree.

A message says what was expected, what came, and where it helps what to do next.
"""


class SparseFoolError(Exception):
    """Base of all errors of this package."""


class ParameterError(SparseFoolError, ValueError):
    """An argument has the wrong shape, type or range."""


class ImageError(SparseFoolError):
    """A picture cannot be read or is outside the limits."""


class DataError(SparseFoolError):
    """A data set or gallery is missing or damaged."""


class StoreError(SparseFoolError):
    """A file of results is missing, damaged or of another format."""


class ModelError(SparseFoolError):
    """A network is unknown, or its weights are missing, damaged or out of reach."""


class DeviceError(SparseFoolError):
    """A device was asked for that this machine does not have, or it cannot do what it was asked."""


class MemoryFullError(DeviceError):
    """The memory of a device is full."""


class ClusterError(SparseFoolError):
    """A cluster is out of reach, or has no worker that can be used."""


class QueueFullError(SparseFoolError):
    """Too many jobs wait for a device."""


class Cancelled(SparseFoolError):  # noqa: N818 - an outcome, not a fault
    """A job was cancelled by the person who started it."""


class LimitError(SparseFoolError):
    """What was asked for is beyond what this server gives to a session."""
