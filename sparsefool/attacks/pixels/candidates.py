"""What a search for few changed units tries: variants of images, some of whose units are replaced.

A unit is a pixel, with all its channels, or a feature, a single channel value.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

Units = Float[Tensor, "m u"]
"""One number for each unit of m images: u is h·w for pixels and c·h·w for features."""


@dataclass(frozen=True, eq=False)
class Replacement:
    """Which units of m candidates are replaced, and by what: those whose rank lies in a window.

    Attributes:
        first, last: the window of each candidate, first ≤ rank < last.
        ranks: the rank of every unit of each of the s sources.
        images: what the units of each source are taken from.
    """

    first: Int64[Tensor, " m"]
    last: Int64[Tensor, " m"]
    ranks: Int64[Tensor, "s u"]
    images: Float[Tensor, "s c h w"]

    def apply(
        self, part: Int64[Tensor, " p"], sources: Int64[Tensor, " p"], variants: Float[Tensor, "p c h w"]
    ) -> Float[Tensor, "p c h w"]:
        """Return ``variants``, the candidates at the positions ``part``, with their units replaced."""
        ranks = self.ranks[sources]
        inside = (ranks >= self.first[part, None]) & (ranks < self.last[part, None])
        return torch.where(over_channels(inside, variants), self.images[sources], variants)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Variants of some images.

    Attributes:
        owners: for each of the m candidates, which image it is a variant of.
        sources: which of the s sources it is built from.
        images: the sources.
        replacements: what is replaced in them, one after the other.
    """

    owners: Int64[Tensor, " m"]
    sources: Int64[Tensor, " m"]
    images: Float[Tensor, "s c h w"]
    replacements: tuple[Replacement, ...]

    def build(self, part: Int64[Tensor, " p"]) -> Float[Tensor, "p c h w"]:
        """Return the candidates at the positions ``part``."""
        sources = self.sources[part]
        variants = self.images[sources]
        for replacement in self.replacements:
            variants = replacement.apply(part, sources, variants)
        return variants


def windows(
    owners: Int64[Tensor, " m"],
    first: Int64[Tensor, " m"],
    last: Int64[Tensor, " m"],
    ranks: Int64[Tensor, "s u"],
    images: Float[Tensor, "s c h w"],
    replacing: Float[Tensor, "s c h w"],
) -> Candidates:
    """Return variants of ``images`` in which the units of one window of ranks come from ``replacing``."""
    return Candidates(owners, owners, images, (Replacement(first, last, ranks, replacing),))


def over_channels(units: Bool[Tensor, "m u"], images: Float[Tensor, "n c h w"]) -> Bool[Tensor, "m k h w"]:
    """Return a mask of units in a shape that broadcasts over images like these."""
    height, width = images.shape[2:]
    return units.view(len(units), units.shape[1] // (height * width), height, width)


def ranks_of(scores: Units) -> Int64[Tensor, "m u"]:
    """Return the rank of each score in rising order, ties by position; NaN counts as the largest."""
    largest = torch.finfo(scores.dtype).max
    order = scores.nan_to_num(nan=largest, posinf=largest).argsort(dim=1, stable=True)
    places = torch.arange(scores.shape[1], device=scores.device).expand_as(order)
    return torch.empty_like(order).scatter(1, order, places)


def first_of_each(owners: Int64[Tensor, " m"], count: int, *keys: Tensor) -> Int64[Tensor, " n"]:
    """Return for each of ``count`` owners the position of its first entry by the keys; m if it has none.

    Args:
        owners: of the m entries, from 0 to count - 1.
        keys: one number for each entry; ties are broken by the next key.
    """
    order = torch.arange(len(owners), device=owners.device)
    for key in reversed(keys):
        order = order[key[order].argsort(stable=True)]
    places = torch.empty_like(order).scatter(0, order, torch.arange(len(order), device=order.device))
    none = torch.full((count,), len(owners), device=owners.device)
    best = none.scatter_reduce(0, owners, places, "amin")
    return torch.cat([order, none[:1]])[best]
