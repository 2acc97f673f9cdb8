import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sparsefool.attacks import check_8_bit, round_to_8_bits, sparsefool
from tests.attacks.networks import random_images, small_network


@settings(deadline=None, max_examples=100)
@given(seed=st.integers(0, 2**32), delta=st.floats(1, 255))
def test_rounding_keeps_the_direction_the_grid_and_the_box(seed, delta):
    generator = torch.Generator().manual_seed(seed)
    levels = torch.randint(0, 256, (2, 3, 4, 4), generator=generator)
    images = levels / 255
    noise = (torch.rand(images.shape, generator=generator) - 0.5) * 2 * delta / 255
    changed = torch.rand(images.shape, generator=generator) < 0.5
    adversarial = torch.where(changed, (images + noise).clamp(0, 1), images)
    originals, rounded = round_to_8_bits(images, adversarial, delta)
    assert torch.equal(originals, images)
    whole = 255 * rounded
    torch.testing.assert_close(whole, whole.round(), atol=1e-3, rtol=0)
    assert ((whole.round() - levels).abs() <= delta).all()
    assert ((rounded - images) * (adversarial - images) >= 0).all()
    assert torch.equal(rounded[adversarial == images], images[adversarial == images])
    moved = (adversarial - images).abs() * 255
    kept = moved > 1e-2
    assert ((rounded != images) | ~kept | (moved.floor() >= delta // 1)).all()


def test_values_are_rounded_away_from_the_original_but_float_noise_is_not():
    images = torch.tensor([100.0, 100.0, 100.0, 100.0, 100.0]).view(1, 1, 1, 5) / 255
    wanted = torch.tensor([120.3, 80.7, 120.00001, 79.99999, 100.0]).view(1, 1, 1, 5)
    _, rounded = round_to_8_bits(images, wanted / 255, 255.0)
    assert (255 * rounded).round().flatten().tolist() == [121, 80, 120, 80, 100]


def test_the_check_classifies_the_rounded_image():
    network, images = small_network(), random_images(30)
    result = sparsefool(network, images, lambda_=1.0, delta=40.0)
    check = check_8_bit(network, result, 40.0)
    assert torch.equal(check.labels, network(check.images).argmax(1))
    assert torch.equal(check.success, check.labels != result.labels)
    assert (check.max_change <= 40 + 1e-3).all()


def test_a_targeted_check_wants_the_target():
    network, images = small_network(), random_images(6)
    targets = (network(images).argmax(1) + 2) % 5
    result = sparsefool(network, images, target=targets)
    check = check_8_bit(network, result, 255.0, target=targets)
    assert torch.equal(check.success, check.labels == targets)
