from dataclasses import dataclass

import pytest

from sparsefool.backend.cluster.agenda import LONGEST, SHORTEST, UNTIMED, Agenda
from sparsefool.experiments.costs import Costs
from sparsefool.experiments.records.record import Part, Task
from sparsefool.experiments.records.store import RecordStore
from tests.experiments.made_records import Squares


@dataclass(frozen=True)
class Sums(Squares):
    """Rows that are computed from those of squares: of the same block, or of all images up to one."""

    up_to: int = 0

    def needs(self, first, last):
        return Part(Squares(), self.up_to).tasks() if self.up_to else [Task(Squares(), first, last)]


@pytest.fixture
def costs(tmp_path):
    return Costs(RecordStore(tmp_path, tmp_path))


def nothing(_):
    return False


def everybody_can(_):
    return True


def blocks(record, images):
    return Part(record, images).tasks()


def learn(costs, tasks, seconds):
    for task in tasks:
        costs.learn(task, seconds)


def test_blocks_of_unknown_cost_are_sent_one_by_one_in_their_order(costs):
    tasks = blocks(Squares(), 12)
    agenda = Agenda(tasks, nothing)
    assert [agenda.take(costs, 1, everybody_can) for _ in range(4)] == [
        (tasks[0],),
        (tasks[1],),
        (tasks[2],),
        (),
    ]


def test_what_is_there_is_not_sent(costs):
    tasks = blocks(Squares(), 12)
    agenda = Agenda(tasks, lambda task: task.first == 4)
    assert [agenda.take(costs, 1, everybody_can) for _ in range(2)] == [(tasks[0],), (tasks[2],)]
    assert not agenda


@pytest.mark.parametrize(
    ("seconds", "blocks_together"), [(0.009, 200), (1.0, 30), (12.0, 2), (29.0, 1), (200.0, 1)]
)
def test_a_group_lasts_no_longer_than_it_shall_unless_a_block_alone_does(costs, seconds, blocks_together):
    tasks = blocks(Squares(), 800)
    learn(costs, tasks, seconds)
    group = Agenda(tasks, nothing).take(costs, 1, everybody_can)
    assert len(group) == blocks_together
    assert group == tuple(tasks[:blocks_together])
    assert len(group) == 1 or len(group) * seconds <= LONGEST


def test_groups_become_smaller_towards_the_end_so_that_all_workers_end_together(costs):
    tasks = blocks(Squares(), 800)
    learn(costs, tasks, 1.0)
    agenda, sizes = Agenda(tasks, nothing), []
    while group := agenda.take(costs, 2, everybody_can):
        sizes.append(len(group))
    assert sum(sizes) == 200
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 25
    assert sizes[-1] <= SHORTEST


def test_groups_are_of_the_same_networks(costs):
    here, there = Squares(), Squares(model="cifar10/vgg19", models=("cifar10/vgg19",))
    tasks = [Task(record, first, first + 4) for first in (0, 4, 8) for record in (here, there)]
    learn(costs, tasks, 0.1)
    agenda = Agenda(tasks, nothing)
    assert [agenda.take(costs, 1, everybody_can) for _ in range(2)] == [
        tuple(tasks[0::2]),
        tuple(tasks[1::2]),
    ]


def test_blocks_of_the_same_images_stay_together_where_they_can(costs):
    records = [Squares(factor) for factor in range(1, 4)]
    tasks = [Task(record, first, first + 4) for first in range(0, 400, 4) for record in records]
    learn(costs, tasks, 12.0)
    assert Agenda(tasks, nothing).take(costs, 1, everybody_can) == tuple(tasks[:3])


def test_blocks_of_the_same_images_stay_together_until_a_worker_would_wait_for_them(costs):
    records = [Squares(factor) for factor in range(1, 4)]
    tasks = [Task(record, first, first + 4) for first in range(0, 16, 4) for record in records]
    learn(costs, tasks, 4.0)
    agenda, sizes = Agenda(tasks, nothing), []
    while group := agenda.take(costs, 2, everybody_can):
        sizes.append(len(group))
    assert sizes == [3, 3, 3, 1, 1, 1]


def test_of_blocks_of_unknown_cost_a_few_of_the_same_images_go_together(costs):
    records = [Squares(factor) for factor in range(1, UNTIMED + 2)]
    tasks = [Task(record, first, first + 4) for first in (0, 4) for record in records]
    agenda = Agenda(tasks, nothing)
    assert agenda.take(costs, 2, everybody_can) == tuple(tasks[:UNTIMED])
    assert agenda.take(costs, 2, everybody_can) == tuple(tasks[UNTIMED + 1 : -1])


def test_images_that_no_worker_is_at_come_first(costs):
    records = [Squares(factor) for factor in range(1, UNTIMED + 2)]
    tasks = [Task(record, first, first + 4) for first in (0, 4) for record in records]
    rest = [(tasks[UNTIMED],), (tasks[-1],)]
    agenda = Agenda(tasks, nothing)
    first, second = (agenda.take(costs, 2, everybody_can) for _ in range(2))
    for task in second:
        agenda.finish(task)
    assert [agenda.take(costs, 2, everybody_can) for _ in range(2)] == rest[::-1]
    agenda.put_back(first)
    assert agenda.take(costs, 2, everybody_can) == first


@pytest.mark.parametrize("up_to", [0, 8])
def test_a_block_comes_once_those_that_it_needs_are_there(costs, up_to):
    squares, sums = blocks(Squares(), 8), blocks(Sums(factor=2, up_to=up_to), 8)
    agenda = Agenda([*sums, *squares], nothing)
    assert [agenda.take(costs, 1, everybody_can) for _ in range(3)] == [(squares[0],), (squares[1],), ()]
    assert agenda
    agenda.finish(squares[0])
    assert agenda.take(costs, 1, everybody_can) == (() if up_to else (sums[0],))
    agenda.finish(squares[1])
    rest = sums if up_to else sums[1:]
    assert [agenda.take(costs, 1, everybody_can) for _ in range(len(rest) + 1)] == [
        *((task,) for task in rest),
        (),
    ]
    assert not agenda


def test_blocks_that_are_needed_are_measured_even_where_nobody_asked_for_them(costs):
    sums = blocks(Sums(factor=2), 4)
    assert Agenda(sums, nothing).take(costs, 1, everybody_can) == tuple(blocks(Squares(), 4))
    assert Agenda(sums, lambda task: task.record == Squares()).take(costs, 1, everybody_can) == tuple(sums)


def test_what_got_lost_comes_next(costs):
    tasks = blocks(Squares(), 12)
    agenda = Agenda(tasks, nothing)
    lost = [agenda.take(costs, 1, everybody_can) for _ in range(2)]
    agenda.put_back(task for group in lost for task in group)
    assert [agenda.take(costs, 1, everybody_can) for _ in range(4)] == [*lost, (tasks[2],), ()]


def test_what_somebody_else_measures_is_left_out(costs):
    tasks = blocks(Squares(), 12)
    agenda = Agenda(tasks, nothing)
    others = [tasks[0]]
    assert [agenda.take(costs, 1, lambda task: task not in others) for _ in range(3)] == [
        (tasks[1],),
        (tasks[2],),
        (),
    ]
    assert agenda.ready == others
    assert agenda.take(costs, 1, everybody_can) == (tasks[0],)


def test_a_few_blocks_that_were_quick_are_not_taken_for_all(costs):
    tasks = blocks(Squares(), 800)
    costs.learn(tasks[0], 0.001)
    agenda = Agenda(tasks, nothing)
    assert len(agenda.take(costs, 1, everybody_can)) == 2
    learn(costs, tasks[:4], 0.001)
    assert len(agenda.take(costs, 1, everybody_can)) == 10
