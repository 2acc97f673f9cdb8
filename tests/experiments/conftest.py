import pytest

from sparsefool.experiments.records.store import RecordStore
from tests.experiments.made_records import MEASURED


@pytest.fixture(autouse=True)
def _nothing_measured():
    MEASURED.clear()


@pytest.fixture
def store(tmp_path):
    """A store of records with nothing in it."""
    return RecordStore(tmp_path / "own", tmp_path / "shipped")
