"""The geometry lecture's claims, on the events of the engine."""

import pytest
import torch

from sparsefool.attacks import linear_solver, sparsefool
from sparsefool.errors import ParameterError
from sparsefool.geometry.algorithm_steps import StepKind, algorithm_steps
from sparsefool.geometry.l1_trace import trace_l1_deepfool
from sparsefool.geometry.recorder import trace_attack
from sparsefool.geometry.two_pixels import WORLDS, as_image, find_world, two_pixel_classifier

NAMES = [world.name for world in WORLDS]


def grid(side=12):
    places = (torch.arange(side) + 0.5) / side
    return as_image(torch.cartesian_prod(places, places))


def attack(world, images=None, **parameters):
    return sparsefool(two_pixel_classifier(world), grid() if images is None else images, **parameters)


def trace(world, place, lambda_=1.0, delta=255.0):
    image = as_image(torch.tensor([place]) / 255)
    return trace_attack(two_pixel_classifier(world), image, lambda_=lambda_, delta=delta)


@pytest.mark.parametrize("name", NAMES)
def test_the_networks_have_learnt_their_rule(name):
    images = grid(20)
    pixels = images.flatten(1)
    truth = (find_world(name).rule(pixels[:, 0], pixels[:, 1]) > 0).long()
    assert (two_pixel_classifier(name)(images).argmax(1) == truth).float().mean() > 0.93


def test_an_unknown_world_is_refused():
    with pytest.raises(ParameterError, match="checkerboard"):
        two_pixel_classifier("spiral")


@pytest.mark.parametrize("lambda_", [1.0, 3.0])
def test_with_the_linear_classifier_one_round_always_suffices(lambda_):
    result = attack("linear", lambda_=lambda_)
    assert result.success.all()
    assert (result.iterations == 1).all()


@pytest.mark.parametrize("name", ["gentle", "strong", "checkerboard"])
def test_with_a_curved_boundary_one_round_does_not_always_suffice(name):
    result = attack(name, lambda_=1.0)
    assert result.success.float().mean() > 0.95
    assert (result.iterations[result.success] > 1).any()


@pytest.mark.parametrize("name", ["gentle", "strong"])
def test_a_larger_lambda_takes_fewer_rounds_and_larger_changes(name):
    near, far = attack(name, lambda_=1.0), attack(name, lambda_=3.0)
    assert far.iterations.float().mean() < near.iterations.float().mean()
    assert far.perturbation.abs().sum() > near.perturbation.abs().sum()


@pytest.mark.parametrize("name", ["linear", "gentle"])
def test_a_larger_lambda_changes_more_pixels(name):
    near, far = attack(name, lambda_=1.0), attack(name, lambda_=3.0)
    assert far.features_changed.sum() > near.features_changed.sum()


@pytest.mark.parametrize(
    ("name", "place"), [("linear", (60, 90)), ("strong", (100, 20)), ("checkerboard", (20, 130))]
)
@pytest.mark.parametrize(("lambda_", "delta"), [(1.0, 255.0), (3.0, 255.0), (1.0, 60.0)])
def test_the_updates_are_the_linear_solvers_own(name, place, lambda_, delta):
    found = trace(name, place, lambda_, delta)
    assert found.rounds
    for each in found.rounds:
        aim = each.plane_point + 1e-3 * each.direction
        solved = linear_solver(
            each.start[None], each.direction[None], aim[None], found.lower[None], found.upper[None]
        )
        assert torch.allclose(solved[0], each.solution, atol=1e-6)
        values = each.start.flatten().clone()
        strengths = [each.direction.flatten()[update.coordinate].abs() for update in each.updates]
        assert strengths == sorted(strengths, reverse=True)
        for update in each.updates:
            assert float(values[update.coordinate]) == update.before
            values[update.coordinate] = update.after
        assert torch.equal(values, each.solution.flatten())
        assert all(update.saturated for update in each.updates[:-1])


def test_the_box_stops_the_first_pixel_and_the_second_does_the_rest():
    (only,) = trace("linear", (60, 90)).rounds
    first, second = only.updates
    assert first.saturated
    assert first.after == 1.0 < first.unclipped
    assert not second.saturated
    assert second.unclipped == pytest.approx(second.after, abs=0.01)


def test_a_pixel_at_its_bound_is_visited_and_goes_nowhere():
    updates = trace("linear", (60, 255)).rounds[0].updates
    assert [update.coordinate for update in updates] == [1, 0]
    assert updates[0].before == updates[0].after == 1.0
    assert updates[0].saturated


def test_the_rounds_hang_together_and_tell_the_engines_numbers():
    found = trace("strong", (100, 20))
    assert len(found.rounds) == int(found.result.iterations[0]) > 1
    assert torch.equal(found.rounds[0].start, found.start.image)
    for before, after in zip(found.rounds, found.rounds[1:], strict=False):
        assert torch.equal(before.solution, after.start)
        assert before.tested.label == found.start.label
        assert before.tested.margin > 0
    last = found.rounds[-1]
    assert torch.equal(last.tested.image, found.result.adversarial[0])
    assert last.tested.margin < 0 < found.start.margin
    assert last.tested.label == int(found.result.adversarial_labels[0])
    assert found.l1 == pytest.approx(255 * float(found.result.perturbation.abs().sum()))
    with torch.no_grad():
        logits = two_pixel_classifier("strong")(last.boundary_point.image[None])[0]
    assert last.boundary_point.margin == pytest.approx(
        float(logits[found.start.label] - logits[1 - found.start.label])
    )


def test_every_line_of_both_algorithms_that_does_something_has_its_step():
    sequence = algorithm_steps(trace("strong", (100, 20)))
    lines = {(step.algorithm, line) for step in sequence for line in step.lines}
    assert {(2, line) for line in (1, 2, 3, 4, 5, 6, 7, 9)} <= lines
    assert {(1, line) for line in (4, 5, 6, 7)} <= lines
    kinds = [step.kind for step in sequence]
    assert kinds[0] is StepKind.START
    assert kinds[-1] is StepKind.END
    assert kinds.count(StepKind.TEST) == len(trace("strong", (100, 20)).rounds)


def test_l1_deepfool_leaves_the_square_and_clipping_undoes_it():
    walk = trace_l1_deepfool(two_pixel_classifier("linear"), as_image(torch.tensor([[60, 90]]) / 255))
    assert walk.fooled
    assert walk.left_the_box
    assert walk.end.margin < 0
    assert walk.end.image.max() > 1
    assert not walk.fooled_when_clipped
    assert walk.clipped.image.max() <= 1
    assert walk.clipped.margin > 0
