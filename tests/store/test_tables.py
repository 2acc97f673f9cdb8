import threading

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from sparsefool.errors import StoreError
from sparsefool.store.shards import Shards
from sparsefool.store.tables import Table, find_tables, read_table, write_table

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
    assert find_tables(tmp_path) == [path]


def test_tables_are_found_by_name(tmp_path):
    assert find_tables(tmp_path / "nowhere") == []
    for name in ("b", "a"):
        write_table(tmp_path / f"{name}.parquet", Table(make_rows(), NOTE))
    (tmp_path / "notes.txt").write_text("no table")
    (tmp_path / ".a.parquet.1234.parquet").write_text("unfinished")
    assert [path.name for path in find_tables(tmp_path)] == ["a.parquet", "b.parquet"]


def test_parts_come_back_in_the_order_asked_for(tmp_path):
    parts = Shards(tmp_path / "run")
    assert parts.finished() == frozenset()
    for n, key in enumerate(("00-00001", "00-00000"), start=1):
        parts.write(key, Table(make_rows(n), NOTE))
    assert parts.finished() == {"00-00000", "00-00001"}
    assert [len(part.rows) for part in parts.read(["00-00000", "00-00001"])] == [2, 1]


def test_a_damaged_part_is_named_with_what_to_do(tmp_path):
    parts = Shards(tmp_path)
    parts.write("00-00000", Table(make_rows(), NOTE))
    damage(tmp_path / "00-00000.parquet", "cut")
    with pytest.raises(StoreError, match=r"00-00000\.parquet.*Delete the file"):
        parts.read(["00-00000"])
