import pytest
import torch

from sparsefool.errors import ParameterError
from sparsefool.training.adversarial import LinfAttack, perturb, random_start

EPSILON = 8 / 255


def linear(images):
    """Two classes: the second gains with the first pixel and loses with the second."""
    flat = images.flatten(1)
    return torch.stack([torch.zeros(len(flat)), flat[:, 0] - flat[:, 1]], dim=1)


def run(images, labels, steps, seed=0):
    attack = LinfAttack.with_steps(steps)
    start = random_start(images, attack, torch.Generator().manual_seed(seed))
    return perturb(linear, images, start, labels, attack)


@pytest.mark.parametrize("steps", [1, 7, 20])
def test_it_stays_in_the_ball_and_in_the_range_of_images(steps):
    images = torch.rand(50, 1, 2, 3, generator=torch.Generator().manual_seed(1)).round(decimals=1)
    perturbed = run(images, torch.zeros(50, dtype=torch.int64), steps)
    assert (perturbed - images).abs().max() <= EPSILON + 1e-6
    assert perturbed.min() >= 0
    assert perturbed.max() <= 1


def test_several_steps_reach_the_worst_corner_of_a_linear_network():
    images = torch.full((2, 1, 1, 2), 0.5)
    labels = torch.tensor([0, 1])
    perturbed = run(images, labels, 20)
    worst = torch.tensor([[EPSILON, -EPSILON], [-EPSILON, EPSILON]]).view(2, 1, 1, 2)
    torch.testing.assert_close(perturbed - images, worst)


def test_a_single_step_raises_the_loss_of_every_image():
    images = torch.full((64, 1, 1, 2), 0.5)
    perturbed = run(images, torch.zeros(64, dtype=torch.int64), 1)
    assert bool((linear(perturbed)[:, 1] > linear(images)[:, 1]).all())


def test_where_the_network_ignores_a_value_the_start_is_random():
    images = torch.full((200, 1, 1, 3), 0.5)
    blind = (run(images, torch.zeros(200, dtype=torch.int64), 1) - images)[..., 2]
    assert blind.std() == pytest.approx(EPSILON / 3**0.5, rel=0.2)


def test_it_works_under_no_grad_and_leaves_images_and_graph_alone():
    images = torch.rand(3, 1, 1, 2)
    before = images.clone()
    with torch.no_grad():
        perturbed = run(images, torch.zeros(3, dtype=torch.int64), 2)
    assert not perturbed.requires_grad
    assert torch.equal(images, before)


def test_no_step_is_refused():
    with pytest.raises(ParameterError, match="at least 1 step"):
        LinfAttack.with_steps(0)
