"""Exchanging pixels of adversarial images for fewer others, where none of them can be restored alone."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsefool.attacks.core.pixel_restoration import descend
from sparsefool.attacks.core.pixel_search import PixelSearch, first_of_each, over_channels, ranks_of

SINGLES = 8
"""Units of largest gain that are added one by one."""

SEVERAL = (0, 2, 3, 4, 6, 8, 12, 16, 24, 32)
"""How many units of largest gain are added at once otherwise."""

PATIENCE = 4
"""Steps towards one unit less in which the margin may fail to fall below zero."""


@dataclass(frozen=True, eq=False)
class Exchanges:
    """Variants of some images: a few changed units are restored, and a few others moved instead.

    Attributes:
        owners: for each of the m variants, which of the s images it is a variant of.
        first, last: the window of ranks, by falling gain, of the units that are moved.
        restored: how many changed units, by rising cost, are restored.
        gain_ranks, cost_ranks: the rank of every unit of each image.
        images, originals, ends: of each image, what it is, was, and could become.
    """

    owners: Int64[Tensor, " m"]
    first: Int64[Tensor, " m"]
    last: Int64[Tensor, " m"]
    restored: Int64[Tensor, " m"]
    gain_ranks: Int64[Tensor, "s u"]
    cost_ranks: Int64[Tensor, "s u"]
    images: Float[Tensor, "s c h w"]
    originals: Float[Tensor, "s c h w"]
    ends: Float[Tensor, "s c h w"]

    def build(self, part: Int64[Tensor, " p"]) -> Float[Tensor, "p c h w"]:
        """Return the variants at the positions ``part``."""
        owners = self.owners[part]
        gains, costs = self.gain_ranks[owners], self.cost_ranks[owners]
        moved = over_channels((gains >= self.first[part, None]) & (gains < self.last[part, None]), self.images)
        restored = over_channels(costs < self.restored[part, None], self.images)
        images = torch.where(restored, self.originals[owners], self.images[owners])
        return torch.where(moved, self.ends[owners], images)


KEPT = (1.0, 0.5, 0.0)


def exchange(
    search: PixelSearch, rows: Tensor, lower: Float[Tensor, "n c h w"], upper: Float[Tensor, "n c h w"]
) -> Tensor:
    """Look for adversarial images with one unit less, again and again; return the rows where there was one."""
    rows = rows[search.units(rows) > 1]
    points = search.adversarial.clone()
    steps = torch.zeros_like(search.predictions)
    phase = torch.zeros_like(search.predictions)
    found = torch.zeros_like(search.predictions, dtype=torch.bool)
    best = torch.full_like(search.images[:, 0, 0, 0], torch.inf)
    kept = torch.tensor(KEPT)
    while len(rows) > 0:
        slopes, margins = search.linearise(rows, points[rows])
        cap = search.units(rows) - 1
        floor = (kept[phase[rows]] * cap).long()
        tried, room = _exchanges(search, rows, points[rows], slopes, cap, torch.where(steps[rows] == 0, floor, cap), (steps[rows]==0)&(phase[rows]>0), lower, upper)
        evaluation = search.evaluate(rows[tried.owners], tried.build)
        first = first_of_each(tried.owners, len(rows), evaluation.margins)
        fooled, margins = evaluation.fooled[first], evaluation.margins[first]
        images = tried.build(first)
        search.accept(rows[fooled], images[fooled], evaluation.logits[first[fooled]])
        found[rows[fooled]] = True
        points[rows] = images
        better = (margins < best[rows]) | (room > 0)
        best[rows] = torch.where(fooled | (room > 0) | (steps[rows]==0), torch.inf, margins)
        steps[rows] = torch.where(fooled, 0, steps[rows] + 1)
        phase[rows] = torch.where(fooled, 0, phase[rows])
        stuck = ~fooled & ~better
        points[rows[stuck]] = search.adversarial[rows[stuck]]
        steps[rows[stuck]] = 0; best[rows[stuck]] = torch.inf
        phase[rows[stuck]] += 1
        rows = rows[(phase[rows] < len(KEPT)) & (search.units(rows) > 1)]
    return found


def _exchanges(
    search: PixelSearch,
    rows: Tensor,
    points: Tensor,
    slopes: Tensor,
    cap, target, only,
    lower: Tensor,
    upper: Tensor,
):
    originals = search.images[rows]
    ends = descend(slopes, originals, lower[rows], upper[rows])
    differs = points != originals
    changed = (differs.any(1) if search.count == "pixels" else differs).flatten(1)
    size = changed.sum(1)
    gains = search.contributions(slopes, ends - originals)
    costs = search.contributions(slopes, originals - points)
    windows = [(j, j + 1) for j in range(SINGLES)] + [(0, q) for q in SEVERAL]
    bounds = torch.tensor(windows, device=rows.device)
    owners = torch.arange(len(rows), device=rows.device).repeat_interleave(len(windows))
    first, last = bounds.repeat(len(rows), 1).T
    added = last - first
    room = (target - size)
    restored = (added - room[owners]).clamp(min=0)
    fits = (restored <= size[owners]) & (restored + added > 0)
    fits &= torch.where(only[owners], added == 0, True)
    fits &= torch.where(room[owners] > 0, (added > 0) & (added <= ((room[owners]+1) // 2).clamp(min=1)), True)
    owners, first, last, restored = (each[fits] for each in (owners, first, last, restored))
    return Exchanges(
        owners,
        first,
        last,
        restored,
        ranks_of(gains.masked_fill(changed, torch.inf)),
        ranks_of(costs.masked_fill(~changed, torch.inf)),
        points,
        originals,
        ends,
    ), room
