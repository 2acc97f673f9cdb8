import dataclasses

import pytest
import torch
from scipy.optimize import linprog
from torch import nn

from sparsefool.attacks import deepfool, find_boundary, sparsefool
from sparsefool.attacks.sparsefool import BEYOND_PLANE
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Outcome
from tests.attacks.networks import linear_network, random_images, small_network


def assert_same(one: AttackResult, other: AttackResult):
    for field in dataclasses.fields(AttackResult):
        torch.testing.assert_close(getattr(one, field.name), getattr(other, field.name), msg=field.name)


def test_lands_on_the_known_optimum_of_a_linear_network():
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(2, 30, generator=generator)
    network = linear_network(weights)
    images = random_images(20, 1, 5, 6)
    result = sparsefool(network, images, lambda_=1.0)
    assert result.success.all()
    assert (result.iterations == 1).all()
    for image, perturbation in zip(images.flatten(1), result.perturbation.flatten(1), strict=True):
        logits = weights @ image
        label = int(logits.argmax())
        w = (weights[1 - label] - weights[label]).double()
        gap = float(logits[label] - logits[1 - label])
        smallest, used = sparsest_step(image, w, gap)
        aimed, _ = sparsest_step(image, w, 1.02 * gap + 1e-3 * float(w.norm()))
        assert smallest <= float(perturbation.abs().sum()) <= 1.02 * aimed + 1e-5
        assert int((perturbation != 0).sum()) <= used + 1


def sparsest_step(image, w, gap):
    """Minimise ‖r‖₁ such that w·r = gap and x + r stays in [0, 1], as a linear programme in r⁺ and r⁻."""
    optimum = linprog(
        torch.ones(2 * len(w)).tolist(),
        A_eq=torch.cat([w, -w])[None].tolist(),
        b_eq=[gap],
        bounds=[(0, 1 - v) for v in image.tolist()] + [(0, v) for v in image.tolist()],
    )
    return optimum.fun, int((optimum.x > 1e-9).sum())


def test_a_batch_equals_its_images(network, images):
    network, images = network.double(), images.double()
    batch = sparsefool(network, images, lambda_=1.5)
    for i in range(len(images)):
        single = sparsefool(network, images[i : i + 1], lambda_=1.5)
        torch.testing.assert_close(single.adversarial[0], batch.adversarial[i], atol=1e-5, rtol=0)
        assert single.iterations[0] == batch.iterations[i]
        assert single.forwards[0] == batch.forwards[i]
        assert single.backwards[0] <= batch.backwards[i]  # a neighbour's normal may cost it one more


def test_lambda_and_delta_per_image_equal_numbers(network, images):
    network, images = network.double(), images.double()
    values = torch.tensor([1.0, 2.0, 5.0]).repeat(4)
    deltas = torch.tensor([255.0, 100.0, 60.0, 40.0]).repeat(3)
    mixed = sparsefool(network, images, lambda_=values, delta=deltas)
    for i in range(len(images)):
        alone = sparsefool(network, images[i : i + 1], lambda_=values[i].item(), delta=deltas[i].item())
        torch.testing.assert_close(alone.adversarial[0], mixed.adversarial[i], atol=1e-5, rtol=0)


def test_the_observer_sees_every_iteration_and_changes_nothing(network, images):
    events = []
    watched = sparsefool(network, images, lambda_=1.0, observer=events.append)
    assert_same(watched, sparsefool(network, images, lambda_=1.0))
    assert [event.iteration for event in events] == list(range(1, int(watched.iterations.max()) + 1))
    for row in range(len(images)):
        mine = [(event, event.rows.tolist().index(row)) for event in events if row in event.rows.tolist()]
        assert len(mine) == watched.iterations[row]
        margins = [event.margins[i].item() for event, i in mine]
        assert all(margin > 0 for margin in margins[:-1])
        assert (margins[-1] < 0) == bool(watched.success[row])
        last, i = mine[-1]
        assert torch.equal(last.images[i], watched.adversarial[row])


def test_the_boundary_observer_sees_every_step_of_deepfool_and_changes_nothing(network, images):
    steps = torch.zeros(len(images), dtype=torch.long)

    def count(event):
        steps[event.rows] += 1

    watched = sparsefool(network, images, lambda_=1.0, boundary_observer=count)
    assert_same(watched, sparsefool(network, images, lambda_=1.0))
    # Each DeepFool of k steps costs 2 k forwards, and each outer iteration one more for its test.
    assert torch.equal(2 * steps + watched.iterations, watched.forwards)


def test_an_image_without_a_boundary_is_not_observed():
    constant = Classifier(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), (0.0,), (1.0,))
    constant.module[1].weight.data.zero_()
    events = []
    result = sparsefool(constant, random_images(2, 1, 2, 2), observer=events.append)
    assert events == []
    assert (result.outcomes == Outcome.GRADIENT_VANISHED).all()


def test_what_the_observer_raises_ends_the_attack(network, images):
    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sparsefool(network, images, observer=stop)


def test_a_known_first_boundary_saves_its_passes_and_nothing_else(network, images):
    plain = sparsefool(network, images, lambda_=2.0, delta=80.0)
    start = find_boundary(network, images)
    reused = sparsefool(network, images, lambda_=2.0, delta=80.0, first_boundary=start)
    assert torch.equal(reused.adversarial, plain.adversarial)
    assert torch.equal(reused.forwards + start.forwards, plain.forwards)
    assert torch.equal(reused.backwards + start.backwards, plain.backwards)


def test_the_first_boundary_of_other_images_is_refused(network, images):
    start = find_boundary(network, images[:3])
    with pytest.raises(ParameterError, match="other images"):
        sparsefool(network, images, first_boundary=start)


@pytest.mark.parametrize(("known", "wanted"), [(None, 1), (1, None), (1, 2)])
def test_the_first_boundary_of_another_target_is_refused(known, wanted):
    network, images = small_network(), random_images(1)
    label = int(network(images).argmax(1))
    other = [None if step is None else (label + step) % 5 for step in (known, wanted)]
    start = find_boundary(network, images, target=other[0])
    sparsefool(network, images, target=other[0], first_boundary=start)
    with pytest.raises(ParameterError, match="another target"):
        sparsefool(network, images, target=other[1], first_boundary=start)


def test_the_first_boundary_of_other_labels_is_refused(network, images):
    labels = network(images).argmax(1)
    start = find_boundary(network, images)
    sparsefool(network, images, labels, first_boundary=start)
    with pytest.raises(ParameterError, match="other labels"):
        sparsefool(network, images, (labels + 1) % 5, first_boundary=start)


def test_passes_are_counted_as_the_network_counts_them(network, images):
    before = network.forwards, network.backwards
    result = sparsefool(network, images, lambda_=1.0)
    assert int(result.forwards.sum()) == network.forwards - before[0]
    assert int(result.backwards.sum()) == network.backwards - before[1]


@pytest.mark.parametrize("delta", [1.0, 10.0, 127.5])
def test_no_value_leaves_the_delta_box(network, images, delta):
    result = sparsefool(network, images, delta=delta)
    assert (result.max_change <= delta + 1e-4).all()
    assert ((result.adversarial >= 0) & (result.adversarial <= 1)).all()


@pytest.mark.parametrize("reduce", [False, True])
def test_only_values_inside_the_region_change(network, images, reduce):
    region = torch.rand(len(images), *images.shape[2:], generator=torch.Generator().manual_seed(2)) < 0.6
    result = sparsefool(network, images, lambda_=5.0, region=region, reduce=reduce)
    changed = (result.adversarial != images).any(1)
    assert bool(changed.any())
    assert not bool((changed & ~region).any())
    for row in range(len(images)):
        alone = sparsefool(network, images[row : row + 1], lambda_=5.0, region=region[row], reduce=reduce)
        torch.testing.assert_close(alone.adversarial[0], result.adversarial[row], rtol=0, atol=1e-4)


def test_a_region_of_everything_changes_nothing_and_an_empty_one_fails(network, images):
    everywhere = torch.ones(images.shape[2:], dtype=torch.bool)
    free, whole = sparsefool(network, images), sparsefool(network, images, region=everywhere)
    assert torch.equal(free.adversarial, whole.adversarial)
    nowhere = sparsefool(network, images, region=~everywhere)
    assert torch.equal(nowhere.adversarial, images)
    assert set(nowhere.outcomes.tolist()) == {int(Outcome.BOX_EXHAUSTED)}


@pytest.mark.parametrize("region", [torch.ones(3, 3), torch.ones(2, 2, dtype=torch.bool)])
def test_a_region_of_another_kind_is_refused(network, images, region):
    with pytest.raises(ParameterError, match="region must be a bool tensor"):
        sparsefool(network, images, region=region)


def test_an_exhausted_box_fails_with_its_reason(network, images):
    result = sparsefool(network, images, delta=0.0)
    assert not result.success.any()
    assert (result.outcomes == Outcome.BOX_EXHAUSTED).all()
    assert torch.equal(result.adversarial, images)


def test_the_iteration_limit_is_obeyed_and_reported():
    network, images = small_network(seed=4), random_images(40, seed=9)
    free = sparsefool(network, images, lambda_=1.0)
    limited = sparsefool(network, images, lambda_=1.0, max_iter=1)
    slow = free.iterations > 1
    assert slow.any()
    assert (limited.outcomes[slow] == Outcome.ITERATIONS_EXHAUSTED).all()
    assert (limited.adversarial[slow] != images[slow]).any()


def test_a_target_is_reached():
    network, images = small_network(), random_images(6)
    labels = network(images).argmax(1)
    targets = (labels + 2) % 5
    result = sparsefool(network, images, target=targets, lambda_=3.0)
    assert result.success.any()
    reached = network(result.adversarial).argmax(1)
    assert torch.equal(reached[result.success], targets[result.success])
    assert (reached[~result.success] != targets[~result.success]).all()


def test_an_image_that_already_has_another_label_needs_nothing(network, images):
    labels = (network(images).argmax(1) + 1) % 5
    result = sparsefool(network, images, labels)
    assert result.success.all()
    assert (result.iterations == 0).all()
    assert torch.equal(result.adversarial, images)


def test_a_plane_behind_the_image_is_counted_and_does_not_saturate_everything(network, images):
    start = find_boundary(network, images)
    behind = dataclasses.replace(start, normals=-start.normals)
    events = []
    result = sparsefool(network, images, lambda_=2.0, first_boundary=behind, observer=events.append)
    assert (result.planes_behind == 1).all()
    assert result.success.all()
    normals = behind.normals.flatten(1)
    normals = normals / normals.norm(dim=1, keepdim=True)
    needed = -2 * (normals * (start.boundary_points - images).flatten(1)).sum(1) + BEYOND_PLANE
    moved = (normals * (events[0].solutions - images).flatten(1)).sum(1)
    torch.testing.assert_close(moved, needed)
    ordinary = sparsefool(network, images)
    assert (ordinary.planes_behind == 0).all()
    assert result.features_changed.float().mean() <= 3 * ordinary.features_changed.float().mean()


@pytest.mark.parametrize(
    ("n", "channels", "height", "width", "classes"),
    [(1, 1, 1, 2, 2), (3, 1, 7, 4, 2), (2, 3, 5, 9, 30), (1000, 3, 6, 6, 5)],
)
def test_shapes_of_every_kind_work(n, channels, height, width, classes):
    network = small_network(channels, height, width, classes)
    images = random_images(n, channels, height, width)
    result = sparsefool(network, images, max_iter=20)
    assert result.adversarial.shape == images.shape
    fooled = network(result.adversarial).argmax(1) != result.labels
    assert torch.equal(fooled, result.success)
    assert result.success.float().mean() > 0.5


def test_images_and_parameters_are_left_alone(network, images):
    before = images.clone()
    network.module.requires_grad_().train()
    with torch.no_grad():
        sparsefool(network, images)
    assert torch.equal(before, images)
    assert not images.requires_grad
    assert all(p.requires_grad and p.grad is None for p in network.parameters())
    assert network.module.training


class _NanBeyond(nn.Module):
    """Finite near the image, NaN further out: a NaN must never count as a success."""

    def forward(self, images):
        total = images.flatten(1).sum(1, keepdim=True)
        logits = torch.cat([2 - total, total], dim=1)
        return torch.where(total > 0.999, torch.nan, logits)


def test_a_nan_is_never_a_success():
    network = Classifier(_NanBeyond(), (0.0,), (1.0,))
    result = sparsefool(network, torch.full((1, 1, 1, 4), 0.1))
    assert not result.success.any()
    assert result.outcomes.item() == Outcome.NOT_FINITE


class _AlwaysNan(nn.Module):
    def forward(self, images):
        return images.flatten(1)[:, :2] * torch.nan


@pytest.mark.parametrize("attack", [sparsefool, deepfool])
@pytest.mark.parametrize("label", [0, 1])
def test_a_nan_is_no_success_whatever_the_label(attack, label):
    network = Classifier(_AlwaysNan(), (0.0,), (1.0,))
    result = attack(network, random_images(1, 1, 2, 2), torch.tensor([label]))
    assert not result.success.any()
    assert result.outcomes.item() == Outcome.NOT_FINITE


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lambda_": 0.5}, "lambda_ must be a finite number at least 1; it is 0.5"),
        ({"lambda_": float("nan")}, "lambda_ must be a finite number at least 1; it is nan"),
        ({"lambda_": torch.tensor([1.0, 2.0])}, r"a number or a tensor \[12\]"),
        ({"delta": 300.0}, "delta must be a finite number between 0 and 255; it is 300"),
        ({"delta": -1.0}, "delta must be a finite number between 0 and 255; it is -1"),
        ({"delta": float("inf")}, "delta must be a finite number"),
        ({"max_iter": 0}, "max_iter must be at least 1"),
        ({"num_candidates": 1}, "at least 2"),
        ({"overshoot": -0.1}, "overshoot must be"),
    ],
)
def test_bad_parameters_are_refused(network, images, arguments, message):
    with pytest.raises(ParameterError, match=message):
        sparsefool(network, images, **arguments)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (torch.full((1, 3, 6, 6), 1.5), r"must lie in \[0, 1\]"),
        (torch.full((1, 3, 6, 6), torch.nan), r"must lie in \[0, 1\]"),
        (torch.zeros(0, 3, 6, 6), "n ≥ 1"),
        (torch.zeros(1, 1, 6, 6), r"3 channel\(s\)"),
    ],
)
def test_bad_images_are_refused(network, bad, message):
    with pytest.raises(ParameterError, match=message):
        sparsefool(network, bad)
