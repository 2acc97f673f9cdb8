import zipfile
from dataclasses import replace

import numpy as np
import pytest

from sparsefool.backend.attack import report_store as module
from sparsefool.backend.attack.report import Origin
from sparsefool.backend.attack.report_packing import pack
from sparsefool.backend.attack.report_store import ReportStore, read_shipped, report_key, shipped_file
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import recall_or_run, run_attack
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.data.regions import parse_region
from sparsefool.errors import ModelError
from tests.tiny_model import TINY, put_in_place, tiny_classifier, tiny_picture


@pytest.fixture(autouse=True)
def classifier(monkeypatch):
    made = tiny_classifier()
    put_in_place(monkeypatch, made)
    return made


@pytest.fixture
def store(tmp_path):
    return ReportStore(tmp_path)


def ask(**parameters):
    return AttackRequest(TINY, tiny_picture(), **{"device": "cpu", **parameters})


def ship(folder, *reports):
    with zipfile.ZipFile(shipped_file(TINY, folder), "w") as file:
        for report in reports:
            file.writestr(f"{report_key(report.request, report.weights_sha256)}.npz", pack(report))


def test_a_kept_report_is_there_for_whoever_asks_for_the_same(store):
    report = run_attack(ask())
    assert store.find(ask()) is None
    store.keep(report)
    found = store.find(ask())
    assert found.adversarial.sha256 == report.adversarial.sha256
    assert found.origin is Origin.KEPT
    assert store.find(ask(device="auto")).request.device == "auto", "which is the CPU here"
    store.clear()
    assert store.find(ask()) is None


def test_those_who_look_at_the_same_share_its_images(store):
    store.keep(run_attack(ask()))
    first, second = store.find(ask()), store.find(ask())
    assert first.steps[-1].image is second.steps[-1].image


def test_a_picture_has_the_name_that_its_owner_gave_it(store):
    store.keep(run_attack(ask()))
    mine = replace(ask(), picture=replace(tiny_picture(), name="mine.png"))
    assert store.find(mine).request.picture.name == "mine.png"
    assert store.find(mine).adversarial.name == "mine.png, adversarial"


@pytest.mark.parametrize(
    "change",
    [
        {"lambda_": 2.0},
        {"delta": 100.0},
        {"max_iter": 20},
        {"num_candidates": 5},
        {"target": 1},
        {"attack": "sparsest"},
        {"attack": "sparsest", "count": "features"},
        {"region": parse_region("0,0,9,9", (32, 32))},
        {"picture": tiny_picture(seed=2)},
    ],
    ids=lambda change: " ".join(change),
)
def test_another_request_has_another_key(change):
    before = ask()
    parameters = {"picture": before.picture, "device": "cpu", **change}
    assert report_key(AttackRequest(TINY, **parameters), "w") != report_key(before, "w")


def test_the_key_is_of_the_weights_and_the_engine_and_not_of_how_a_number_is_written(monkeypatch):
    key = report_key(ask(delta=100.0), "w")
    assert report_key(ask(delta=100), "w") == key
    assert report_key(ask(delta=100.0), "v") != key
    monkeypatch.setattr(module, "engine_version", lambda _: "another")
    assert report_key(ask(delta=100.0), "w") != key


def test_new_weights_find_nothing(store, monkeypatch, classifier):
    store.keep(run_attack(ask()))
    put_in_place(monkeypatch, classifier)
    assert store.find(ask()) is None


def test_memory_is_bounded_and_what_was_asked_for_last_stays(tmp_path):
    first = run_attack(ask())
    room = 2 * len(pack(first)) + 500
    store = ReportStore(tmp_path, memory=room)
    reports = [first, *(run_attack(ask(lambda_=value)) for value in (2.0, 4.0))]
    for report in reports[:2]:
        store.keep(report)
    assert store.find(reports[0].request)
    store.keep(reports[2])
    there = [store.find(report.request) is not None for report in reports]
    assert there == [True, False, True]


def test_a_report_that_is_larger_than_the_memory_is_not_kept(tmp_path):
    store = ReportStore(tmp_path, memory=100)
    store.keep(run_attack(ask()))
    assert store.find(ask()) is None


def test_a_shipped_report_answers_without_the_network_where_the_device_is_left_open(
    store, tmp_path, monkeypatch
):
    report = run_attack(ask())
    ship(tmp_path, report)

    def loads(*_):
        raise AssertionError("the network was loaded")

    monkeypatch.setattr("sparsefool.backend.models.load_model", loads)
    found = store.find(ask(device="auto"))
    assert found.origin is Origin.SHIPPED
    assert np.array_equal(found.perturbation, report.perturbation)
    assert store.find(ask(device="cpu")) is None, "a chosen device is the one to run on"
    assert store.find(ask(device="auto", lambda_=2.0)) is None


def test_a_report_of_this_process_goes_before_a_shipped_one(store, tmp_path):
    report = run_attack(ask())
    ship(tmp_path, report)
    store.keep(report)
    assert store.find(ask(device="auto")).origin is Origin.KEPT


def test_a_damaged_file_is_named_and_ignored(store, tmp_path, caplog):
    path = shipped_file(TINY, tmp_path)
    ship(tmp_path, run_attack(ask()))
    whole = path.read_bytes()
    for bad in (b"", whole[:200], whole[:400] + b"damage" + whole[406:]):
        caplog.clear()
        path.write_bytes(bad)
        assert store.find(ask(device="auto")) is None
        assert str(path) in caplog.text
        assert "sparsefool experiment openings" in caplog.text
    path.unlink()
    caplog.clear()
    assert store.find(ask(device="auto")) is None
    assert not caplog.text, "a network without stored reports is no fault"
    assert read_shipped(path, "key") is None


def test_what_cannot_run_is_not_found_and_raises_nothing(store, monkeypatch):
    monkeypatch.setattr("sparsefool.backend.models.is_available", lambda _: False)
    assert store.find(ask()) is None

    def unknown(_):
        raise ModelError("There is no network.")

    monkeypatch.setattr(module, "known_weights", unknown)
    assert store.find(ask()) is None
    monkeypatch.undo()
    assert store.find(ask(device="cuda:99")) is None


def test_a_run_is_kept_and_recalled(classifier):
    request = ask()
    report = recall_or_run(request)
    passes = classifier.forwards
    again = recall_or_run(request)
    assert classifier.forwards == passes
    assert (report.origin, again.origin) == (Origin.RUN, Origin.KEPT)
    assert run_attack(request).origin is Origin.RUN, "which runs all the same"


def test_a_cache_with_sizes_replaces_and_removes_by_them():
    cache = RecentlyUsed(10, size=len)
    cache.put("a", "xxxx")
    cache.put("b", "xxxx")
    cache.put("b", "xxxxxx")
    assert (cache.get("a"), cache.get("b")) == ("xxxx", "xxxxxx")
    cache.discard("a")
    cache.put("c", "xxxx")
    assert (cache.get("b"), cache.get("c")) == ("xxxxxx", "xxxx")
    cache.clear()
    cache.put("d", "x" * 10)
    assert cache.get("d")
