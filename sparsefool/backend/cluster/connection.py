"""Clusters: one that is started here for a run, or one whose scheduler is named."""

import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sparsefool.devices import available_devices, choose_device
from sparsefool.errors import ClusterError, ParameterError

if TYPE_CHECKING:
    from distributed import Client

ADDRESS_VARIABLE = "SPARSEFOOL_CLUSTER"
"""The environment variable that names the cluster of a server, and of commands without ``--cluster``."""

WAIT_VARIABLE = "SPARSEFOOL_WORKER_WAIT"
"""The environment variable for how long servers, and commands without ``--worker-wait``, wait for workers."""

LOCAL = "local"
WORKER_WAIT = 300.0
"""Seconds to wait for a worker, where nothing else is said."""

TIMEOUT = 10.0
"""Seconds to wait for a scheduler."""

QUIET = logging.CRITICAL
"""What is less serious is not logged: this project says itself what a person has to know."""

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True)
class Cluster:
    """Where an experiment runs if not in this process.

    Attributes:
        address: ``local`` for processes on this machine, or that of a Dask scheduler, such as
            ``tcp://host:8786``.
        worker_cores: cores of each process of a local cluster that computes on the CPU.
        worker_wait: seconds for which a run waits while there is no worker that can be used; may be infinite.

    Raises:
        ParameterError: the address is none, or there are no such cores or seconds.
    """

    address: str
    worker_cores: int = 1
    worker_wait: float = WORKER_WAIT

    def __post_init__(self) -> None:
        if self.address != LOCAL and not re.fullmatch(r"(tcp|tls|ucx|ws|wss)://\S+:\d+", self.address):
            raise ParameterError(
                f"A cluster is {LOCAL!r} or the address of a Dask scheduler, such as tcp://localhost:8786; "
                f"{self.address!r} was given."
            )
        if self.worker_cores < 1:
            raise ParameterError(f"A worker needs at least 1 core; {self.worker_cores} were asked for.")
        if not self.worker_wait > 0:
            raise ParameterError(f"The wait for workers must be more than 0 s; it is {self.worker_wait:g}.")

    def kind_of_device(self, device: str) -> str:
        """Return what workers shall compute on: a kind of device, or ``"auto"`` for a GPU if any has one.

        Args:
            device: ``"auto"`` or a device name of torch.

        Raises:
            DeviceError: the cluster is local, and the device does not exist here.
        """
        if self.address == LOCAL:
            return choose_device(device).type
        return device.partition(":")[0]


def cluster_of_this_server() -> Cluster | None:
    """Return the cluster that :data:`ADDRESS_VARIABLE` names in the environment; None where there is none.

    Raises:
        ParameterError: it names none that can be used, or a local one: a server's process cannot start it; or
            :data:`WAIT_VARIABLE` is no number of seconds.
    """
    return cluster_for_a_server(os.environ.get(ADDRESS_VARIABLE))


def cluster_for_a_server(address: str | None) -> Cluster | None:
    """Return the cluster with an address; None where there is no address.

    Raises:
        ParameterError: as for :func:`cluster_of_this_server`.
    """
    if address == LOCAL:
        raise ParameterError(
            f"The cluster {LOCAL!r} is for commands; a server needs a scheduler's address (docs/cluster.md)."
        )
    return Cluster(address, worker_wait=_worker_wait()) if address else None


def _worker_wait() -> float:
    given = os.environ.get(WAIT_VARIABLE) or WORKER_WAIT
    try:
        return float(given)
    except ValueError:
        raise ParameterError(
            f"{WAIT_VARIABLE} must be a number of seconds, or inf; it is {given!r}."
        ) from None


@contextmanager
def connected(cluster: Cluster, device: str) -> Iterator["Client"]:
    """Yield a connection to a cluster, which ends with the block; so does a local cluster.

    Args:
        cluster: which one.
        device: ``"auto"`` or a device name of torch: what the workers of a local cluster compute on.

    Raises:
        ClusterError: Dask is not installed, or no scheduler answers.
        DeviceError: a local cluster was asked for, and the device does not exist here.
    """
    try:
        import dask
        from distributed import Client, SpecCluster
        from distributed.utils import silence_logging_cmgr
    except ImportError as error:
        raise ClusterError(
            "A cluster needs Dask: pip install 'sparsefool[cluster]', in a checkout "
            "pip install -r requirements-cluster.txt."
        ) from error

    with dask.config.set(_SETTINGS), silence_logging_cmgr(QUIET):
        if cluster.address == LOCAL:
            workers = _local_workers(device, cluster.worker_cores)
            with (
                SpecCluster(workers=workers, scheduler=_scheduler()) as processes,
                Client(processes, set_as_default=False) as client,
            ):
                yield client
            return
        try:
            client = Client(cluster.address, timeout=TIMEOUT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ClusterError(
                f"No Dask scheduler answers at {cluster.address}. Start one with 'dask scheduler' "
                "(docs/cluster.md), or run without a cluster."
            ) from error
        with client:
            yield client


_SETTINGS: Mapping[str, Any] = {
    "distributed.admin.large-graph-warning-threshold": "1 GiB",
    "distributed.admin.tick.interval": "500ms",
    "distributed.nanny.pre-spawn-environ.MALLOC_ARENA_MAX": "1",
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.worker.profile.enabled": False,
}
"""Workers compute in a second thread, to which glibc would give a heap of its own, which it returns and takes
again: blocks of MNIST took a tenth longer. The thread that talks to the scheduler would look at the other and
at the clock a hundred and fifty times a second, and each time wait for Python's lock."""

_ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Of the workers of a local cluster."""


def _scheduler() -> dict[str, Any]:
    from distributed import Scheduler

    options = {"host": "127.0.0.1", "dashboard": False, "dashboard_address": "127.0.0.1:0"}
    return {"cls": Scheduler, "options": options}


def _local_workers(device: str, cores: int) -> dict[str, dict[str, Any]]:
    """Return the worker processes of a local cluster, by name: one for each GPU, or for so many cores."""
    from dask.system import CPU_COUNT
    from distributed import Nanny
    from distributed.system import MEMORY_LIMIT

    chosen = choose_device(device)
    options: dict[str, Any] = {
        "nthreads": 1,
        "host": "127.0.0.1",
        "dashboard": False,
        "silence_logs": QUIET,
    }
    if chosen.type == "cuda":
        every = [info.name.partition(":")[2] for info in available_devices() if info.name.startswith("cuda")]
        numbers = every if device in ("auto", "cuda") else [str(chosen.index)]
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
        names = {number: visible[int(number)] if visible[0] else number for number in numbers}
        own = {f"gpu-{number}": {"CUDA_VISIBLE_DEVICES": name} for number, name in names.items()}
        options["resources"] = {"GPU": 1}
    else:
        count = max(1, CPU_COUNT // cores) if chosen.type == "cpu" else 1
        own = {f"{chosen.type}-{number}": dict.fromkeys(THREADS, str(cores)) for number in range(count)}
    options["memory_limit"] = MEMORY_LIMIT // len(own)
    return {
        name: {"cls": Nanny, "options": {**options, "env": {**_ENVIRONMENT, **more}}}
        for name, more in own.items()
    }
