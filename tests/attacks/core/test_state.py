import dataclasses

import pytest
import torch

from sparsefool.attacks import find_boundary, sparsefool
from sparsefool.attacks.core.state import AttackState
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Outcome
from tests.attacks.networks import random_images, small_network

LOGITS = torch.tensor([[2.0, 1.0], [2.0, 1.0], [1.0, 2.0], [2.0, torch.nan]])
EVERY = torch.arange(4)


@pytest.fixture
def state():
    return AttackState.from_logits(random_images(4), LOGITS, torch.zeros(4, dtype=torch.int64), None)


def test_an_image_that_meets_the_criterion_or_has_no_finite_logits_is_finished_from_the_start(state):
    assert state.unfinished().tolist() == [0, 1]
    assert state.fooled.tolist() == [False, False, True, False]
    result = state.result()
    assert result.outcomes[2:].tolist() == [Outcome.FOOLED, Outcome.NOT_FINITE]
    assert result.forwards.tolist() == [1, 1, 1, 1]


def test_a_target_that_is_the_label_is_refused():
    with pytest.raises(ParameterError, match="target equals the label"):
        AttackState.from_logits(random_images(4), LOGITS[:2].repeat(2, 1), None, 0)


def test_a_test_decides_who_continues_and_why_the_others_end(state):
    tested = random_images(4, seed=9)
    logits = torch.tensor([[2.0, 1.0], [2.0, 1.0], [1.0, 2.0], [2.0, torch.nan]])
    stalled = torch.tensor([False, True, True, True])
    assert state.record_test(EVERY, tested, logits, stalled=stalled).tolist() == [0]
    result = state.result()
    expected = [Outcome.ITERATIONS_EXHAUSTED, Outcome.BOX_EXHAUSTED, Outcome.FOOLED, Outcome.NOT_FINITE]
    assert result.outcomes.tolist() == expected
    assert torch.equal(result.adversarial, tested)
    assert result.forwards.tolist() == [2, 2, 2, 2]
    assert result.success.tolist() == [False, False, True, False]


def test_a_test_of_what_has_been_evaluated_already_costs_no_pass(state):
    state.record_test(torch.tensor([1]), random_images(1), LOGITS[:1], forwards=0)
    assert state.result().forwards.tolist() == [1, 1, 1, 1]


def test_passes_are_added_to_their_rows_alone(state):
    state.count_passes(torch.tensor([1, 3]), forwards=torch.tensor([2, 5]), backwards=1)
    assert state.result().forwards.tolist() == [1, 3, 1, 6]
    assert state.result().backwards.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("counted", [True, False])
def test_the_passes_of_a_known_boundary_are_counted_only_where_asked_for(counted):
    network, images = small_network(), random_images(3)
    boundary = find_boundary(network, images)
    result = AttackState.from_boundary(images, boundary, count_passes=counted).result()
    assert torch.equal(result.forwards, counted * boundary.forwards)
    assert torch.equal(result.backwards, counted * boundary.backwards)


def test_the_result_of_another_attack_is_adopted_and_its_cost_added():
    network, images = small_network(), random_images(3)
    state = AttackState.from_logits(images, network(images), None, None)
    other = sparsefool(network, images[1:])
    state.record_iteration(torch.arange(3), 2)
    state.adopt(torch.tensor([1, 2]), other)
    result = state.result()
    assert result.outcomes[0] == Outcome.ITERATIONS_EXHAUSTED
    for field in dataclasses.fields(AttackResult):
        added = {"iterations": 2, "forwards": 1}.get(field.name, 0)
        assert torch.equal(getattr(result, field.name)[1:], getattr(other, field.name) + added), field.name
