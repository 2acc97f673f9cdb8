"""Restoring pixels of adversarial images to the original, many at a time or one by one."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.pixels.candidates import Candidates, Units, merge, over_channels, ranks_of, windows
from sparsefool.attacks.pixels.search import PixelSearch

PUSHED_SHARES, UNPUSHED_SHARES = (0.5,), (0.3, 0.7)
"""Shares of the longest prefix that are tried, with the other changed pixels pushed or left alone."""

FINE_SHARES, MIN_FINE_LENGTH = (0.01, 0.03, 0.1), 4
"""Smaller shares that are tried too, where they amount to at least this many pixels."""

PREFIX_PASSES = 2 + len(PUSHED_SHARES) + len(UNPUSHED_SHARES) + len(FINE_SHARES)
"""Passes that a round of these takes at most."""

BLOCK_SHARES, MIN_BLOCKED = (1 / 8, 1 / 32), 128
"""Shares of the changed pixels that are tested as blocks, where at least so many pixels are changed."""

REDUNDANT_SHARES = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 0.25, 0.5, 0.75, 1.0)
"""Shares of the pixels that are redundant one by one, which are tried together."""


def restore_prefixes(search: PixelSearch, rows: Tensor) -> None:
    """Restore the pixels that cost the least margin to first order, many at once, until none can be.

    Each round linearises the margin and ranks the changed pixels twice: by what restoring a pixel costs while
    the others stay as they are, and while the others are pushed to the ends of their range against the
    gradient of the margin. The longest prefix of each ranking is the longest that, to first order, still
    fools; shares of both are tried together, and the one that leaves the fewest pixels is accepted. The only
    changed pixel of an image is never restored.
    """
    while len(rows := rows[(search.units(rows) > 1) & (search.passes_left(rows) >= PREFIX_PASSES)]) > 0:
        slopes, margins = search.linearise(rows, search.adversarial[rows])
        now, originals = search.adversarial[rows], search.images[rows]
        ends = search.ends(rows, slopes, now)
        changed = search.changed(rows)
        pushed = torch.where(over_channels(changed, now), ends, now)
        restoring = search.contributions(slopes, originals - now)
        pushing = search.contributions(slopes, pushed - now)
        unpushed = _longest_prefix(search, rows, restoring, margins)
        while_pushed = _longest_prefix(search, rows, restoring - pushing, margins + pushing.sum(1))
        tried = merge(
            _prefixes(*while_pushed, PUSHED_SHARES, pushed, originals),
            merge(
                _prefixes(*unpushed, FINE_SHARES, now, originals, MIN_FINE_LENGTH),
                _prefixes(*unpushed, UNPUSHED_SHARES, now, originals),
            ),
        )
        rows = rows[_restore_most(search, rows, tried)]


def restore_blocks(search: PixelSearch, rows: Tensor) -> None:
    """Restore blocks of pixels, without which the image still fools: large blocks first, then smaller ones.

    The changed pixels are ranked by what restoring them costs to first order, and cut into blocks.
    """
    for share in BLOCK_SHARES:
        left = rows
        while len(left) > 0:
            lengths = (share * search.units(left)).ceil().long()
            blocks = (search.units(left) / lengths.clamp(min=1)).ceil().long()
            affordable = search.passes_left(left) >= 2 + blocks + len(REDUNDANT_SHARES)
            fit = (search.units(left) >= MIN_BLOCKED) & affordable
            left = left[fit]
            if len(left) > 0:
                left = left[_restore_cheapest_blocks(search, left, lengths[fit], blocks[fit])]


def restore_single_pixels(search: PixelSearch, rows: Tensor) -> None:
    """Restore redundant pixels until a test of every one that is left finds none."""
    while len(rows) > 0:
        rows = rows[restore_redundant_pixels(search, rows)]


def restore_redundant_pixels(search: PixelSearch, rows: Tensor) -> Bool[Tensor, " m"]:
    """Test every changed pixel alone and restore redundant ones, without which the image still fools.

    Of these, the one that costs the least margin is restored, and as many more as can be with it; the rest
    are tested again, until none is redundant. The only changed pixel of an image is not tested: the original
    does not fool. Where there are more than the image may still spend passes on, the cheapest to first order
    are tested.

    Returns:
        The mask of the images in which a pixel was restored.
    """
    restored = torch.zeros_like(rows, dtype=torch.bool)
    tested = search.changed(rows) & (search.units(rows) > 1)[:, None]
    while bool((tested := _affordable(search, rows, tested)).any()):
        redundant = _restore_cheapest(search, rows, tested)
        restored |= redundant.any(1)
        tested = redundant & search.changed(rows)
    return restored


def _affordable(search: PixelSearch, rows: Tensor, tested: Bool[Tensor, "m u"]) -> Bool[Tensor, "m u"]:
    """Return those pixels that there are passes left to test alone."""
    left = search.passes_left(rows) - len(REDUNDANT_SHARES)
    short = (tested.sum(1) > left) & (left > 2)
    tested = tested & (left > 2)[:, None]
    if bool(short.any()):
        scarce = rows[short]
        slopes, _ = search.linearise(scarce, search.adversarial[scarce])
        costs = search.contributions(slopes, search.images[scarce] - search.adversarial[scarce])
        ranks = ranks_of(costs.masked_fill(~tested[short], torch.inf))
        tested[short] &= ranks < left[short, None] - 2
    return tested


def _restore_cheapest_blocks(
    search: PixelSearch, rows: Tensor, lengths: Int64[Tensor, " m"], blocks: Int64[Tensor, " m"]
) -> Bool[Tensor, " m"]:
    """Test blocks alone and restore as many as can be together; return where there was one."""
    slopes, _ = search.linearise(rows, search.adversarial[rows])
    images, originals = search.adversarial[rows], search.images[rows]
    ranks = search.rank(rows, search.contributions(slopes, originals - images))
    owners = torch.arange(len(rows), device=rows.device).repeat_interleave(blocks)
    at = torch.arange(len(owners), device=rows.device) - (blocks.cumsum(0) - blocks)[owners]
    first = at * lengths[owners]
    last = torch.minimum(first + lengths[owners], search.units(rows)[owners])
    tried = windows(owners, first, last, ranks, images, originals)
    evaluation = search.evaluate(rows[owners], tried.build)
    costs = torch.where(evaluation.fooled, evaluation.margins, torch.inf)
    table = torch.full((len(rows), int(blocks.max())), torch.inf, dtype=costs.dtype, device=rows.device)
    table[owners, at] = costs
    of_unit = (ranks // lengths[:, None]).clamp(max=table.shape[1] - 1)
    by_block = search.rank(rows, table.gather(1, of_unit))
    redundant = torch.bincount(owners, (last - first) * evaluation.fooled, len(rows)).long()
    restored = search.accept_best(rows, tried, evaluation, evaluation.margins)
    several = torch.bincount(owners, evaluation.fooled, len(rows)) > 1
    if bool(several.any()):
        prefixes = _prefixes(
            by_block[several], redundant[several], REDUNDANT_SHARES, images[several], originals[several], 2
        )
        _restore_most(search, rows[several], prefixes)
    return restored


def _restore_cheapest(search: PixelSearch, rows: Tensor, tested: Bool[Tensor, "m u"]) -> Bool[Tensor, "m u"]:
    """Test some pixels alone and restore the cheapest ones; return the mask of those that were redundant."""
    owners, pixels = tested.nonzero(as_tuple=True)
    images, originals = search.adversarial[rows], search.images[rows]
    places = torch.arange(tested.shape[1], device=rows.device).expand_as(tested)
    singles = windows(owners, pixels, pixels + 1, places, images, originals)
    evaluation = search.evaluate(rows[owners], singles.build)
    costs = torch.where(evaluation.fooled, evaluation.margins, torch.inf)
    scores = torch.full_like(tested, torch.inf, dtype=costs.dtype).index_put((owners, pixels), costs)
    ranks = search.rank(rows, scores)
    search.accept_best(rows, singles, evaluation, evaluation.margins)
    redundant = torch.zeros_like(tested).index_put((owners, pixels), evaluation.fooled)
    several = redundant.sum(1) > 1
    if bool(several.any()):
        limits = redundant.sum(1)[several]
        prefixes = _prefixes(ranks[several], limits, REDUNDANT_SHARES, images[several], originals[several], 2)
        _restore_most(search, rows[several], prefixes)
    return redundant


def _longest_prefix(
    search: PixelSearch, rows: Tensor, costs: Units, margins: Float[Tensor, " m"]
) -> tuple[Int64[Tensor, "m u"], Int64[Tensor, " m"]]:
    """Rank the changed pixels by cost; return the ranks and how long a prefix still fools.

    The prefix holds at least one pixel and leaves at least one.
    """
    ranks = search.rank(rows, costs)
    spent = torch.zeros_like(costs).scatter(1, ranks, costs.nan_to_num(nan=torch.inf)).cumsum(1)
    fooling = (spent < -margins[:, None]).sum(1).clamp(min=1)
    return ranks, torch.minimum(fooling, search.units(rows) - 1)


def _prefixes(
    ranks: Int64[Tensor, "m u"],
    limits: Int64[Tensor, " m"],
    shares: tuple[float, ...],
    images: Float[Tensor, "m c h w"],
    originals: Float[Tensor, "m c h w"],
    min_length: int = 1,
) -> Candidates:
    """Return the images with prefixes restored: shares of the limits, each length (≥ ``min_length``) once."""
    lengths = (limits[:, None] * torch.tensor((0, *shares), device=limits.device)).ceil().long()
    longer = (lengths[:, 1:] > lengths[:, :-1]) & (lengths[:, 1:] >= min_length)
    owners, step = longer.nonzero(as_tuple=True)
    last = lengths[owners, step + 1]
    return windows(owners, torch.zeros_like(last), last, ranks, images, originals)


def _restore_most(search: PixelSearch, rows: Tensor, tried: Candidates) -> Bool[Tensor, " m"]:
    """Accept the longest prefix that fools, ties by the smaller margin; return where there is one."""
    if len(tried.owners) == 0:
        return torch.zeros_like(rows, dtype=torch.bool)
    evaluation = search.evaluate(rows[tried.owners], tried.build)
    (restored,) = tried.replacements
    return search.accept_best(rows, tried, evaluation, -restored.last, evaluation.margins)
