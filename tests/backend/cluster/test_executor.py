import re
import threading
from dataclasses import dataclass, replace

import pytest

from sparsefool.backend.cluster import worker
from sparsefool.backend.cluster.claims import Claims
from sparsefool.backend.cluster.executor import ClusterExecutor
from sparsefool.errors import Cancelled, ClusterError, DataError, DeviceError
from sparsefool.experiments.comparison import AttackRun, Comparison
from sparsefool.experiments.records.attack_record import AttackRecord
from sparsefool.experiments.records.attack_settings import AttackSetting, sparsefool_setting
from sparsefool.experiments.records.record import Part, Task, record_key
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.regions import Regions
from sparsefool.experiments.runner import read_experiment, run_tasks
from sparsefool.experiments.sweep import Sweep
from sparsefool.experiments.transfer import Transfer
from tests.backend.cluster.same_rows import assert_same_rows
from tests.experiments.made_records import LENET, MEASURED, Reading, Squares

OURS = AttackRecord(LENET, sparsefool_setting(1.0), 4)
NOISE = AttackRecord(LENET, AttackSetting("random_pixels"), 4, sized_by=Part(OURS, 10))
RESNET, VGG = "cifar10/resnet18", "cifar10/vgg19"
EXPERIMENTS = {
    "comparison": Comparison((AttackRun(OURS, 10), AttackRun(NOISE, 10))),
    "sweep": Sweep((LENET,), (1.0, 3.0), (100.0, 255.0), images=6, batch=3),
    "transfer": Transfer((RESNET, VGG), 3.0, 255.0, images=2, batch=1),
    "regions": Regions((LENET,), 1.0, 255.0, images=6, batch=3),
}


@pytest.fixture(autouse=True)
def _nothing_measured():
    MEASURED.clear()


def run(client, store, experiment, check=lambda: None, said=None):
    """Return the progress of a run, and its table."""
    execute = ClusterExecutor(client, "cpu", store, (said if said is not None else []).append)
    steps = [
        (step.done, step.total) for step in run_tasks(experiment, RunContext("cpu", store, check), execute)
    ]
    return steps, read_experiment(experiment, store)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_rows_are_those_of_a_run_here(client, store, tmp_path, name):
    experiment = EXPERIMENTS[name]
    here = RecordStore(tmp_path / "here", tmp_path / "shipped")
    list(run_tasks(experiment, RunContext("cpu", here)))
    expected = read_experiment(experiment, here)
    steps, table = run(client, store, experiment)
    assert_same_rows(table.rows, expected.rows)
    assert steps[0] == (0, sum(task.images for task in experiment.tasks()))
    assert steps == sorted(steps)
    apart = {"first_date", "date", "seconds", "load_per_core"}
    assert {key: value for key, value in table.provenance.items() if key not in apart} == {
        key: value for key, value in expected.provenance.items() if key not in apart
    }


def test_what_was_finished_is_not_done_again(client, store):
    run(client, store, Reading((Part(Squares(), 8),)))
    steps, table = run(client, store, Reading((Part(Squares(), 16),)))
    assert steps == [(8, 16), (12, 16), (16, 16)]
    assert sorted(MEASURED) == [0, 4, 8, 12]
    assert table.rows["square"].tolist() == [n**2 for n in range(16)]


def test_what_another_client_finishes_meanwhile_is_not_done_again(client, store):
    experiment = Reading((Part(Squares(), 40),))

    def other_client_is_faster():
        if MEASURED:
            for task in experiment.tasks()[5:]:
                if not store.has(task):
                    store.measure(task, RunContext("cpu", store))

    run(client, store, experiment, other_client_is_faster)
    assert len(MEASURED) <= 10 + 3, "at most what was sent to the two workers already"


@dataclass(frozen=True)
class Waiting(Squares):
    """Rows that are never finished; an event tells that they have begun, another one that they have ended."""

    def measure(self, first, last, context):  # noqa: ARG002
        BEGUN.set()
        try:
            while True:
                context.check()
        finally:
            ENDED.set()


BEGUN, ENDED = threading.Event(), threading.Event()


def test_cancelled_the_workers_stop_and_what_is_finished_is_kept(client, store):
    BEGUN.clear()
    ENDED.clear()
    done = Reading((Part(Squares(), 4),))
    run(client, store, done)

    def check():
        if BEGUN.is_set():
            raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        run(client, store, Reading((Part(Squares(), 4), Part(Waiting(2), 4))), check)
    assert ENDED.wait(60), "the worker is free again"
    assert read_experiment(done, store) is not None


@pytest.mark.parametrize("error", [DataError("no such image"), DeviceError("no such device")])
def test_an_error_is_raised_here_and_names_the_worker(client, store, error):
    with pytest.raises(type(error), match=rf"{error} \(On the worker [01]\.\)"):
        run(client, store, Reading((Part(Squares(error=error), 4),)))
    assert run(client, store, Reading((Part(Squares(), 4),)))[1] is not None, "the cluster is still usable"


def test_a_full_memory_is_told_as_one(client, store):
    with pytest.raises(DeviceError, match=r"The memory of .* is full.*On the worker"):
        run(client, store, Reading((Part(Squares(error=MemoryError()), 4),)))


def test_other_weights_than_the_clients_are_refused_where_they_come_to_light_late(client, store, monkeypatch):
    monkeypatch.setattr(worker, "record_key", lambda _: "other")
    with pytest.raises(Exception, match=r"weights or images of Squares times 1 are others.*On the worker"):
        run(client, store, Reading((Part(Squares(), 4),)))


@dataclass(frozen=True)
class Noting(Squares):
    """Rows whose workers are noted."""

    def measure(self, first, last, context):
        BY.add(worker.get_worker().name)
        return super().measure(first, last, context)


BY = set()


def refuse(monkeypatch, *names):
    """Let some workers be unlike this process."""
    difference = worker._difference

    def unlike(expected):
        return "it has torch 1.0" if worker.get_worker().name in names else difference(expected)

    monkeypatch.setattr(worker, "_difference", unlike)


def test_a_worker_that_is_unlike_the_client_gets_nothing_to_do_and_is_named(
    client, store, monkeypatch, caplog
):
    refuse(monkeypatch, 1)
    BY.clear()
    said = []
    run(client, store, Reading((Part(Noting(), 400),)), said=said)
    assert sorted(BY) == [0]
    assert said[-1] == "1 worker"
    assert "The worker 1 is not used: it has torch 1.0." in caplog.messages


def test_where_no_worker_can_be_used_all_are_named(client, store, monkeypatch):
    refuse(monkeypatch, 0, 1)
    expected = r"No worker of the cluster can be used\. 0: it has torch 1\.0; 1: it has torch 1\.0"
    with pytest.raises(ClusterError, match=expected):
        run(client, store, Reading((Part(Squares(), 4),)))


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"torch": "1.0"}, r"it has torch \S+, the client 1\.0"),
        ({"source": "abc"}, r"its code of sparsefool is \w+, the client's abc"),
        ({"weights": {LENET: "abc"}}, "its weights of mnist/lenet are others than the client's"),
        ({"device": "cuda:99"}, "no device 'cuda:99'"),
        ({}, "^$"),
    ],
)
def test_what_makes_a_worker_unlike_the_client(other, reason):
    same = worker.Expected.here("cpu", {LENET: worker.weights_sha256(LENET)})
    assert re.search(reason, worker._difference(replace(same, **other)))


def test_a_worker_is_told_apart_by_all_that_is_expected_of_it():
    same = worker.Expected.here("cpu", {LENET: "a"})
    others = [{"torch": "1"}, {"source": "1"}, {"device": "cuda"}, {"weights": {LENET: "b"}}]
    resources = {replace(same, **other).resource for other in [{}, *others]}
    assert len(resources) == 5
    assert worker.Expected.here("cpu", {LENET: "a"}).resource == same.resource


def test_a_gpu_has_to_be_declared(client, store, monkeypatch):
    monkeypatch.setattr(worker, "_difference", lambda _: "")
    execute = ClusterExecutor(client, "cuda", store, lambda _: None)
    with pytest.raises(
        ClusterError, match=r'0: it does not declare its GPU: start it with --resources "GPU=1"'
    ):
        list(run_tasks(Reading((Part(Squares(), 4),)), RunContext("cpu", store), execute))


def test_rows_that_a_worker_was_not_sent_are_measured_there(store):
    sent = worker.SentRows([])
    context = RunContext("cpu", sent)
    assert context.rows(Squares(), 0, 6)["square"].tolist() == [n**2 for n in range(6)]
    assert context.rows(Squares(), 0, 6)["image"].tolist() == list(range(6))
    assert MEASURED == [0, 4]
    assert not store.has(Task(Squares(), 0, 4))


def test_two_commands_at_once_do_nothing_twice_and_get_the_same_table(client, store):
    experiment, tables = Reading((Part(Squares(), 400),)), []
    threads = [
        threading.Thread(target=lambda: tables.append(run(client, store, experiment)[1])) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert_same_rows(tables[0].rows, tables[1].rows)
    assert sorted(MEASURED) == list(range(0, 400, 4)), "nothing is measured twice"


def test_what_another_command_claims_is_measured_once_that_has_ended(client, store):
    experiment = Reading((Part(Squares(), 16),))
    claimed = f"{record_key(Squares())}/4"

    def while_it_is_claimed():
        if set(MEASURED) == {0, 8, 12}:
            others.__exit__(None, None, None)
            MEASURED.append("ended")

    others = Claims(store.claims)
    others.__enter__()
    others.claim([claimed])
    table = run(client, store, experiment, while_it_is_claimed)[1]
    assert MEASURED[-2:] == ["ended", 4]
    assert len(table.rows) == 16
