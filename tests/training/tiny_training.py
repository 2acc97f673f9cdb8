"""A network and a data set on which training takes a moment, for the tests beside this file."""

from dataclasses import replace

import torch
from torch import nn

from sparsefool.training.adversarial import LinfAttack
from sparsefool.training.recipes import Recipe
from sparsefool.training.trainer import TrainingRun
from sparsefool.zoo.small_networks import SmallNetwork


def build():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 3),
    )


NETWORK = SmallNetwork(build, "cifar10", (0.4, 0.5, 0.6), (0.2, 0.2, 0.2))
RECIPE = Recipe(sizes=(8, 8, 12), batch_size=16, crop=1, ema_decay=0.8, held_out=20)
ROBUST = replace(RECIPE, attack=LinfAttack.with_steps(1))
STEPS_PER_EPOCH = 5


def make_data(n=100):
    """Make noise in which the brightest channel says the class."""
    generator = torch.Generator().manual_seed(3)
    labels = torch.randint(0, 3, (n,), generator=generator)
    images = torch.randint(0, 60, (n, 3, 12, 12), generator=generator)
    images[torch.arange(n), labels, 2:8, 3:9] += 180
    return images.to(torch.uint8), labels


def make_run(recipe=RECIPE, seed=0):
    return TrainingRun(NETWORK, recipe, *make_data(), torch.device("cpu"), seed)


def finish(run):
    return [report for report in iter_steps(run) if report is not None]


def iter_steps(run):
    while not run.finished:
        yield run.step()
