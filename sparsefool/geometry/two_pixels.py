"""Classifiers of images with two pixels: the whole space of images is a square that can be drawn."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.once import once

CLASS_NAMES = ("A", "B")
SIDE = 33
"""Training points on each side of a grid over the square of all images."""

RIDGE = 1e-8
"""Weight of the ridge penalty relative to the mean squared error."""

Rule = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class World:
    """A division of the images with two pixels into two classes.

    Attributes:
        name: the key.
        title: the name shown to a person.
        rule: maps the two pixels in [0, 1] to the log-odds of class B; the network learns it from examples.
        hidden: the width of the hidden layer; 0 for a linear classifier.
        steepness: the standard deviation of the hidden layer's weights.
        seed: the seed of these weights.
    """

    name: str
    title: str
    rule: Rule
    hidden: int
    steepness: float = 1.0
    seed: int = 0


def _linear(a: Tensor, b: Tensor) -> Tensor:
    return 6 * (0.8 * a + b - 1.3)


def _gentle(a: Tensor, b: Tensor) -> Tensor:
    return 4 * ((a + 0.35) ** 2 + (b + 0.35) ** 2 - 1.0)


def _strong(a: Tensor, b: Tensor) -> Tensor:
    return 6 * (b - 0.52 - 0.27 * torch.sin(2.2 * math.pi * a + 0.3))


def _checkerboard(a: Tensor, b: Tensor) -> Tensor:
    return 4 * torch.sin(3 * math.pi * a) * torch.sin(3 * math.pi * b)


WORLDS = (
    World("linear", "Linear", _linear, hidden=0),
    World("gentle", "Gently curved", _gentle, hidden=32),
    World("strong", "Strongly curved", _strong, hidden=96, steepness=2.0),
    World("checkerboard", "Checkerboard", _checkerboard, hidden=192, steepness=3.0),
)


def find_world(name: str) -> World:
    """Return the world of that name.

    Raises:
        ParameterError: there is none.
    """
    for world in WORLDS:
        if world.name == name:
            return world
    raise ParameterError(
        f"There is no two-pixel world {name!r}; there are {[world.name for world in WORLDS]}."
    )


@once()
def two_pixel_classifier(name: str) -> Classifier:
    """Return the classifier of a world, trained once per process in milliseconds.

    It takes images [n, 1, 1, 2] in [0, 1]: one channel, one row, two pixels.

    Raises:
        ParameterError: there is no such world.
    """
    world = find_world(name)
    side = torch.linspace(0, 1, SIDE, dtype=torch.float64)
    points = torch.cartesian_prod(side, side)
    module = _train(world, (points - 0.5) / 0.5, world.rule(points[:, 0], points[:, 1]))
    return Classifier(module.float(), (0.5,), (0.5,), CLASS_NAMES, f"two-pixels/{name}")


def as_image(pixels: Float[Tensor, "n 2"]) -> Float[Tensor, "n 1 1 2"]:
    """Return points of the square as images."""
    return pixels.view(-1, 1, 1, 2)


def _train(world: World, points: Tensor, log_odds: Tensor) -> nn.Sequential:
    """Fit random tanh features and a last layer by ridge regression to the log-odds of class B.

    That is a single linear solve, so it takes milliseconds and gives the same network everywhere.
    """
    hidden = _features(world)
    values = hidden(points)
    design = torch.cat([values, torch.ones_like(values[:, :1])], dim=1)
    ridge = RIDGE * len(points) * torch.eye(design.shape[1], dtype=design.dtype)
    weights = torch.linalg.solve(design.T @ design + ridge, design.T @ log_odds)
    last = nn.Linear(values.shape[1], len(CLASS_NAMES), dtype=design.dtype)
    last.weight.data = torch.stack([-weights[:-1], weights[:-1]]) / 2
    last.bias.data = torch.stack([-weights[-1], weights[-1]]) / 2
    return nn.Sequential(*hidden, last)


def _features(world: World) -> nn.Sequential:
    """Return the layers before the last, in float64; they depend on the seed alone."""
    if world.hidden == 0:
        return nn.Sequential(nn.Flatten())
    generator = torch.Generator().manual_seed(world.seed)
    layer = nn.Linear(2, world.hidden, dtype=torch.float64)
    layer.weight.data = world.steepness * torch.randn(world.hidden, 2, generator=generator).double()
    layer.bias.data = world.steepness * torch.randn(world.hidden, generator=generator).double()
    return nn.Sequential(nn.Flatten(), layer, nn.Tanh())
