import threading

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from sparsefool.errors import StoreError
from sparsefool.store.shards import Shards
from sparsefool.store.tables import Table, read_table, write_table

NOTE = {"seed": 3, "device": "a laptop, δ = 255"}


def make_rows(n=3):
    rows = pd.DataFrame({"model": ["α", "b", "c"][:n], "pixels": np.arange(n), "success": [True] * n})
    rows["changed_at"] = [np.arange(k, dtype=np.int32) for k in range(n)]
    return rows


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "new" / "folder" / "table.parquet"
    write_table(path, Table(make_rows(), NOTE))
    table = read_table(path)
    assert table.provenance == NOTE
    assert table.rows.drop(columns="changed_at").equals(make_rows().drop(columns="changed_at"))
    assert [each.tolist() for each in table.rows["changed_at"]] == [[], [0], [0, 1]]


def damage(path, kind):
    content = path.read_bytes()
    if kind == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "noise":
        path.write_bytes(b"no parquet at all")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "gone":
        path.unlink()
    else:
        pq.write_table(pq.read_table(path).replace_schema_metadata({}), path)


@pytest.mark.parametrize("kind", ["cut", "noise", "empty", "gone", "foreign"])
def test_a_damaged_file_is_named(tmp_path, kind):
    path = tmp_path / "comparison-mnist.parquet"
    write_table(path, Table(make_rows(), NOTE))
    damage(path, kind)
    with pytest.raises(StoreError, match=r"comparison-mnist\.parquet"):
        read_table(path)


def test_a_newer_format_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "table.parquet"
    with monkeypatch.context() as patch:
        patch.setattr("sparsefool.store.tables.FORMAT", 2)
        write_table(path, Table(make_rows(), NOTE))
    with pytest.raises(StoreError, match="format 2"):
        read_table(path)


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "table.parquet"
    write_table(path, Table(make_rows(), NOTE))
    with pytest.raises(TypeError):
        write_table(path, Table(make_rows(), {"not json": object()}))
    unwritable = make_rows()
    unwritable["mixed"] = [1, "two", object()]
    with pytest.raises(Exception, match="mixed"):
        write_table(path, Table(unwritable, NOTE))
    assert [each.name for each in tmp_path.iterdir()] == ["table.parquet"]
    assert len(read_table(path).rows) == 3


def test_two_that_write_at_once_corrupt_nothing(tmp_path):
    path = tmp_path / "table.parquet"

    def write(rows):
        for _ in range(20):
            write_table(path, Table(rows, {"rows": len(rows)}))

    threads = [threading.Thread(target=write, args=(make_rows(n),)) for n in (1, 3)]
    for thread in threads:
        thread.start()
    while not path.exists():
        pass
    while any(thread.is_alive() for thread in threads):
        table = read_table(path)
        assert len(table.rows) == table.provenance["rows"]
    assert list(tmp_path.iterdir()) == [path]


def test_shards_come_back_in_the_order_asked_for(tmp_path):
    shards = Shards(tmp_path / "run")
    assert not shards.has("00000")
    for n, key in enumerate(("00020", "00000"), start=1):
        shards.write(key, Table(make_rows(n), NOTE))
    assert shards.has("00000")
    assert not shards.has("00001")
    assert [len(shard.rows) for shard in shards.read(["00000", "00020"])] == [2, 1]
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["00000.parquet", "00020.parquet"]


def test_a_shard_can_be_read_by_something_else(tmp_path):
    shards = Shards(tmp_path, lambda path: Table(make_rows(), {"name": path.name}))
    (shard,) = shards.read(["00000"])
    assert shard.provenance == {"name": "00000.parquet"}


@pytest.mark.parametrize("kind", ["cut", "gone"])
def test_a_damaged_or_missing_shard_is_named(tmp_path, kind):
    shards = Shards(tmp_path)
    for key in ("00000", "00020"):
        shards.write(key, Table(make_rows(), NOTE))
    damage(tmp_path / "00020.parquet", kind)
    with pytest.raises(StoreError, match=r"00020\.parquet"):
        shards.read(["00000", "00020"])
    assert len(shards.read(["00000"])) == 1
