import os
import sys

import pytest
import torch
from distributed import Worker

from sparsefool.backend.cluster import connection
from sparsefool.backend.cluster.connection import (
    ADDRESS_VARIABLE,
    WAIT_VARIABLE,
    Cluster,
    cluster_of_this_server,
    connected,
)
from sparsefool.errors import ClusterError, DeviceError, ParameterError


@pytest.mark.parametrize(
    "address", ["", "here", "localhost:8786", "tcp://localhost", "http://localhost:8786"]
)
def test_what_is_no_address_of_a_scheduler_is_refused(address):
    with pytest.raises(ParameterError, match=r"'local' or the address of a Dask scheduler, such as tcp://"):
        Cluster(address)


def test_a_worker_has_a_core():
    with pytest.raises(ParameterError, match="at least 1 core; 0"):
        Cluster("local", worker_cores=0)


def test_the_cluster_of_a_server_is_named_by_the_environment(monkeypatch):
    monkeypatch.delenv(ADDRESS_VARIABLE, raising=False)
    assert cluster_of_this_server() is None
    monkeypatch.setenv(ADDRESS_VARIABLE, "tcp://head:8786")
    assert cluster_of_this_server() == Cluster("tcp://head:8786")
    monkeypatch.setenv(ADDRESS_VARIABLE, "local")
    with pytest.raises(ParameterError, match=r"a server needs a scheduler's address \(docs/cluster.md\)"):
        cluster_of_this_server()


def test_a_server_waits_for_workers_as_long_as_the_environment_says(monkeypatch):
    monkeypatch.setenv(ADDRESS_VARIABLE, "tcp://head:8786")
    for given, expected in (("", connection.WORKER_WAIT), ("20", 20.0), ("inf", float("inf"))):
        monkeypatch.setenv(WAIT_VARIABLE, given)
        assert cluster_of_this_server().worker_wait == expected
    monkeypatch.setenv(WAIT_VARIABLE, "soon")
    with pytest.raises(ParameterError, match="WORKER_WAIT must be a number of seconds, or inf; it is 'soon'"):
        cluster_of_this_server()
    for given in ("0", "-1", "nan"):
        monkeypatch.setenv(WAIT_VARIABLE, given)
        with pytest.raises(ParameterError, match="more than 0 s"):
            cluster_of_this_server()


def test_where_no_scheduler_answers_it_says_how_to_start_one(monkeypatch):
    monkeypatch.setattr(connection, "TIMEOUT", 0.5)
    expected = "No Dask scheduler answers at tcp://127.0.0.1:9.*'dask scheduler'.*or run without a cluster"
    with pytest.raises(ClusterError, match=expected), connected(Cluster("tcp://127.0.0.1:9"), "cpu"):
        pass


def test_without_dask_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    expected = r"needs Dask: pip install 'sparsefool\[cluster\]'.*requirements-cluster\.txt"
    with pytest.raises(ClusterError, match=expected), connected(Cluster("local"), "cpu"):
        pass


def workers(device, cores=1):
    return connection._local_workers(device, cores)


def test_a_local_cluster_on_the_cpu_has_a_worker_for_so_many_cores(monkeypatch):
    monkeypatch.setattr("dask.system.CPU_COUNT", 8)
    for cores, count in ((1, 8), (3, 2), (16, 1)):
        found = workers("cpu", cores)
        assert list(found) == [f"cpu-{number}" for number in range(count)]
        for worker in found.values():
            assert worker["options"]["env"]["OMP_NUM_THREADS"] == str(cores)
            assert worker["options"]["nthreads"] == 1
            assert "resources" not in worker["options"]


def test_a_local_worker_has_a_single_heap_and_is_not_profiled(monkeypatch):
    monkeypatch.setattr("dask.system.CPU_COUNT", 1)
    with connected(Cluster("local"), "cpu") as client:
        client.wait_for_workers(1, timeout=60)
        (arenas,) = client.run(os.getenv, "MALLOC_ARENA_MAX").values()
        (timers,) = client.run(_intervals).values()
    assert arenas == "1"
    assert timers
    assert min(timers) >= 500


def _intervals(dask_worker: Worker) -> list[float]:
    """Return the milliseconds after which a worker does each of what it does again and again."""
    return [callback.callback_time for callback in dask_worker.periodic_callbacks.values()]


@pytest.mark.parametrize("visible", ["", "5,7"])
def test_a_local_cluster_has_a_worker_for_each_gpu(monkeypatch, visible):
    class Gpu:
        name, total_memory = "A GPU", 2**30

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: Gpu)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    names = visible.split(",") if visible else ["0", "1"]
    for device, expected in (("auto", names), ("cuda", names), ("cuda:1", names[1:])):
        found = workers(device)
        assert [worker["options"]["env"]["CUDA_VISIBLE_DEVICES"] for worker in found.values()] == expected
        assert all(worker["options"]["resources"] == {"GPU": 1} for worker in found.values())
    assert next(iter(workers("cpu"))) == "cpu-0"
    with pytest.raises(DeviceError, match="cuda:2"):
        workers("cuda:2")
