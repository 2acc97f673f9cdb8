"""Exchanging the changed pixels of adversarial images for fewer others, where none can be restored alone."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.core.pixel_restoration import descend
from sparsefool.attacks.core.pixel_search import PixelSearch, first_of_each, over_channels, ranks_of

ADDED_ALONE = 8
"""Units of largest gain that are tried one by one."""

ADDED_TOGETHER = (0, 2, 4)
"""How many units of largest gain are tried at once."""

FEWER_SHARE = 1 / 16
"""Which share of its units an image is to do without at first; 1 in the end."""

MOST_EXCHANGED = 48
"""Images with more changed units are left alone: one unit less is worth little there, and costs the same."""


@dataclass(frozen=True, eq=False)
class _Exchanges:
    """Variants of s images: a few changed units are restored, and a few others moved instead.

    Attributes:
        owners: for each of the m variants, which image it is a variant of.
        first, last: the window of ranks, by falling gain, of the units that are moved.
        restored: how many changed units, by rising cost, are restored.
        gains, costs: the rank of every unit.
        images, originals, ends: what an image is, was, and could become.
    """

    owners: Int64[Tensor, " m"]
    first: Int64[Tensor, " m"]
    last: Int64[Tensor, " m"]
    restored: Int64[Tensor, " m"]
    gains: Int64[Tensor, "s u"]
    costs: Int64[Tensor, "s u"]
    images: Float[Tensor, "s c h w"]
    originals: Float[Tensor, "s c h w"]
    ends: Float[Tensor, "s c h w"]

    def build(self, part: Int64[Tensor, " p"]) -> Float[Tensor, "p c h w"]:
        """Return the variants at the positions ``part``."""
        owners = self.owners[part]
        gains, costs = self.gains[owners], self.costs[owners]
        added = (gains >= self.first[part, None]) & (gains < self.last[part, None])
        moved = over_channels(added, self.images)
        restored = over_channels(costs < self.restored[part, None], self.images)
        images = torch.where(restored, self.originals[owners], self.images[owners])
        return torch.where(moved, self.ends[owners], images)


def exchange(
    search: PixelSearch, rows: Tensor, lower: Float[Tensor, "n c h w"], upper: Float[Tensor, "n c h w"]
) -> Bool[Tensor, " m"]:
    """Look for adversarial images with fewer units near the present ones, until none is found.

    From the present image, or from where the last step has led, each step linearises the margin, restores the
    changed units that cost least and moves others that gain most to the ends of their range, in several
    variants with a given number of units in all. The variant of the smallest margin is where the next step
    begins. If it fools, it is accepted, and still fewer units are tried; if the margin has not fallen, half
    as many less than that.

    Returns:
        The mask of the images for which fewer units were found.
    """
    everyone, before = rows, search.units(rows)
    points = search.adversarial.clone()
    fewer = (FEWER_SHARE * search.units(torch.arange(len(points), device=rows.device))).ceil().long()
    smallest = torch.full_like(points[:, 0, 0, 0], torch.inf)
    rows = rows[before <= MOST_EXCHANGED]
    while True:
        fewer[rows] = torch.minimum(fewer[rows], search.units(rows) - 1)
        rows = rows[(fewer[rows] > 0) & (search.passes_left(rows) >= _MOST_PASSES)]
        if len(rows) == 0:
            return search.units(everyone) < before
        slopes, _ = search.linearise(rows, points[rows])
        wanted = search.units(rows) - fewer[rows]
        tried = _variants(search, rows, points[rows], slopes, wanted, lower[rows], upper[rows])
        evaluation = search.evaluate(rows[tried.owners], tried.build)
        best = first_of_each(tried.owners, len(rows), evaluation.margins.nan_to_num(nan=torch.inf))
        images, margins, fooled = tried.build(best), evaluation.margins[best], evaluation.fooled[best]
        search.accept(rows[fooled], images[fooled], evaluation.logits[best[fooled]])
        stuck = ~fooled & ~(margins < smallest[rows])
        points[rows] = torch.where(stuck.view(-1, 1, 1, 1), search.adversarial[rows], images)
        smallest[rows] = torch.where(fooled | stuck, torch.inf, margins)
        fewer[rows] = torch.where(stuck, fewer[rows] // 2, fewer[rows])


_WINDOWS = tuple((at, at + 1) for at in range(ADDED_ALONE)) + tuple((0, many) for many in ADDED_TOGETHER)
_MOST_PASSES = 2 + len(_WINDOWS)


def _variants(
    search: PixelSearch,
    rows: Tensor,
    points: Float[Tensor, "s c h w"],
    slopes: Float[Tensor, "s c h w"],
    wanted: Int64[Tensor, " s"],
    lower: Float[Tensor, "s c h w"],
    upper: Float[Tensor, "s c h w"],
) -> _Exchanges:
    """Return the variants of ``points`` that have ``wanted`` changed units each."""
    originals = search.images[rows]
    ends = descend(slopes, originals, lower, upper)
    changed = search.differ(points, originals)
    gains = search.contributions(slopes, ends - originals).masked_fill(changed, torch.inf)
    costs = search.contributions(slopes, originals - points).masked_fill(~changed, torch.inf)
    owners = torch.arange(len(rows), device=rows.device).repeat_interleave(len(_WINDOWS))
    first, last = torch.tensor(_WINDOWS, device=rows.device).repeat(len(rows), 1).T
    units = changed.sum(1)[owners]
    restored = units + (last - first) - wanted[owners]
    fits = ((restored > 0) & (restored <= units)).nonzero()[:, 0]
    return _Exchanges(
        owners[fits],
        first[fits],
        last[fits],
        restored[fits],
        ranks_of(gains),
        ranks_of(costs),
        points,
        originals,
        ends,
    )
