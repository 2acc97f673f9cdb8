import pytest
import torch
from torch import nn

from sparsefool.classifier import Classifier
from sparsefool.errors import ModelError, ParameterError
from sparsefool.training.adversarial import LinfAttack
from sparsefool.training.evaluation import accuracy, robust_accuracy


class Threshold(nn.Module):
    """Class 1 where the mean of an image in [0, 1] is above one half, class 0 below."""

    def forward(self, images):
        above = images.flatten(1).mean(dim=1) - 0.5
        return torch.stack([-above, above], dim=1)


@pytest.fixture
def classifier():
    return Classifier(Threshold(), mean=(0.0,), std=(1.0,))


def grey(*values):
    return torch.tensor(values, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, -1, 4, 4)


IMAGES = grey(10, 120, 125, 130, 135, 250)
LABELS = torch.tensor([0, 0, 0, 1, 1, 0])


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_accuracy_counts_over_all_batches(classifier, batch_size):
    assert accuracy(classifier, IMAGES, LABELS, batch_size) == pytest.approx(5 / 6)


def test_pgd_flips_exactly_the_images_within_its_radius(classifier):
    radius_of_5 = LinfAttack.with_steps(10, epsilon=5 / 255)
    assert robust_accuracy(classifier, IMAGES, LABELS, radius_of_5) == pytest.approx(3 / 6)
    radius_of_9 = LinfAttack.with_steps(10, epsilon=9 / 255)
    assert robust_accuracy(classifier, IMAGES, LABELS, radius_of_9, batch_size=2) == pytest.approx(1 / 6)


def test_the_seed_decides_the_random_start(classifier):
    blunt = LinfAttack(steps=1, step_size=0.0, epsilon=40 / 255)
    images, labels = grey(*[127] * 200), torch.zeros(200, dtype=torch.int64)
    rates = [robust_accuracy(classifier, images, labels, blunt, seed=seed) for seed in (0, 0, 1)]
    assert rates[0] == rates[1] != rates[2]


def test_what_cannot_be_measured_is_refused(classifier):
    with pytest.raises(ParameterError, match="at least one image"):
        accuracy(classifier, IMAGES[:0], LABELS[:0])
    broken = Classifier(nn.Sequential(nn.Flatten(), nn.Linear(16, 2)), mean=(0.0,), std=(1.0,))
    nn.init.constant_(broken.module[1].weight, float("nan"))
    with pytest.raises(ModelError, match="not finite"):
        accuracy(broken, IMAGES, LABELS)
