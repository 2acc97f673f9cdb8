"""Exchanging the changed pixels of adversarial images for fewer others, where none can be restored alone."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.pixels.candidates import Candidates, Replacement, first_of_each, ranks_of
from sparsefool.attacks.pixels.search import PixelSearch

ADDED_ALONE = 8
"""Units of largest gain that are tried one by one."""

ADDED_TOGETHER = (0, 2, 4)
"""How many units of largest gain are tried at once."""

FEWER_SHARE = 1 / 16
"""Which share of its units an image is to do without at first; 1 in the end."""

MOST_EXCHANGED = 48
"""Images with more changed units are left alone: one unit less is worth little there, and costs the same."""


def exchange(search: PixelSearch, rows: Tensor) -> Bool[Tensor, " m"]:
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
        tried = _variants(search, rows, points[rows], slopes, wanted)
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
) -> Candidates:
    """Return the variants of ``points`` that have ``wanted`` changed units each."""
    originals = search.images[rows]
    ends = search.ends(rows, slopes, originals)
    changed = search.differ(points, originals)
    gains = search.contributions(slopes, ends - originals).masked_fill(changed, torch.inf)
    costs = search.contributions(slopes, originals - points).masked_fill(~changed, torch.inf)
    owners = torch.arange(len(rows), device=rows.device).repeat_interleave(len(_WINDOWS))
    first, last = torch.tensor(_WINDOWS, device=rows.device).repeat(len(rows), 1).T
    units = changed.sum(1)[owners]
    restored = units + (last - first) - wanted[owners]
    fits = ((restored > 0) & (restored <= units)).nonzero()[:, 0]
    restored, added = restored[fits], Replacement(first[fits], last[fits], ranks_of(gains), ends)
    cheapest = Replacement(torch.zeros_like(restored), restored, ranks_of(costs), originals)
    return Candidates(owners[fits], owners[fits], points, (cheapest, added))
