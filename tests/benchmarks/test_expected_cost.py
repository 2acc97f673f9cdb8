import pytest

from sparsefool import load_model
from sparsefool.benchmarks import expected_cost
from sparsefool.benchmarks.expected_cost import BESIDES, ExpectedCost
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.paper.experiments import paper_sweep
from sparsefool.experiments.records.store import RecordStore

KNOWN = RecordStore()


@pytest.fixture
def cost(monkeypatch):
    """Expected costs where a forward takes one second for an image and a backward two."""
    monkeypatch.setattr(expected_cost, "time_passes", lambda classifier, images: (1.0, 2.0))  # noqa: ARG005
    return ExpectedCost(KNOWN, load_model)


def test_the_passes_that_an_attack_took_cost_what_passes_cost_here(cost, tmp_path):
    planned = paper_comparison("mnist", attacks=["sparsefool"], images=40)
    (run,) = planned.attack_runs
    rows = KNOWN.rows(run.part).head(100)
    expected = 40 * BESIDES * (rows["forwards"].mean() + 2 * rows["backwards"].mean())
    assert cost.seconds([planned], RecordStore(tmp_path, anew=True)) == pytest.approx(expected, rel=0.3)


def test_what_is_there_costs_nothing_and_a_block_that_two_need_costs_once(cost, tmp_path):
    planned = paper_comparison("mnist", attacks=["sparsefool"], images=40)
    assert cost.seconds([planned], KNOWN) == 0
    empty = RecordStore(tmp_path, anew=True)
    once = cost.seconds([planned], empty)
    assert cost.seconds([planned, planned], empty) == pytest.approx(once)
    swept = paper_sweep("mnist", lambdas=[1.0], images=20)  # λ = 1 is the comparison's own
    assert cost.seconds([planned, swept], empty) == pytest.approx(once)


def test_an_attack_that_is_not_known_on_a_network_costs_what_it_does_on_another(cost, tmp_path):
    def planned(model):
        return paper_comparison("cifar10", [model], ["l1_deepfool"], images=100)

    here, there = planned("cifar10/resnet18"), planned("cifar10/vgg19")
    assert not KNOWN.holds(here.attack_runs[0].part)
    passes = [KNOWN.rows(run.part) for run in there.attack_runs]
    expected = sum(rows["forwards"].sum() + 2 * rows["backwards"].sum() for rows in passes)
    assert cost.seconds([here], RecordStore(tmp_path, anew=True)) == pytest.approx(BESIDES * expected)
