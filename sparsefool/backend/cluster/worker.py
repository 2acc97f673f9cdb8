"""What a worker of a cluster does: say whether it can be used, hold networks, measure blocks."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from dask.typing import Key
from distributed import Worker, get_worker
from distributed.utils import sync

from sparsefool.backend.models import loaded_model, within_memory
from sparsefool.backend.progress import NullProgress
from sparsefool.devices import choose_device
from sparsefool.errors import Cancelled, DeviceError, ModelError, SparseFoolError
from sparsefool.experiments.records.record import Part, Record, Task, record_key
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import measure_block, rows_of_tables
from sparsefool.runtime import prepare_runtime
from sparsefool.store.tables import decode_table, encode_table
from sparsefool.versions import code_version
from sparsefool.zoo.loading import is_available, weights_sha256

if TYPE_CHECKING:
    import pandas as pd


KEPT = "What is finished is kept."


@dataclass(frozen=True)
class Expected:
    """What a worker must have in common with the client for its rows to be the same.

    Attributes:
        source: the version of the code.
        torch: its version.
        device: ``cpu``, ``cuda``, ``mps``.
        weights: the hash of the weights of each network.
    """

    source: str
    torch: str
    device: str
    weights: Mapping[str, str]

    @classmethod
    def here(cls, device: str, weights: Mapping[str, str]) -> "Expected":
        """Return what holds in this process."""
        return cls(code_version(), torch.__version__, device, weights)

    @property
    def resource(self) -> str:
        """What the workers that can be used have one of: whatever is sent asks for it."""
        content = json.dumps([self.source, self.torch, self.device, sorted(self.weights.items())])
        return f"sparsefool-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def introduce(expected: Expected) -> str:
    """Return why this worker cannot be used; nothing if it can: then it is given the resource."""
    worker = get_worker()
    reason = _difference(expected)
    if not reason and expected.device == "cuda" and not worker.state.total_resources.get("GPU"):
        reason = 'it does not declare its GPU: start it with --resources "GPU=1"'
    sync(worker.loop, worker.set_resources, **{expected.resource: 0 if reason else 1})
    if not reason:
        prepare_runtime()
    return reason


def _difference(expected: Expected) -> str:
    here = Expected.here(expected.device, expected.weights)
    if here.torch != expected.torch:
        return f"it has torch {here.torch}, the client {expected.torch}"
    if here.source != expected.source:
        return f"its code of sparsefool is {here.source}, the client's {expected.source}"
    for model, sha256 in expected.weights.items():
        if is_available(model) and weights_sha256(model) != sha256:
            return f"its weights of {model} are others than the client's"
    try:
        choose_device(expected.device)
    except DeviceError as error:
        return str(error).rstrip(".")
    return ""


class HeldNetwork:
    """A network that workers keep: as large, for Dask, as its weights, so that tasks go where it is.

    Where Dask sends it to another worker, only its name goes; that worker loads it from its own disk.
    """

    def __init__(self, name: str, size: int) -> None:
        self.name, self._size = name, size

    def __sizeof__(self) -> int:
        return self._size


def hold(name: str, device: str) -> HeldNetwork:
    """Load a network, downloading it if it is not there.

    Raises:
        ModelError: it is unknown here, or its weights are missing, damaged or out of reach.
    """
    with _naming_this_worker():
        network = loaded_model(name, str(choose_device(device)), NullProgress()).classifier.module
    tensors = (*network.parameters(), *network.buffers())
    return HeldNetwork(name, sum(each.numel() * each.element_size() for each in tensors))


@dataclass(frozen=True)
class Sent:
    """The rows of blocks of one record: a table as :func:`sparsefool.store.tables.encode_table` wrote it."""

    tasks: tuple[Task, ...]
    rows: bytes


@dataclass(frozen=True)
class Order:
    """Blocks to measure, one after the other.

    Attributes:
        tasks: the blocks.
        keys: of each of their records, the name that it must have here too: it holds the weights' hashes.
        rows: those of other records that they need.
        device: ``cpu``, ``cuda``, ``mps``.
    """

    tasks: tuple[Task, ...]
    keys: Mapping[Record, str]
    rows: Sequence[Sent]
    device: str


@dataclass(frozen=True)
class Measured:
    """A block that was measured: its table as a file, and the seconds it took."""

    table: bytes
    seconds: float


def measure(order: Order, *_networks: HeldNetwork) -> list[Measured]:
    """Measure blocks.

    Raises:
        SparseFoolError: as for :func:`sparsefool.backend.experiments.run_experiment`; the message names this
            worker.
        Cancelled: nobody waits for the rows any more.
    """
    device = str(choose_device(order.device))
    worker = get_worker()
    key = worker.get_current_task()
    context = RunContext(
        device,
        SentRows(order.rows),
        lambda: _check_wanted(worker, key),
        lambda name: loaded_model(name, device, NullProgress()).classifier,
    )
    with _naming_this_worker():
        for record, expected in order.keys.items():
            if record_key(record) != expected:
                raise ModelError(f"The weights or images of {record.title} are others than the client's.")
        tables = within_memory(lambda: [measure_block(task, context) for task in order.tasks], device, KEPT)
    return [Measured(encode_table(table), float(table.provenance["seconds"])) for table in tables]


class SentRows:
    """The rows of other records that a worker was sent; what else is asked for is measured."""

    def __init__(self, sent: Sequence[Sent]) -> None:
        self._tasks = {task for each in sent for task in each.tasks}
        self._tables = {each.tasks[0].record: [decode_table(each.rows, each.tasks[0].title)] for each in sent}

    def has(self, task: Task) -> bool:
        """Return whether the rows of a block are there."""
        return task in self._tasks

    def rows(self, part: Part) -> "pd.DataFrame":
        """Return the rows of a part that are there, each with the device it was measured on."""
        rows = rows_of_tables(self._tables.get(part.record, []))
        return rows if rows.empty else rows[rows["image"] < part.images].reset_index(drop=True)

    def measure(self, task: Task, context: RunContext) -> None:
        """Measure a block, for as long as these rows are needed."""
        self._tables.setdefault(task.record, []).append(measure_block(task, context))
        self._tasks.add(task)


def _check_wanted(worker: Worker, key: Key) -> None:
    task = worker.state.tasks.get(key)
    if task is None or task.state == "cancelled":
        raise Cancelled("Nobody waits for these rows any more.")


@contextmanager
def _naming_this_worker() -> Iterator[None]:
    """Let the errors of a block name the worker on which they happened."""
    try:
        yield
    except SparseFoolError as error:
        worker = get_worker()
        raise type(error)(f"{error} (On the worker {worker.name}.)") from error
