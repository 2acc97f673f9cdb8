import inspect
import math
from itertools import product

import pytest
import torch

from sparsefool import load_gallery, load_model
from sparsefool.attacks import find_short_boundary, reduce_perturbation, sparsefool, sparsest
from sparsefool.attacks.pixels import exchange
from sparsefool.attacks.sparsest import FALLBACK_LAMBDA
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.types import Outcome
from tests.attacks.networks import linear_network, random_images, small_network

DELTAS = torch.tensor([255.0, 60.0, 30.0, 20.0]).repeat(3)


@pytest.fixture
def rough():
    """A network that bends."""
    network = small_network(seed=3).double()
    network.module[1].weight.mul_(4)
    return network


@pytest.fixture
def twelve():
    return random_images(12).double()


def test_on_a_linear_network_it_finds_the_smallest_set_of_pixels():
    weights = torch.randn(2, 24, generator=torch.Generator().manual_seed(0))
    network = Classifier(linear_network(weights).module, (0.0,) * 3, (1.0,) * 3)
    images = random_images(20, 3, 2, 4)
    labels = network(images).argmax(1)
    slopes = (weights[1 - labels] - weights[labels]).view_as(images)
    ends = torch.where(slopes > 0, 1.0, 0.0)
    result = sparsest(network, images)
    subsets = torch.tensor(list(product([False, True], repeat=8))).view(-1, 1, 2, 4)
    for row, image in enumerate(images):
        fooled = network(torch.where(subsets, ends[row], image)).argmax(1) != labels[row]
        assert int(result.pixels_changed[row]) == int(subsets.flatten(1).sum(1)[fooled].min())


def test_it_fools_within_the_box_and_reports_what_the_network_says(rough, twelve):
    result = sparsest(rough, twelve, delta=DELTAS)
    seen = rough(result.adversarial).argmax(1)
    assert result.success.any()
    assert torch.equal(seen, result.adversarial_labels)
    assert torch.equal(seen != result.labels, result.success)
    assert (result.max_change <= DELTAS + 1e-4).all()
    assert ((result.adversarial >= 0) & (result.adversarial <= 1)).all()


def test_no_pixel_that_is_left_is_redundant(rough, twelve):
    result = sparsest(rough, twelve)
    assert result.success.all()
    for row in range(len(twelve)):
        for i, j in (result.adversarial[row] != twelve[row]).any(0).nonzero().tolist():
            restored = result.adversarial[row : row + 1].clone()
            restored[0, :, i, j] = twelve[row, :, i, j]
            assert rough(restored).argmax(1) == result.labels[row]


def test_no_feature_that_is_left_is_redundant_where_features_are_counted(rough, twelve):
    result = sparsest(rough, twelve, count="features")
    assert result.success.all()
    for row in range(len(twelve)):
        for place in (result.adversarial[row] != twelve[row]).nonzero().tolist():
            restored = result.adversarial[row : row + 1].clone()
            restored[(0, *place)] = twelve[(row, *place)]
            assert rough(restored).argmax(1) == result.labels[row]


def test_counting_features_finds_fewer_of_them_and_counting_pixels_fewer_of_those(rough, twelve):
    pixels, features = (sparsest(rough, twelve, count=count) for count in ("pixels", "features"))
    assert features.features_changed.sum() < pixels.features_changed.sum()
    assert pixels.pixels_changed.sum() <= features.pixels_changed.sum()


@pytest.mark.parametrize("count", ["pixels", "features"])
def test_on_a_linear_network_it_finds_the_fewest_features_or_pixels(count):
    weights = torch.randn(2, 12, generator=torch.Generator().manual_seed(1))
    network = Classifier(linear_network(weights).module, (0.0,) * 3, (1.0,) * 3)
    images = random_images(10, 3, 2, 2)
    labels = network(images).argmax(1)
    slopes = (weights[1 - labels] - weights[labels]).view_as(images)
    ends = torch.where(slopes > 0, 1.0, 0.0)
    result = sparsest(network, images, count=count)
    shape = (1, 2, 2) if count == "pixels" else (3, 2, 2)
    subsets = torch.tensor(list(product([False, True], repeat=math.prod(shape)))).view(-1, *shape)
    found = result.pixels_changed if count == "pixels" else result.features_changed
    for row, image in enumerate(images):
        fooled = network(torch.where(subsets, ends[row], image)).argmax(1) != labels[row]
        assert int(found[row]) == int(subsets.flatten(1).sum(1)[fooled].min())


def test_exchanging_finds_fewer_pixels_than_restoring_alone(rough, twelve, monkeypatch):
    exchanged = sparsest(rough, twelve, delta=DELTAS).pixels_changed
    monkeypatch.setattr(exchange, "MOST_EXCHANGED", 0)
    restored = sparsest(rough, twelve, delta=DELTAS).pixels_changed
    assert exchanged.sum() < restored.sum()


@pytest.mark.parametrize("count", ["pixels", "features"])
def test_the_passes_of_an_image_are_bounded_and_the_best_so_far_is_returned(rough, twelve, count):
    whole = sparsest(rough, twelve, count=count)
    most = int((whole.forwards + whole.backwards).amax()) // 2
    short = sparsest(rough, twelve, count=count, max_passes=most)
    unreduced = sparsest(rough, twelve, count=count, max_passes=1)
    assert short.success.all()
    assert unreduced.success.all()
    spent = unreduced.forwards + unreduced.backwards
    assert (short.forwards + short.backwards <= torch.maximum(spent, torch.tensor(most))).all()
    measure = (lambda r: r.pixels_changed) if count == "pixels" else (lambda r: r.features_changed)
    assert measure(whole).sum() <= measure(short).sum() <= measure(unreduced).sum()


@pytest.mark.parametrize("count", ["pixels", "features"])
def test_no_stage_spends_more_passes_than_are_left(rough, twelve, count):
    unreduced = sparsest(rough, twelve, count=count, max_passes=1)
    least = int((unreduced.forwards + unreduced.backwards).amax())
    first = find_short_boundary(rough, twelve)
    for most in range(least, least + 24):
        result = sparsest(rough, twelve, count=count, max_passes=most)
        assert (result.forwards + result.backwards <= most).all()
        again = sparsest(rough, twelve, count=count, max_passes=most, first_boundary=first)
        assert torch.equal(again.adversarial, result.adversarial)


@pytest.mark.parametrize("count", ["pixels", "features"])
def test_where_whole_steps_fail_sigma_zero_is_watched_and_can_be_ended(rough, twelve, count, monkeypatch):
    monkeypatch.setitem(inspect.unwrap(sparsest).__globals__, "WHOLE_PIXEL_STEPS", 0)

    def stop(event):
        if event.iteration > 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sparsest(rough, twelve, count=count, boundary_observer=stop)


@pytest.mark.parametrize(("name", "value"), [("count", "channels"), ("max_passes", 0)])
def test_what_cannot_be_counted_or_bounded_is_refused(rough, twelve, name, value):
    with pytest.raises(ParameterError, match=name):
        sparsest(rough, twelve, **{name: value})


def test_it_fools_wherever_sparsefool_does(rough, twelve):
    plain = sparsefool(rough, twelve, delta=DELTAS)
    assert sparsest(rough, twelve, delta=DELTAS).success[plain.success].all()


def test_where_whole_pixel_steps_fail_sparsefool_takes_over(rough, twelve, monkeypatch):
    monkeypatch.setitem(inspect.unwrap(sparsest).__globals__, "WHOLE_PIXEL_STEPS", 0)
    monkeypatch.setitem(inspect.unwrap(sparsest).__globals__, "_descend_smoothly", lambda *_: None)
    monkeypatch.setattr(exchange, "MOST_EXCHANGED", 0)
    seen, inner = [], []
    result = sparsest(rough, twelve, delta=DELTAS, observer=seen.append, boundary_observer=inner.append)
    plain = sparsefool(rough, twelve, lambda_=FALLBACK_LAMBDA, delta=DELTAS)
    reduced = reduce_perturbation(rough, plain, DELTAS)
    torch.testing.assert_close(result.adversarial, reduced.adversarial, atol=1e-9, rtol=0)
    assert torch.equal(result.outcomes, plain.outcomes)
    assert torch.equal(result.iterations, plain.iterations)
    assert len(seen) > int(plain.iterations.max())
    assert len(inner) > 2


def test_only_pixels_of_the_region_change(rough, twelve):
    regions = torch.zeros(12, *twelve.shape[2:], dtype=torch.bool)
    regions[:6, :3], regions[6:, 3:] = True, True
    result = sparsest(rough, twelve, region=regions)
    assert result.success.any()
    outside = (result.adversarial != twelve).any(1) & ~regions
    assert not outside.any()


def test_a_target_is_reached(rough, twelve):
    targets = rough(twelve).topk(3).indices[:, 2]
    result = sparsest(rough, twelve, target=targets)
    assert result.success.any()
    assert torch.equal(rough(result.adversarial).argmax(1) == targets, result.success)


def test_an_image_that_is_fooled_already_is_left_alone(rough, twelve):
    wrong = (rough(twelve).argmax(1) + 1) % 5
    result = sparsest(rough, twelve, wrong)
    assert (result.outcomes == int(Outcome.FOOLED)).all()
    assert torch.equal(result.adversarial, twelve)
    assert (result.iterations == 0).all()


def test_a_batch_equals_its_images(rough, twelve):
    batch = sparsest(rough, twelve, delta=DELTAS)
    for i in range(len(twelve)):
        alone = sparsest(rough, twelve[i : i + 1], delta=DELTAS[i].item())
        torch.testing.assert_close(alone.adversarial[0], batch.adversarial[i], atol=1e-9, rtol=0)
        assert alone.iterations[0] == batch.iterations[i]


def test_a_known_boundary_gives_the_same_and_its_passes_are_not_counted_again(rough, twelve):
    boundary = find_short_boundary(rough, twelve)
    fresh, again = sparsest(rough, twelve), sparsest(rough, twelve, first_boundary=boundary)
    assert torch.equal(fresh.adversarial, again.adversarial)
    assert torch.equal(fresh.forwards - again.forwards, boundary.forwards)
    assert torch.equal(fresh.backwards - again.backwards, boundary.backwards)
    with pytest.raises(ParameterError, match="other labels or another target"):
        sparsest(rough, twelve, boundary.boundary_labels, first_boundary=boundary)


def test_of_8_bit_images_it_makes_8_bit_images(rough):
    images = (random_images(12).double() * 255).round() / 255
    result = sparsest(rough, images)
    levels = 255 * result.adversarial
    torch.testing.assert_close(levels, levels.round(), atol=1e-9, rtol=0)
    assert ((result.adversarial - images).abs() < 0.99).any()


def test_passes_are_counted_as_the_network_counts_them(rough, twelve):
    rough.forwards = rough.backwards = 0
    result = sparsest(rough, twelve, delta=DELTAS)
    assert int(result.forwards.sum()) == rough.forwards
    assert int(result.backwards.sum()) == rough.backwards


def test_the_observer_sees_every_image_that_is_accepted_and_changes_nothing(rough, twelve):
    last = twelve.clone()

    def observe(event):
        last[event.rows] = event.images
        torch.testing.assert_close(rough(event.images), event.logits)

    watched = sparsest(rough, twelve, observer=observe)
    assert torch.equal(last, watched.adversarial)
    assert torch.equal(watched.adversarial, sparsest(rough, twelve).adversarial)


def test_without_a_gradient_it_ends_and_says_why():
    network = linear_network(torch.zeros(2, 24), [2.0, 0.0])
    result = sparsest(Classifier(network.module, (0.0,) * 3, (1.0,) * 3), random_images(3, 3, 2, 4))
    assert (result.outcomes == int(Outcome.GRADIENT_VANISHED)).all()
    assert torch.equal(result.adversarial, result.images)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"delta": 300.0}, "delta must be a finite number between 0 and 255"),
        ({"max_iter": 0}, "max_iter must be at least 1"),
        ({"target": 77}, "target must be classes from 0 to 4"),
    ],
)
def test_bad_parameters_are_refused(rough, twelve, arguments, message):
    with pytest.raises(ParameterError, match=message):
        sparsest(rough, twelve, **arguments)


def test_on_mnist_it_needs_a_fraction_of_the_pixels_at_an_equal_fooling_rate():
    network, gallery = load_model("mnist/lenet", device="cpu"), load_gallery("mnist")
    plain = sparsefool(network, gallery.images)
    result = sparsest(network, gallery.images)
    assert result.success.all()
    assert result.pixels_changed.median() <= 0.5 * plain.pixels_changed.median()
