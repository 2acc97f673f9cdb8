"""Planes through the space of images, and a network's decision regions on them."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.attacks.core.criterion import Criterion
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError

GRID = 81
"""Points on each side of a grid by default."""

STRIDES = (8, 4, 2, 1)
"""A grid is evaluated at every eighth point first, then filled in."""

VALUES_PER_BATCH = 2_000_000
LARGEST_BATCH = 512


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane in the space of images, with coordinates in levels of 0..255 (ℓ2 length over the whole image).

    Attributes:
        origin: the image at (0, 0).
        first, second: the unit vectors of its two axes, at right angles.
    """

    origin: Float[Tensor, "c h w"]
    first: Float[Tensor, "c h w"]
    second: Float[Tensor, "c h w"]

    def place(self, image: Float[Tensor, "c h w"]) -> tuple[float, float]:
        """Return the coordinates of an image's projection onto the plane."""
        return self.slope(image - self.origin, 255)

    def slope(self, vector: Float[Tensor, "c h w"], scale: float = 1) -> tuple[float, float]:
        """Return ``scale`` times the components of a vector along the axes."""
        return scale * float((vector * self.first).sum()), scale * float((vector * self.second).sum())

    def images(self, places: Float[Tensor, "n 2"]) -> Float[Tensor, "n c h w"]:
        """Return the images at some coordinates; they may leave [0, 1]."""
        a, b = (places / 255).T.to(self.origin)
        steps: Tensor = a.view(-1, 1, 1, 1) * self.first + b.view(-1, 1, 1, 1) * self.second
        return self.origin + steps


def plane_through(
    origin: Float[Tensor, "c h w"],
    first: Float[Tensor, "c h w"],
    second: Float[Tensor, "c h w"],
    seed: int = 0,
) -> Plane:
    """Return the plane at ``origin`` that two vectors span; its first axis points along the first one.

    A random direction takes the place of ``second`` where that is parallel to ``first``.

    Raises:
        ParameterError: ``first`` is zero.
    """
    length = first.norm()
    if not bool(length > 0):
        raise ParameterError("There is no plane along a zero vector.")
    first = first / length
    across = second - (second * first).sum() * first
    if bool(across.norm() <= 1e-3 * second.norm()):
        return random_plane(origin, first, seed)
    return Plane(origin, first, across / across.norm())


def random_plane(origin: Float[Tensor, "c h w"], first: Float[Tensor, "c h w"], seed: int) -> Plane:
    """Return the plane at ``origin`` along ``first`` and a random direction, which only the seed decides."""
    noise = torch.randn(first.shape, generator=torch.Generator().manual_seed(seed))
    return plane_through(origin, first, noise.to(first))


@dataclass(frozen=True)
class Window:
    """A square part of a plane, in levels.

    Attributes:
        centre: the centre of the square.
        reach: half the length of its sides.
    """

    centre: tuple[float, float]
    reach: float

    def ticks(self, axis: int, points: int = GRID) -> Float[Tensor, " n"]:
        """Return the coordinates of a grid's points along an axis (0 or 1)."""
        middle = self.centre[axis]
        return torch.linspace(middle - self.reach, middle + self.reach, points)

    @classmethod
    def around(cls, places: list[tuple[float, float]], margin: float) -> "Window":
        """Return the window that holds all ``places``, with a margin as a fraction of its reach."""
        lows, highs = (tuple(pick(axis) for axis in zip(*places, strict=True)) for pick in (min, max))
        centre = (lows[0] + highs[0]) / 2, (lows[1] + highs[1]) / 2
        return cls(centre, (1 + margin) * max(highs[0] - lows[0], highs[1] - lows[1]) / 2)


@dataclass(frozen=True, eq=False)
class DecisionGrid:
    """A network's decisions on a grid of a plane; rows are the second axis, columns the first.

    Attributes:
        labels: the labels.
        margins: how far each point is from meeting the criterion, in logits; negative where it does.
        stride: 1, or the spacing of the points evaluated so far; each stands for its neighbourhood.
    """

    labels: Int64[Tensor, "n n"]
    margins: Float[Tensor, "n n"]
    stride: int = 1


def evaluate_grid(
    classifier: Classifier,
    plane: Plane,
    window: Window,
    criterion: Criterion,
    on_batch: Callable[[int, int, DecisionGrid | None], object] | None = None,
    points: int = GRID,
) -> DecisionGrid:
    """Evaluate a network at ``points`` × ``points`` points of a plane, a coarse grid first.

    Args:
        classifier: the network.
        plane, window: the plane, and the part of it that the grid covers.
        criterion: the criterion of the attack on the one image.
        on_batch: called before each batch with the number of points done, the number in all, and the coarse
            grid so far; what it raises is not caught.
        points: points on each side.
    """
    labels = torch.zeros(points, points, dtype=torch.int64)
    margins = torch.zeros(points, points)
    places = torch.cartesian_prod(window.ticks(1, points), window.ticks(0, points)).flip(1)
    places = places.view(points, points, 2)
    size = max(1, min(LARGEST_BATCH, VALUES_PER_BATCH // plane.origin.numel()))
    known = torch.zeros(points, points, dtype=torch.bool)
    coarse = None
    for stride in STRIDES:
        on_stride = torch.zeros_like(known)
        on_stride[::stride, ::stride] = True
        for batch in torch.split((on_stride & ~known).nonzero(), size):
            if on_batch is not None:
                on_batch(int(known.sum()), known.numel(), coarse)
            rows, columns = batch.T
            with torch.no_grad():
                logits = classifier(plane.images(places[rows, columns]))
            labels[rows, columns] = logits.argmax(1).cpu()
            margins[rows, columns] = _margins(criterion, logits).cpu()
            known[rows, columns] = True
        coarse = DecisionGrid(_fill(labels, stride), _fill(margins, stride), stride)
    return DecisionGrid(labels, margins)


def _margins(criterion: Criterion, logits: Tensor) -> Tensor:
    return criterion.select(torch.zeros(len(logits), dtype=torch.int64, device=logits.device)).margins(logits)


def _fill(values: Tensor, stride: int) -> Tensor:
    """Return the values with every ``stride``-th one repeated around its place."""
    last = (len(values) - 1) // stride * stride
    nearest = ((torch.arange(len(values)) + stride // 2) // stride * stride).clamp(max=last)
    return values[nearest][:, nearest]
