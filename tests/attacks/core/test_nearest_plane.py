import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sparsefool.attacks import find_boundary, sparsefool
from sparsefool.attacks.core.events import forward_with_graph
from sparsefool.attacks.core.nearest_plane import MAX_GRADIENTS_CPU, nearest_plane
from sparsefool.errors import ParameterError
from tests.attacks.networks import linear_network, random_images, small_network


def search(network, images, spread):
    points, logits = forward_with_graph(network, images)
    labels = logits.argmax(1)
    others = logits.detach().scatter(1, labels[:, None], -math.inf)
    candidate_classes = others.topk(logits.shape[1] - 1, dim=1).indices
    return nearest_plane(network, points, logits, labels, candidate_classes, max_gradient_growth=spread)


def true_spread(weights, labels):
    """Return the greatest ratio of the lengths of two gradients for the same label."""
    lengths = (weights[None] - weights[labels][:, None]).norm(dim=2)
    shortest = lengths.scatter(1, labels[:, None], math.inf).amin(1)
    return float((lengths.amax(1) / shortest).max())


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31), n=st.integers(1, 4))
def test_where_no_gradient_is_longer_than_assumed_the_nearest_plane_is_found(seed, n):
    weights = torch.randn(8, 12, generator=torch.Generator().manual_seed(seed))
    network, images = linear_network(weights), random_images(n, 1, 1, 12, seed=seed % 1000)
    every = search(network, images, math.inf)
    spread = true_spread(weights, network(images).argmax(1))
    few = search(network, images, spread * 1.001)
    assert torch.equal(few.distance, every.distance)
    assert torch.equal(few.direction, every.direction)
    assert bool((few.backwards <= 7).all())
    assert every.backwards.tolist() == [7] * n


def test_the_gradient_of_a_class_far_behind_is_skipped():
    weights = torch.eye(6)
    image = torch.tensor([0.9, 0.8, 0.1, 0.1, 0.1, 0.1]).view(1, 1, 1, 6)
    for spread, considered in ((2.0, 1), (8.1, 5), (math.inf, 5)):
        assert search(linear_network(weights), image, spread).backwards.tolist() == [considered]


def test_a_batch_continues_for_the_image_that_needs_it_and_the_others_are_not_affected():
    near = torch.tensor([0.9, 0.8, 0.1, 0.1, 0.1, 0.1])
    even = torch.tensor([0.9, 0.5, 0.5, 0.5, 0.5, 0.1275])
    weights = torch.eye(6)
    weights[5, 5] = 40.0  # so steep that it is the nearest plane of the first image, against the assumption
    network = linear_network(weights, [0.0] * 5 + [-4.6])
    alone = search(network, near.view(1, 1, 1, 6), 2.0)
    assert not torch.equal(search(network, near.view(1, 1, 1, 6), 99.0).direction, alone.direction)
    together = search(network, torch.stack([near, even]).view(2, 1, 1, 6), 2.0)
    assert (alone.backwards.tolist(), together.backwards.tolist()) == ([1], [1, 5])
    assert torch.equal(together.direction[:1], alone.direction)


def test_where_few_of_a_batch_still_search_the_others_are_dropped():
    weights = torch.eye(6)
    near = torch.tensor([0.9, 0.8, 0.1, 0.1, 0.1, 0.1])
    even = torch.tensor([0.9, 0.5, 0.5, 0.5, 0.5, 0.5])
    others = MAX_GRADIENTS_CPU - 1  # and one more: too many for several classes in one backward
    network = linear_network(weights)
    images = torch.stack([*[near] * others, even]).view(-1, 1, 1, 6)
    before = network.backwards
    found = search(network, images, 2.0)
    assert found.forwards.tolist() == [0] * others + [1]
    assert found.backwards.tolist() == [1] * others + [5]
    assert network.backwards - before == others + 5
    assert torch.equal(found.distance, search(network, images, math.inf).distance)


def test_an_attack_that_skips_gradients_costs_less_and_finds_the_same_image():
    network, images = small_network(classes=10), random_images(12)
    pairs = [
        [
            sparsefool(network, image[None], lambda_=1.5, max_gradient_growth=spread)
            for spread in (math.inf, 3.0)
        ]
        for image in images
    ]
    for every, few in pairs:
        assert torch.allclose(every.adversarial, few.adversarial, atol=1e-5)
        assert torch.equal(every.pixels_changed, few.pixels_changed)
    spent = [sum(int(result.backwards) for result in results) for results in zip(*pairs, strict=True)]
    assert spent[1] < 0.9 * spent[0]


def test_the_passes_counted_are_those_that_were_made():
    network, image = small_network(classes=10), random_images(1)
    before = network.backwards
    found = find_boundary(network, image, max_gradient_growth=1.5)
    assert network.backwards - before == int(found.backwards)


@pytest.mark.parametrize("spread", [0.5, math.nan, -1.0])
def test_a_spread_below_one_is_refused(spread):
    with pytest.raises(ParameterError, match="max_gradient_growth must be 1 or more"):
        find_boundary(small_network(), random_images(1), max_gradient_growth=spread)


@pytest.mark.parametrize("spread", [1.2, 2.0, math.inf])
def test_several_classes_in_one_backward_are_compared_as_one_after_the_other(monkeypatch, spread):
    network, images = small_network(classes=10), random_images(5)
    together = search(network, images, spread)
    monkeypatch.setattr("sparsefool.attacks.core.nearest_plane.MAX_GRADIENTS_CPU", 1)
    apart = search(network, images, spread)
    torch.testing.assert_close(together.distance, apart.distance)
    torch.testing.assert_close(together.direction, apart.direction)
    assert (together.backwards >= apart.backwards).all()
    if spread == math.inf:
        assert together.backwards.tolist() == apart.backwards.tolist() == [9] * 5
