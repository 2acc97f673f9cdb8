import pytest
import torch

from sparsefool.attacks import random_pixels
from sparsefool.errors import ParameterError
from tests.attacks.networks import linear_network, small_network


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_each_channel_gets_as_many_elements_as_asked_and_they_are_0_or_255():
    images = torch.full((50, 3, 6, 6), 0.5)
    result = random_pixels(small_network(), images, counts=[0, 7, 36], generator=seeded())
    changed = result.adversarial != images
    assert (changed.flatten(2).sum(2) == torch.tensor([0, 7, 36])).all()
    assert set(result.adversarial[changed].tolist()) == {0.0, 1.0}
    everywhere = random_pixels(small_network(), images, counts=4, generator=seeded())
    assert ((everywhere.adversarial != images).flatten(2).sum(2) == 4).all()


def test_places_and_values_are_uniform_and_the_channels_independent():
    n, counts = 4000, 9
    images = torch.full((n, 3, 6, 6), 0.5)
    result = random_pixels(small_network(), images, counts=counts, generator=seeded())
    changed = (result.adversarial != images).flatten(2)
    rate = counts / 36
    deviation = (rate * (1 - rate) / n) ** 0.5
    assert ((changed.float().mean(0) - rate).abs() < 5 * deviation).all()
    both = (changed[:, 0] & changed[:, 1]).float().mean()
    assert both == pytest.approx(rate**2, abs=5 * deviation)
    assert result.adversarial.flatten(2)[changed].mean() == pytest.approx(0.5, abs=0.01)


def test_it_fools_as_often_as_chance_says():
    network = linear_network([[0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]], bias=[0.5, 0.0])
    result = random_pixels(network, torch.zeros(4000, 1, 1, 4), counts=3, generator=seeded())
    assert result.success.float().mean() == pytest.approx(3 / 4 / 2, abs=0.03)


def test_a_generator_makes_it_repeatable(network, images):
    first, again = (random_pixels(network, images, generator=seeded(3)).adversarial for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, random_pixels(network, images, generator=seeded(4)).adversarial)


@pytest.mark.parametrize("counts", [-1, 37, [1, 2], [1, 2, 40]])
def test_bad_counts_are_refused(network, images, counts):
    with pytest.raises(ParameterError, match="counts must be a whole number from 0 to 36, one for each of 3"):
        random_pixels(network, images, counts=counts)


def test_each_image_can_have_its_own_counts(network, images):
    counts = torch.zeros(len(images), 3, dtype=torch.int64)
    counts[1, 2] = 5
    result = random_pixels(network, images, labels=network(images).argmax(1), counts=counts)
    moved = (result.adversarial != images).flatten(2).sum(2)
    assert (moved <= counts).all()
    assert moved[1, 2] >= 1
    assert moved.sum() == moved[1, 2]
