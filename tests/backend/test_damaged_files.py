"""Files of the caches, damaged in many ways: each is ignored or named, and nothing else is raised."""

from dataclasses import replace

import numpy as np
import pytest

from sparsefool import paths
from sparsefool.backend.attack.openings import openings, run_openings
from sparsefool.backend.attack.report import Origin
from sparsefool.backend.attack.report_packing import unpack
from sparsefool.backend.attack.report_store import ReportStore, shipped_file
from sparsefool.backend.planes.stored import EXAMPLES, FLAT, stored_on, stored_plane
from sparsefool.errors import StoreError
from sparsefool.store.tables import read_table

WAYS = 200
"""Damaged copies of each file."""

MODEL = "mnist/lenet"


def damaged_copies(data):
    """Yield data with some bytes changed, cut off, or with a stretch of zeros."""
    generator = np.random.default_rng(0)
    for way in range(WAYS):
        copy = np.frombuffer(data, np.uint8).copy()
        place = int(generator.integers(0, len(copy)))
        if way % 3 == 0:
            copy = copy[:place]
        elif way % 3 == 1:
            copy[generator.integers(0, len(copy), 8)] = generator.integers(0, 256, 8)
        else:
            copy[place : place + 200] = 0
        yield copy.tobytes()


def named(read, *arguments):
    """Return how often ``read`` says that what it reads is damaged, of all damaged copies."""
    count = 0
    for argument in arguments:
        try:
            read(argument)
        except StoreError:
            count += 1
    return count


@pytest.fixture(scope="module")
def opening():
    return openings("mnist", [MODEL], "cpu")[0]


def test_a_report(opening, tmp_path):
    tuple(run_openings([opening], None, tmp_path / "own", tmp_path / "none"))
    (path,) = (tmp_path / "own").glob("*.npz")
    copies = damaged_copies(path.read_bytes())
    assert named(lambda data: unpack(data, opening, Origin.KEPT), *copies) > 0.9 * WAYS


def test_a_file_of_shipped_reports(opening, tmp_path):
    source, ignored = shipped_file(MODEL), 0
    for data in damaged_copies(source.read_bytes()):
        (tmp_path / source.name).write_bytes(data)
        report = ReportStore(tmp_path).find(replace(opening, device="auto"))
        ignored += report is None
    assert ignored > 0.3 * WAYS


def test_a_table(tmp_path):
    path, count = tmp_path / "damaged.parquet", 0
    for data in damaged_copies(FLAT.path.read_bytes()):
        path.write_bytes(data)
        count += named(read_table, path)
    assert count > 0.3 * WAYS


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_plane(example, tmp_path, monkeypatch):
    whole, count = example.path.read_bytes(), 0
    monkeypatch.setattr(paths, "SHIPPED_PLANES", tmp_path)
    for data in damaged_copies(whole):
        example.path.write_bytes(data)
        stored_plane.cache_clear()
        count += named(lambda each: (stored_plane(each), stored_on(each)), example)
    stored_plane.cache_clear()
    assert count > 0.3 * WAYS


@pytest.mark.parametrize("note", [b"[]", b"3", b"{}", b'{"format": 1', b"\xff"])
def test_a_table_whose_provenance_is_none(note, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = pa.table({"label": [1]}).replace_schema_metadata({b"sparsefool": note})
    pq.write_table(content, tmp_path / "strange.parquet")
    with pytest.raises(StoreError, match=r"strange\.parquet"):
        read_table(tmp_path / "strange.parquet")
