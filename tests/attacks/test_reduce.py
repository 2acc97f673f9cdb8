import dataclasses
from functools import partial
from itertools import product

import pytest
import torch
from torch import nn

from sparsefool import load_gallery, load_model
from sparsefool.attacks import deepfool, reduce_perturbation, sigma_zero, sparsefool
from sparsefool.attacks.core.criterion import Criterion
from sparsefool.attacks.pixels.restoration import restore_single_pixels
from sparsefool.attacks.pixels.search import PixelSearch
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import AttackResult, Outcome
from tests.attacks.networks import linear_network, random_images, small_network

DELTAS = torch.tensor([255.0, 60.0, 30.0, 20.0]).repeat(3)
LAMBDAS = torch.tensor([1.0, 3.0, 10.0]).repeat(4)


def as_result(network, images, adversarial):
    """What an attack would return that ended at ``adversarial``."""
    labels, seen = network(images).argmax(1), network(adversarial).argmax(1)
    success = seen != labels
    zeros = torch.zeros_like(labels)
    outcomes = torch.where(success, int(Outcome.FOOLED), int(Outcome.ITERATIONS_EXHAUSTED))
    return AttackResult(images, adversarial, labels, seen, success, zeros, zeros, zeros, outcomes, zeros)


def single_restorations(result, row):
    """The image at ``row`` with each of its changed pixels restored, one at a time."""
    changed = (result.adversarial[row] != result.images[row]).any(0)
    restored = result.adversarial[row].repeat(int(changed.sum()), 1, 1, 1)
    for variant, (i, j) in zip(restored, changed.nonzero().tolist(), strict=True):
        variant[:, i, j] = result.images[row, :, i, j]
    return restored


def assert_no_pixel_is_redundant(network, result, target=None):
    for row in result.success.nonzero()[:, 0].tolist():
        classes = network(single_restorations(result, row)).argmax(1)
        fooled = classes != result.labels[row] if target is None else classes == target[row]
        assert not fooled.any(), row


@pytest.fixture
def rough():
    """A network that bends enough for restoring one pixel to change what another is worth."""
    network = small_network(seed=3).double()
    network.module[1].weight.mul_(4)
    return network


def test_on_a_linear_network_it_finds_the_smallest_set_of_pixels():
    weights = torch.randn(2, 24, generator=torch.Generator().manual_seed(0))
    linear = linear_network(weights)
    network = Classifier(linear.module, (0.0,) * 3, (1.0,) * 3)
    images = random_images(20, 3, 2, 4)
    labels = network(images).argmax(1)
    slopes = (weights[1 - labels] - weights[labels]).view_as(images)
    ends = torch.where(slopes > 0, 1.0, 0.0)
    result = reduce_perturbation(network, as_result(network, images, ends))
    subsets = torch.tensor(list(product([False, True], repeat=8))).view(-1, 1, 2, 4)
    for row, image in enumerate(images):
        fooled = network(torch.where(subsets, ends[row], image)).argmax(1) != labels[row]
        assert int(result.pixels_changed[row]) == int(subsets.flatten(1).sum(1)[fooled].min())
    assert_no_pixel_is_redundant(network, result)


def test_pushing_the_values_that_are_left_finds_the_smallest_set_that_restoring_alone_does_not():
    network = linear_network([[1.0] * 6, [0.0] * 6], [-0.55, 0.0])
    images = torch.full((1, 1, 1, 6), 0.2)
    half_way = as_result(network, images, torch.full_like(images, 0.06))
    assert reduce_perturbation(network, half_way).pixels_changed.item() == 4


@pytest.mark.parametrize("targeted", [False, True])
def test_many_pixels_are_restored_in_a_few_passes(targeted):
    weights = torch.randn(2, 400, generator=torch.Generator().manual_seed(0))
    network, images = linear_network(weights), random_images(5, 1, 20, 20)
    labels = network(images).argmax(1)
    ends = torch.where((weights[1 - labels] - weights[labels]).view_as(images) > 0, 1.0, 0.0)
    dense = as_result(network, images, ends)
    result = reduce_perturbation(network, dense, target=1 - labels if targeted else None)
    assert (result.forwards < 200).all()
    assert (result.pixels_changed < 30).all()


class _Steps(nn.Module):
    """No gradient anywhere: a pixel counts for its weight as soon as it is not black."""

    def forward(self, images):
        weights = torch.tensor([1.0, 0.5, 0.3, 0.3])
        total = (images.flatten(1) > 0).float() @ weights + 0 * images.flatten(1).sum(1)
        return torch.stack([torch.full_like(total, 1.45), total], dim=1)


def test_without_a_gradient_the_pixels_that_matter_least_are_restored_first():
    network, images = Classifier(_Steps(), (0.0,), (1.0,)), torch.zeros(1, 1, 1, 4)
    result = reduce_perturbation(network, as_result(network, images, torch.ones_like(images)))
    assert (result.perturbation.flatten() > 0).tolist() == [True, True, False, False]


def test_the_label_is_the_one_that_is_seen_in_the_end():
    network = linear_network([[0.0, 0.0], [0.9, 0.0], [0.8, 0.45]], [0.5, 0.0, 0.0])
    images = torch.zeros(1, 1, 1, 2)
    both = as_result(network, images, torch.ones_like(images))
    assert both.adversarial_labels.item() == 2
    assert reduce_perturbation(network, both).adversarial_labels.item() == 1


class _Tents(nn.Module):
    """Two pixels that fool together when white; half-way, the second one hinders the first."""

    def forward(self, images):
        first, second = images.flatten(1).T
        helps = torch.where(first <= 0.5, 2 * first, 1.6 - 1.2 * first)
        hinders = torch.where(second <= 0.5, -0.2 * second, second - 0.6)
        return torch.stack([torch.full_like(first, 0.7), helps + hinders], dim=1)


def test_a_pixel_that_becomes_redundant_once_the_values_have_shrunk_is_restored():
    network, images = Classifier(_Tents(), (0.0,), (1.0,)), torch.zeros(1, 1, 1, 2)
    white = as_result(network, images, torch.ones_like(images))
    assert network(single_restorations(white, 0)).argmax(1).tolist() == [0, 0]
    result = reduce_perturbation(network, white)
    assert result.pixels_changed.item() == 1
    assert_no_pixel_is_redundant(network, result)


def test_it_fools_with_fewer_pixels_and_none_is_redundant(rough):
    images = random_images(12).double()
    plain = sparsefool(rough, images, lambda_=LAMBDAS, delta=DELTAS)
    reduced = sparsefool(rough, images, lambda_=LAMBDAS, delta=DELTAS, reduce=True)
    assert plain.success.any()
    assert torch.equal(reduced.success, plain.success)
    assert torch.equal(reduced.success, rough(reduced.adversarial).argmax(1) != reduced.labels)
    assert torch.equal(reduced.adversarial_labels, rough(reduced.adversarial).argmax(1))
    assert torch.equal(reduced.iterations, plain.iterations)
    assert (reduced.pixels_changed <= plain.pixels_changed).all()
    assert (reduced.pixels_changed < plain.pixels_changed).any()
    assert_no_pixel_is_redundant(rough, reduced)


def test_no_value_leaves_its_delta_box(network, images):
    result = sparsefool(network, images, lambda_=10.0, delta=DELTAS, reduce=True)
    assert result.success.any()
    assert (result.max_change <= DELTAS + 1e-4).all()
    assert ((result.adversarial >= 0) & (result.adversarial <= 1)).all()


def test_what_is_left_is_shrunk(network, images):
    result = sparsefool(network, images, lambda_=10.0, reduce=True)
    smaller = images + 0.49 * result.perturbation
    assert result.success.all()
    assert torch.equal(network(smaller).argmax(1), result.labels)


def test_a_target_stays_reached(rough):
    images = random_images(12).double()
    targets = rough(images).topk(3).indices[:, 2]
    plain = sparsefool(rough, images, lambda_=3.0, target=targets, max_iter=10)
    reduced = sparsefool(rough, images, lambda_=3.0, target=targets, max_iter=10, reduce=True)
    assert reduced.success.any()
    assert torch.equal(reduced.success, plain.success)
    assert torch.equal(rough(reduced.adversarial).argmax(1) == targets, reduced.success)
    assert (reduced.pixels_changed <= plain.pixels_changed).all()
    assert_no_pixel_is_redundant(rough, reduced, targets)


def test_passes_are_counted_as_the_network_counts_them(network, images):
    result = sparsefool(network, images, lambda_=10.0, reduce=True)
    assert int(result.forwards.sum()) == network.forwards
    assert int(result.backwards.sum()) == network.backwards


@pytest.mark.parametrize("batch_size", [1, 7])
def test_the_batch_size_bounds_a_pass_and_changes_nothing(network, images, batch_size):
    network, images = network.double(), images.double()
    plain = sparsefool(network, images, lambda_=10.0)
    sizes = []
    network.module.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    bounded = reduce_perturbation(network, plain, batch_size=batch_size)
    assert max(sizes) == batch_size
    whole = reduce_perturbation(network, plain)
    torch.testing.assert_close(bounded.adversarial, whole.adversarial, atol=1e-9, rtol=0)
    assert torch.equal(bounded.forwards, whole.forwards)


def test_a_batch_equals_its_images(rough):
    images = random_images(12).double()
    plain = sparsefool(rough, images, lambda_=LAMBDAS, delta=DELTAS)
    batch = reduce_perturbation(rough, plain, DELTAS)
    for i in range(len(images)):
        alone = as_result(rough, images[i : i + 1], plain.adversarial[i : i + 1])
        single = reduce_perturbation(rough, alone, DELTAS[i].item())
        torch.testing.assert_close(single.adversarial[0], batch.adversarial[i], atol=1e-9, rtol=0)
        assert single.forwards[0] == batch.forwards[i] - plain.forwards[i]
        assert single.backwards[0] == batch.backwards[i] - plain.backwards[i]


def test_images_that_were_not_fooled_are_left_alone(network, images):
    plain = sparsefool(network, images, lambda_=1.0, max_iter=1, delta=40.0)
    assert plain.success.any()
    assert not plain.success.all()
    reduced = reduce_perturbation(network, plain, 40.0)
    for field in dataclasses.fields(AttackResult):
        before, after = getattr(plain, field.name), getattr(reduced, field.name)
        assert torch.equal(before[~plain.success], after[~plain.success]), field.name


def test_nothing_to_reduce_costs_nothing(network, images):
    unfooled = sparsefool(network, images, delta=0.0)
    spent = network.forwards, network.backwards
    reduced = reduce_perturbation(network, unfooled)
    assert (network.forwards, network.backwards) == spent
    assert torch.equal(reduced.adversarial, images)


@pytest.mark.parametrize(
    "attack", [deepfool, partial(sigma_zero, max_iter=100)], ids=["deepfool", "sigma_zero"]
)
def test_the_result_of_any_attack_can_be_reduced(network, images, attack):
    plain = attack(network, images)
    assert plain.success.any()
    reduced = reduce_perturbation(network, plain)
    assert torch.equal(reduced.success, plain.success)
    assert (reduced.pixels_changed <= plain.pixels_changed).all()
    assert torch.equal(network(reduced.adversarial).argmax(1), reduced.adversarial_labels)


def test_an_image_that_only_fools_outside_its_box_comes_back_as_it_was(network, images):
    plain = deepfool(network, images)
    reduced = reduce_perturbation(network, plain, delta=0.01)
    assert torch.equal(reduced.adversarial, plain.adversarial)
    assert torch.equal(reduced.adversarial_labels, plain.adversarial_labels)
    assert int(reduced.forwards.sum()) == network.forwards


class _NanOnTheWay(nn.Module):
    """Fooled by darkening the first pixel; NaN where the first pixel alone has changed."""

    def forward(self, images):
        changed = (images.flatten(1) != 0.5).double()
        darker = 0.5 - images.flatten(1)[:, 0]
        logits = torch.stack([0.1 - darker, darker - 0.1], dim=1)
        alone = (changed[:, 0] == 1) & (changed.sum(1) == 1)
        return torch.where(alone[:, None], torch.tensor([0.0, torch.nan]), logits)


def test_an_image_with_a_nan_is_never_accepted():
    network = Classifier(_NanOnTheWay(), (0.0,), (1.0,))
    images = torch.full((1, 1, 2, 2), 0.5)
    result = reduce_perturbation(network, as_result(network, images, torch.zeros_like(images)))
    assert result.pixels_changed.item() == 2
    assert result.adversarial[0, 0, 0, 0] != 0.5
    assert network(result.adversarial).isfinite().all()


def test_the_observer_sees_adversarial_images_and_changes_nothing(network, images):
    outer, steps = [], []
    watched = sparsefool(
        network, images, lambda_=10.0, reduce=True, observer=outer.append, reduce_observer=steps.append
    )
    assert torch.equal(
        watched.adversarial, sparsefool(network, images, lambda_=10.0, reduce=True).adversarial
    )
    taken_part = sum(torch.bincount(event.rows, minlength=len(images)) for event in outer)
    assert torch.equal(taken_part, watched.iterations)
    assert [event.iteration for event in steps] == list(range(1, len(steps) + 1))
    for event in steps:
        assert (event.margins < 0).all()
        assert torch.equal(event.labels, watched.labels[event.rows])
        torch.testing.assert_close(network(event.images), event.logits)


def test_what_the_observer_raises_ends_the_reduction(network, images):
    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sparsefool(network, images, lambda_=10.0, reduce=True, reduce_observer=stop)


def test_images_and_the_result_are_left_alone(network, images):
    plain = sparsefool(network, images, lambda_=10.0)
    before = {field.name: getattr(plain, field.name).clone() for field in dataclasses.fields(AttackResult)}
    with torch.no_grad():
        reduce_perturbation(network, plain)
    for name, value in before.items():
        assert torch.equal(getattr(plain, name), value), name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"delta": 300.0}, "delta must be a finite number between 0 and 255"),
        ({"target": torch.tensor([1, 2])}, r"a class or a tensor \[12\]"),
        ({"target": 77}, "target must be what the attack reached"),
    ],
)
def test_bad_parameters_are_refused(network, images, arguments, message):
    plain = sparsefool(network, images)
    with pytest.raises(ParameterError, match=message):
        reduce_perturbation(network, plain, **arguments)


def test_on_mnist_it_needs_far_fewer_pixels_at_an_equal_fooling_rate():
    network, gallery = load_model("mnist/lenet", device="cpu"), load_gallery("mnist")
    plain = sparsefool(network, gallery.images, lambda_=3.0)
    reduced = sparsefool(network, gallery.images, lambda_=3.0, reduce=True)
    assert plain.success.all()
    assert torch.equal(network(reduced.adversarial).argmax(1) != reduced.labels, plain.success)
    assert reduced.pixels_changed.median() <= 0.5 * plain.pixels_changed.median()


def test_redundant_pixels_of_which_few_can_go_together_are_not_restored_one_at_a_time():
    """Every one of 400 white pixels is redundant alone, but only 12 of them together."""
    network = linear_network([[0.0] * 400, [1.0] * 400], bias=[387.5, 0.0])
    images, white = torch.zeros(1, 1, 20, 20), torch.ones(1, 1, 20, 20)
    labels = network(images).argmax(1)
    seen = network(white).argmax(1)
    search = PixelSearch(
        network, Criterion(labels, None), images, images, white, white, seen, 128, None, "pixels", 10 * 400
    )
    restore_single_pixels(search, torch.tensor([0]))
    assert search.units(torch.tensor([0])).tolist() == [388]
    assert int(search.forwards) < 10 * 400


class _Saturated(nn.Module):
    """Fooled once enough of the image is white; pixels count as …, 2, 1, and at most ``most`` together."""

    def __init__(self, most):
        super().__init__()
        self.most = most

    def forward(self, images):
        white = images.flatten(1)
        counted = white @ torch.arange(white.shape[1], 0.0, -1)
        return torch.stack([torch.full_like(counted, self.most / 2), counted.clamp(max=self.most)], dim=1)


def test_pixels_are_ranked_by_what_they_contribute_where_the_gradient_has_vanished():
    """Of 100 + 99 + … + 1, 1,000 must be kept: the first eleven are the fewest that reach it."""
    network = Classifier(_Saturated(most=2 * 1000 - 1), (0.0,), (1.0,))
    images, white = torch.zeros(1, 1, 10, 10), torch.ones(1, 1, 10, 10)
    white.requires_grad_(True)
    network(white)[0, 1].backward()
    assert not white.grad.any()
    result = reduce_perturbation(network, as_result(network, images, white.detach()), max_passes=250)
    assert result.pixels_changed.item() == 11


def test_averaged_along_the_path_the_contributions_of_a_quadratic_are_those_at_nine_sixteenths():
    """The gradient of a quadratic is linear; the points are 1/8, 2/8, …, 1 of the way, 9/16 on average."""
    square = torch.randn(8, 8, generator=torch.Generator().manual_seed(0)).double()
    module = nn.Module()
    module.forward = lambda x: torch.stack(
        [torch.zeros(len(x)).double(), ((x.flatten(1) @ square) * x.flatten(1)).sum(1)], dim=1
    )
    network = Classifier(module, (0.0,), (1.0,))
    images = random_images(3, 1, 2, 4).double()
    ends = torch.rand(images.shape, generator=torch.Generator().manual_seed(1)).double()
    labels = torch.tensor([0, 1, 0])
    search = PixelSearch(
        network, Criterion(labels, None), images, images, ends, ends, labels, 20, None, "pixels", 100
    )
    slopes, margins = search.linearise_path(torch.arange(3))
    points = (images + 9 / 16 * (ends - images)).requires_grad_(True)
    (expected,) = torch.autograd.grad(search.criterion.margins(network(points)).sum(), points)
    torch.testing.assert_close(slopes, expected)
    torch.testing.assert_close(margins, search.criterion.margins(network(ends)))
    assert search.forwards.tolist() == search.backwards.tolist() == [8, 8, 8]
