import pytest
import torch

from sparsefool import paths
from sparsefool.errors import Cancelled, StoreError
from sparsefool.experiments.records import store as record_store
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_settings import sparsefool_setting
from sparsefool.experiments.records.record import Part, Task, record_key
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore, circumstances
from sparsefool.experiments.runner import run_tasks
from sparsefool.store.tables import Table, read_table
from tests.experiments.made_records import LENET, MEASURED, Reading, Squares

ADVICE = "Delete the file, and its rows are computed again"


def fill(store, images, record=None):
    """Measure what is missing; return the rows."""
    return RunContext("cpu", store).rows(record or Squares(), 0, images)


def own_files(tmp_path):
    return sorted((tmp_path / "own").rglob("*.parquet"))


def test_a_block_is_one_file_with_where_it_comes_from(store, tmp_path):
    fill(store, 6)
    first, second = own_files(tmp_path)
    assert (first.name, second.name) == ("00000.parquet", "00004.parquet")
    assert first.parent.name == record_key(Squares())
    table = read_table(first)
    assert table.rows["image"].tolist() == [0, 1, 2, 3]
    assert set(table.provenance) == {"device", "versions", "date", "seconds", "load_per_core"}
    assert "cpu" in table.provenance["device"]


def test_a_part_is_answered_from_a_record_of_more(store):
    fill(store, 12)
    MEASURED.clear()
    for images in (1, 4, 7, 12):
        assert store.holds(Part(Squares(), images))
        assert fill(store, images)["image"].tolist() == list(range(images))
    assert MEASURED == []
    assert not store.holds(Part(Squares(), 13))
    assert fill(store, 13)["square"].tolist()[-1] == 144
    assert MEASURED == [12]


def test_what_is_there_is_read_and_nothing_else(store):
    part = Part(Squares(), 12)
    assert not store.holds(part)
    assert store.rows(part).empty
    assert list(store.tables(part)) == []
    store.measure(Task(Squares(), 4, 8), RunContext("cpu", store))
    assert store.has(Task(Squares(), 4, 8))
    assert not store.holds(part)
    rows = store.rows(part)
    assert rows["image"].tolist() == [4, 5, 6, 7]
    assert set(rows["device"]) == {store.tables(part)[0].provenance["device"]}
    assert store.rows(Part(Squares(factor=2), 12)).empty


def test_images_that_there_are_not_and_networks_that_are_not_here_are_not_held(store):
    far = AttackRecord("imagenet/vgg16", sparsefool_setting(3.0), 5)
    unknown = AttackRecord("mnist/lenett", sparsefool_setting(3.0), 5)
    for part in (Part(far, 5), Part(unknown, 5), Part(Squares(), 1001), Part(Squares(), 0)):
        assert store.holds(part) is False


@pytest.mark.parametrize("changed", ["code", "torch"])
def test_blocks_that_other_code_measured_are_not_read(store, monkeypatch, changed):
    fill(store, 8)
    with monkeypatch.context() as patch:
        if changed == "code":
            patch.setattr(record_store, "code_version", lambda folders: f"other {' '.join(folders)}")
        else:
            patch.setattr(torch, "__version__", "99.0")
        assert not store.holds(Part(Squares(), 8))
        assert store.rows(Part(Squares(), 8)).empty
        MEASURED.clear()
        fill(store, 8)
        assert MEASURED == [0, 4]
    assert store.holds(Part(Squares(), 8))
    MEASURED.clear()
    assert len(fill(store, 8)) == 8
    assert MEASURED == []


def test_the_code_that_counts_is_that_of_attacks_and_experiments(store, monkeypatch):
    asked = []
    monkeypatch.setattr(record_store, "code_version", lambda folders: asked.append(folders) or "version")
    store.has(Task(Squares(), 0, 4))
    assert set(asked) == {("attacks", "experiments")}


def test_shipped_rows_do_not_ask_for_the_code(store, monkeypatch):
    fill(store, 8)
    store.ship(Part(Squares(), 8))
    monkeypatch.setattr(record_store, "code_version", lambda _: "other")
    MEASURED.clear()
    assert fill(store, 8)["square"].tolist() == [n**2 for n in range(8)]
    assert MEASURED == []


def test_a_record_is_shipped_in_one_file_with_its_provenance(store, tmp_path):
    fill(store, 12)
    part = Part(Squares(), 6)
    assert not store.is_shipped(part)
    path = store.ship(part)
    assert list((tmp_path / "shipped").iterdir()) == [path]
    assert path.name == f"{record_key(Squares())}.parquet"
    table = read_table(path)
    assert table.rows["image"].tolist() == list(range(8)), "whole blocks, and no more than are needed"
    assert set(table.rows["device"]) == set(table.provenance["devices"])
    note = table.provenance
    assert note["record"] == {"squares": 1, "batch": 4}
    assert set(note["weights_sha256"]) == {LENET}
    assert set(note) == {"record", "weights_sha256", *circumstances([table])}
    assert note["first_date"] <= note["date"]
    assert store.is_shipped(Part(Squares(), 8))
    assert not store.is_shipped(Part(Squares(), 9))


def test_shipped_rows_and_own_blocks_are_read_together_and_a_shipped_file_grows(tmp_path):
    elsewhere = RecordStore(tmp_path / "elsewhere", tmp_path / "shipped")
    fill(elsewhere, 8)
    elsewhere.ship(Part(Squares(), 8))
    before = read_table(elsewhere.ship(Part(Squares(), 8))).provenance
    MEASURED.clear()
    store = RecordStore(tmp_path / "own", tmp_path / "shipped")
    assert fill(store, 14)["image"].tolist() == list(range(14))
    assert MEASURED == [8, 12], "the shipped rows are not measured again"
    assert len(store.tables(Part(Squares(), 14))) == 3
    assert len(store.tables(Part(Squares(), 3))) == 1
    path = store.ship(Part(Squares(), 14))
    table = read_table(path)
    assert table.rows["image"].tolist() == list(range(16))
    assert table.provenance["first_date"] == before["first_date"]
    MEASURED.clear()
    assert fill(RecordStore(tmp_path / "empty", tmp_path / "shipped"), 14)["square"].tolist()[-1] == 169
    assert MEASURED == []


def test_a_part_with_a_gap_is_not_shipped(store, tmp_path):
    fill(store, 12)
    own_files(tmp_path)[1].unlink()
    with pytest.raises(StoreError, match="is not measured on 12 images yet"):
        store.ship(Part(Squares(), 12))
    assert not list((tmp_path / "shipped").rglob("*.parquet"))
    store.ship(Part(Squares(), 4))


def test_shipping_less_than_there_is_leaves_the_file_alone(store):
    fill(store, 12)
    content = store.ship(Part(Squares(), 12)).read_bytes()
    assert store.ship(Part(Squares(), 4)).read_bytes() == content


def test_a_block_that_is_measured_at_both_places_is_read_once(tmp_path):
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    fill(RecordStore(own, tmp_path / "nothing"), 8)
    elsewhere = RecordStore(tmp_path / "elsewhere", shipped)
    fill(elsewhere, 8)
    elsewhere.ship(Part(Squares(), 8))
    assert RecordStore(own, shipped).rows(Part(Squares(), 8))["image"].tolist() == list(range(8))


def test_without_folders_they_are_those_of_the_project(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "OWN_RESULTS", tmp_path / "own")
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path / "shipped")
    fill(RecordStore(), 4)
    assert RecordStore().ship(Part(Squares(), 4)).parent == tmp_path / "shipped"
    assert len(own_files(tmp_path)) == 1


@pytest.mark.parametrize("calls", range(4))
def test_an_interrupted_run_loses_its_block_only_and_continues_with_the_same_rows(store, tmp_path, calls):
    left = [calls]

    def check():
        left[0] -= 1
        if left[0] < 0:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        RunContext("cpu", store, check).rows(Squares(), 0, 16)
    assert len(own_files(tmp_path)) == calls
    rows = fill(store, 16)
    assert MEASURED == [0, 4, 8, 12], "what was finished is not done again"
    whole = fill(RecordStore(tmp_path / "whole", tmp_path / "shipped"), 16)
    assert rows.equals(whole)


def test_a_damaged_block_is_named_with_what_to_do_and_can_be_measured_again(store, tmp_path):
    fill(store, 8)
    damaged = own_files(tmp_path)[1]
    damaged.write_bytes(damaged.read_bytes()[:100])
    for work in (store.rows, store.tables, store.ship):
        with pytest.raises(StoreError, match=rf"00004\.parquet.*{ADVICE}"):
            work(Part(Squares(), 8))
    assert len(store.rows(Part(Squares(), 4))) == 4
    damaged.unlink()
    MEASURED.clear()
    assert len(fill(store, 8)) == 8
    assert MEASURED == [4]


def test_a_damaged_shipped_file_is_named_with_what_to_do_and_can_be_measured_again(store):
    fill(store, 8)
    path = store.ship(Part(Squares(), 8))
    path.write_bytes(path.read_bytes()[:100])
    part = Part(Squares(), 4)
    for work in (store.holds, store.rows, store.is_shipped, store.ship):
        with pytest.raises(StoreError, match=rf"{path.name}.*{ADVICE}"):
            work(part)
    path.unlink()
    assert store.holds(part)
    assert store.ship(part).is_file()


def test_the_circumstances_speak_of_all_rows():
    tables = [made_table("2026-01-01", 10.0, 0.5), made_table("2026-02-02", 4.04, None)]
    several = circumstances(tables)
    assert several == {
        "devices": ["made on 2026-01-01", "made on 2026-02-02"],
        "versions": [{"torch": "2026-01-01"}, {"torch": "2026-02-02"}],
        "first_date": "2026-01-01",
        "date": "2026-02-02",
        "seconds": 14.0,
        "load_per_core": 0.5,
    }
    shipped = Table(tables[0].rows, several)
    again = circumstances([shipped, made_table("2026-03-03", 1.0, 3.25), made_table("2026-01-01", 1.0, None)])
    assert again["devices"] == ["made on 2026-01-01", "made on 2026-02-02", "made on 2026-03-03"]
    assert [each["torch"] for each in again["versions"]] == ["2026-01-01", "2026-02-02", "2026-03-03"]
    assert (again["first_date"], again["date"], again["seconds"]) == ("2026-01-01", "2026-03-03", 16.0)
    assert again["load_per_core"] == 3.25
    assert circumstances(tables[1:])["load_per_core"] is None


def made_table(date, seconds, load):
    note = {"device": f"made on {date}", "versions": {"torch": date}, "date": date, "seconds": seconds}
    return Table(Squares().measure(0, 2, RunContext("cpu", RecordStore())), {**note, "load_per_core": load})


def test_networks_are_computed_in_float32_and_the_users_choice_comes_back(store, monkeypatch):
    seen = []

    class Watching(Squares):
        def measure(self, first, last, context):
            seen.append(torch.backends.cudnn.allow_tf32)
            return super().measure(first, last, context)

    for chosen in (True, False):
        monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", chosen)
        fill(store, 4, Watching(factor=2 + chosen))
        assert torch.backends.cudnn.allow_tf32 is chosen
        with pytest.raises(ZeroDivisionError):
            fill(store, 4, Watching(factor=4 + chosen, error=ZeroDivisionError()))
        assert torch.backends.cudnn.allow_tf32 is chosen
    assert seen == [False] * 4
    assert not torch.backends.cuda.matmul.allow_tf32


def test_two_experiments_that_read_one_record_measure_it_once(store):
    def run(*parts):
        return list(run_tasks(Reading(parts), RunContext("cpu", store)))[-1].rows

    first = run(Part(Squares(), 8))
    assert MEASURED == [0, 4]
    second = run(Part(Squares(), 4), Part(Squares(2), 4), Part(Squares(), 12))
    assert MEASURED == [0, 4, 0, 8]
    assert second["square"].tolist()[-12:-4] == first["square"].tolist()
