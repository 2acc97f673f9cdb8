"""Restoring pixels of adversarial images to the original, many at a time or each on trial."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.core.pixel_search import Candidates, Pixels, Search, join

PUSHED_SHARES, KEPT_SHARES = (0.5,), (0.3, 0.7)
"""Shares of the longest prefix that are tried, where the other changed pixels are pushed and where not."""

FINE_SHARES, LEAST_FINE = (0.01, 0.03, 0.1), 4
"""Shares that are tried besides, of long prefixes only: those that come to so many pixels."""

SPARE_SHARES = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 0.25, 0.5, 0.75, 1.0)
"""Shares of the pixels that could be spared one by one, which are tried together."""


def restore_prefixes(
    search: Search, rows: Tensor, lower: Float[Tensor, "n c h w"], upper: Float[Tensor, "n c h w"]
) -> None:
    """Restore the pixels that cost least margin to first order, many at once, as often as some can be.

    Each round linearises the margin and ranks the changed pixels, twice: by what restoring a pixel costs
    while the others stay as they are, and while the others are pushed to the ends of their range against
    the gradient of the margin. The longest prefix of each ranking is the one after which the margin, to
    first order, would no longer fool; shares of both are tried together, and the one that leaves the fewest
    pixels is accepted. An image with a single changed pixel has none to restore.
    """
    while len(rows := rows[search.pixels(rows) > 1]) > 0:
        slopes, margins = search.linearise(rows)
        now, originals = search.adversarial[rows], search.images[rows]
        ends = descend(slopes, now, lower[rows], upper[rows])
        changed = search.changed(rows)
        pushed = torch.where(changed.view(-1, 1, *now.shape[2:]), ends, now)
        restoring = first_order(slopes, originals - now)
        pushing = first_order(slopes, pushed - now)
        as_they_are = _longest(search, rows, restoring, margins)
        while_pushed = _longest(search, rows, restoring - pushing, margins + pushing.sum(1))
        tried = join(
            _prefixes(*while_pushed, PUSHED_SHARES, pushed, originals),
            join(
                _prefixes(*as_they_are, FINE_SHARES, now, originals, LEAST_FINE),
                _prefixes(*as_they_are, KEPT_SHARES, now, originals),
            ),
        )
        rows = rows[_restore_most(search, rows, tried)]


def restore_single_pixels(search: Search, rows: Tensor) -> None:
    """Restore spare pixels until a test of every one that is left finds none."""
    while len(rows) > 0:
        rows = rows[restore_spare_pixels(search, rows)]


def restore_spare_pixels(search: Search, rows: Tensor) -> Bool[Tensor, " m"]:
    """Test every changed pixel alone and restore those that cost least margin; return where there was one.

    The only pixel of an image is not tested: the original does not fool.
    Of those that can be spared alone, the cheapest one is restored and as many more as can be spared with it;
    the others that could be spared are tested again, until none of them can be.
    """
    restored = torch.zeros_like(rows, dtype=torch.bool)
    tested = search.changed(rows) & (search.pixels(rows) > 1)[:, None]
    while bool(tested.any()):
        spare = _restore_cheapest(search, rows, tested)
        restored |= spare.any(1)
        tested = spare & search.changed(rows)
    return restored


def descend(slopes: Tensor, now: Tensor, lower: Tensor, upper: Tensor) -> Tensor:
    """Return the images with each value at that end of its range to which the slope falls."""
    return torch.where(slopes > 0, lower, torch.where(slopes < 0, upper, now))


def first_order(slopes: Float[Tensor, "m c h w"], changes: Float[Tensor, "m c h w"]) -> Pixels:
    """Return what changing each pixel does to first order, over all of its channels."""
    return (slopes * changes).sum(1).flatten(1)


def _restore_cheapest(search: Search, rows: Tensor, tested: Bool[Tensor, "m hw"]) -> Bool[Tensor, "m hw"]:
    """Test some pixels alone and restore the cheapest; return which of them could have been spared alone."""
    owners, pixels = tested.nonzero(as_tuple=True)
    images, originals = search.adversarial[rows], search.images[rows]
    places = torch.arange(tested.shape[1], device=rows.device).expand_as(tested)
    singles = Candidates(owners, owners, pixels, pixels + 1, places, images, originals)
    evaluation = search.evaluate(rows[owners], singles.build)
    costs = torch.where(evaluation.fooled, evaluation.margins, torch.inf)
    scores = torch.full_like(tested, torch.inf, dtype=costs.dtype).index_put((owners, pixels), costs)
    ranks = search.rank(rows, scores)
    search.accept_best(rows, singles, evaluation, evaluation.margins)
    spare = torch.zeros_like(tested).index_put((owners, pixels), evaluation.fooled)
    several = spare.sum(1) > 1
    if bool(several.any()):
        limits = spare.sum(1)[several]
        prefixes = _prefixes(ranks[several], limits, SPARE_SHARES, images[several], originals[several], 2)
        _restore_most(search, rows[several], prefixes)
    return spare


def _longest(
    search: Search, rows: Tensor, costs: Pixels, margins: Float[Tensor, " m"]
) -> tuple[Int64[Tensor, "m hw"], Int64[Tensor, " m"]]:
    """Rank the changed pixels by cost; return the ranks and the longest prefix that still fools.

    It has at least one pixel, and leaves at least one.
    """
    ranks = search.rank(rows, costs)
    spent = torch.zeros_like(costs).scatter(1, ranks, costs.nan_to_num(nan=torch.inf)).cumsum(1)
    fooling = (spent < -margins[:, None]).sum(1).clamp(min=1)
    return ranks, torch.minimum(fooling, search.pixels(rows) - 1)


def _prefixes(
    ranks: Int64[Tensor, "m hw"],
    limits: Int64[Tensor, " m"],
    shares: tuple[float, ...],
    images: Float[Tensor, "m c h w"],
    originals: Float[Tensor, "m c h w"],
    least: int = 1,
) -> Candidates:
    """Return the images with prefixes restored: shares of the limits, each length from ``least`` on once."""
    lengths = (limits[:, None] * torch.tensor((0, *shares), device=limits.device)).ceil().long()
    longer = (lengths[:, 1:] > lengths[:, :-1]) & (lengths[:, 1:] >= least)
    owners, step = longer.nonzero(as_tuple=True)
    last = lengths[owners, step + 1]
    return Candidates(owners, owners, torch.zeros_like(last), last, ranks, images, originals)


def _restore_most(search: Search, rows: Tensor, tried: Candidates) -> Bool[Tensor, " m"]:
    """Accept the longest prefix that fools, of two equal ones that of the smaller margin; return where."""
    if len(tried.owners) == 0:
        return torch.zeros_like(rows, dtype=torch.bool)
    evaluation = search.evaluate(rows[tried.owners], tried.build)
    return search.accept_best(rows, tried, evaluation, -tried.last, evaluation.margins)
