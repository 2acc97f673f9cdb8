import pytest

from sparsefool.experiments import costs as module
from sparsefool.experiments.costs import Costs, Pace
from sparsefool.experiments.records.record import Task
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from tests.experiments.made_records import Squares


@pytest.fixture
def store(tmp_path):
    return RecordStore(tmp_path / "own", tmp_path / "shipped")


def test_rows_that_are_there_tell_what_others_will_cost(store):
    assert Costs(store).per_image(Squares()) is None
    store.measure(Task(Squares(), 0, 4), RunContext("cpu", store))
    assert Costs(store).per_image(Squares()) == 0.5


def test_a_record_costs_what_its_blocks_did_and_an_unknown_one_what_its_like_did(store):
    costs = Costs(store)
    costs.learn(Task(Squares(), 0, 4), 8.0)
    assert costs.per_image(Squares()) == 2.0
    costs.learn(Task(Squares(), 4, 8), 4.0)
    assert costs.per_image(Squares()) == 1.5
    assert costs.per_image(Squares(factor=2)) == 1.5
    assert costs.blocks(Squares()) == costs.blocks(Squares(factor=2)) == 2
    assert costs.per_image(Squares(label="cubes")) is None
    assert costs.blocks(Squares(label="cubes")) == 0
    assert costs.per_image(Squares(model="cifar10/resnet18")) is None


@pytest.fixture
def clock(monkeypatch):
    """The seconds that have passed, in a list of one."""
    passed = [0.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: passed[0])
    return passed


def test_the_time_left_weighs_each_block_by_what_it_costs(store, clock):
    cheap, dear, unknown = Squares(1), Squares(2), Squares(3, label="cubes")
    tasks = [Task(record, first, first + 4) for first in (0, 4) for record in (cheap, dear, unknown)]
    costs = Costs(store)
    costs.learn(tasks[0], 4.0)
    costs.learn(tasks[1], 36.0)
    pace = Pace(tasks, costs)
    assert str(pace) == ""
    clock[0] = 2.0
    pace.finish(tasks[0])
    # 4 s of work took 2 s, so the other 4 + 2 x 36 s take 38 s, and the unknown 2 x 4 s another 4 s
    assert str(pace) == "2.0 images per second · about 42 s left"
    for task in tasks[1:]:
        pace.finish(task)
    clock[0] = 48.0
    assert str(pace) == "30.0 images per minute"
