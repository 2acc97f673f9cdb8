"""The candidates of the one-pixel attack, and how differential evolution breeds new ones.

A candidate is k pixels, each a vector: its row and column in pixels, then its colour in [0, 1]. The
candidates of n images are a tensor [n, population, k, 2 + c].
"""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.attacks.core.random import integers, normal, uniform


def first_candidates(
    images: Float[Tensor, "n c h w"], population: int, pixels: int, generator: torch.Generator | None
) -> Float[Tensor, "n p k d"]:
    """Draw candidates as Su et al. do: places uniform, colours normal with 128 ± 127 of 255."""
    n, channels, height, width = images.shape
    shape = (n, population, pixels)
    size = torch.tensor([height, width], dtype=images.dtype, device=images.device)
    places = uniform((*shape, 2), images.device, generator).to(images.dtype) * size
    colours = (128 + 127 * normal((*shape, channels), images.device, generator).to(images.dtype)) / 255
    return within_bounds(torch.cat([places, colours], dim=3), height, width)


def mutants(
    candidates: Float[Tensor, "n p k d"], factor: float, generator: torch.Generator | None
) -> Float[Tensor, "n p k d"]:
    """Return x_r1 + factor (x_r2 − x_r3) for each candidate, with no crossover; not yet within the bounds."""
    n, population = candidates.shape[:2]
    one, two, three = other_members(n, population, candidates.device, generator).unbind(0)
    images = torch.arange(n, device=candidates.device)[:, None]
    return candidates[images, one] + factor * (candidates[images, two] - candidates[images, three])


def other_members(
    n: int, population: int, device: torch.device, generator: torch.Generator | None
) -> Int64[Tensor, "3 n p"]:
    """Draw three different other members for every member of every population, uniformly.

    Each is drawn as a distance around the circle of members. The distances must differ and not be 0: each
    later one is drawn from as many values as are left, and moved past those already taken.
    """
    shape = (n, population)
    first = 1 + integers(population - 1, shape, device, generator)
    second = 1 + integers(population - 2, shape, device, generator)
    second = second + (second >= first)
    third = 1 + integers(population - 3, shape, device, generator)
    third = third + (third >= torch.minimum(first, second))
    third = third + (third >= torch.maximum(first, second))
    members = torch.arange(population, device=device)
    return (members + torch.stack([first, second, third])) % population


def within_bounds(candidates: Float[Tensor, "n p k d"], height: int, width: int) -> Float[Tensor, "n p k d"]:
    """Return the candidates with places clipped to the image and colours to [0, 1]."""
    upper = torch.ones_like(candidates[0, 0, 0])
    upper[0], upper[1] = height, width
    return torch.minimum(candidates.clamp(min=0), upper)


def pixels_of(
    candidates: Float[Tensor, "*batch k d"], height: int, width: int
) -> Int64[Tensor, "*batch k e"]:
    """Return what candidates paint: each pixel's place, row · width + column, and its levels, 0 to 255."""
    rows = candidates[..., :1].floor().long().clamp(max=height - 1)
    columns = candidates[..., 1:2].floor().long().clamp(max=width - 1)
    levels = (255 * candidates[..., 2:]).round().long()
    return torch.cat([rows * width + columns, levels], dim=-1)


def paint(images: Float[Tensor, "m c h w"], pixels: Int64[Tensor, "m k e"]) -> Float[Tensor, "m c h w"]:
    """Return the images with the pixels of :func:`pixels_of`; where one occurs twice, the last wins."""
    channels = images.shape[1]
    places, levels = pixels[:, :, 0], pixels[:, :, 1:]
    same = places[:, :, None] == places[:, None, :]
    order = torch.arange(places.shape[1], device=images.device)
    last = torch.where(same, order, -1).amax(2, keepdim=True)
    colours = levels.gather(1, last.expand(-1, -1, channels)).to(images.dtype) / 255
    where = places[:, None, :].expand(-1, channels, -1)
    return images.flatten(2).scatter(2, where, colours.transpose(1, 2)).view_as(images)
