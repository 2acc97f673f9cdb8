import pytest

from sparsefool.experiments.records.store import RecordStore


@pytest.fixture(scope="module")
def client():
    """A connection to a cluster of two workers, which are threads of this process."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, protocol="tcp://", dashboard_address=":0"
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def store(tmp_path):
    return RecordStore(tmp_path / "own", tmp_path / "shipped")
