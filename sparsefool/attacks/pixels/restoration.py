"""Restoring pixels of adversarial images to the original, many at a time or one by one."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from sparsefool.attacks.pixels.candidates import Candidates, Units, over_channels, ranks_of, windows
from sparsefool.attacks.pixels.search import PATH_POINTS, PixelSearch

PREFIX_SHARES = (0.01, 0.03, 0.1, 0.3, 0.6)
"""Shares of the longest prefix that are tried. None is near 1: the ranking of what is left gets better with
each round."""

PREFIX_PASSES = 2 * PATH_POINTS + len(PREFIX_SHARES)
"""Passes that a round of these takes at most: images with no more changed pixels are left to single tests."""

TESTED_AT_ONCE = 16
"""Pixels that are tested alone before those that are left are ranked anew."""

REDUNDANT_SHARES = (0.25, 0.5, 0.75, 1.0)
"""Shares of the pixels that are redundant one by one, which are tried together."""


def push_to_ends(search: PixelSearch, rows: Tensor) -> None:
    """Move the changed pixels to the ends of their range where this lowers the margin: fewer will do then."""
    now = search.adversarial[rows]
    movable = over_channels(search.changed(rows), now)
    inside = (search.lower[rows] < now) & (now < search.upper[rows])
    at = ((movable & inside).flatten(1).any(1) & (search.passes_left(rows) >= _PUSH_PASSES)).nonzero()[:, 0]
    if len(at) == 0:
        return
    slopes, margins = search.linearise(rows[at], now[at])
    pushed = torch.where(movable[at], search.ends(rows[at], slopes, now[at]), now[at])
    evaluation = search.evaluate(rows[at], pushed.__getitem__)
    better = evaluation.fooled & (evaluation.margins < margins)
    search.accept(rows[at][better], pushed[better], evaluation.logits[better])


_PUSH_PASSES = 3


def restore_prefixes(search: PixelSearch, rows: Tensor) -> None:
    """Restore the pixels that contribute least to the fall of the margin, many at once, until none can be.

    Each round ranks the changed pixels by their contributions along the path from the original
    (:meth:`PixelSearch.linearise_path`). The longest prefix is the longest that, by these, still fools;
    shares of it are tried together, and the longest that does fool is restored.
    """
    while True:
        affordable = torch.minimum(search.units(rows) - 1, search.passes_left(rows))
        rows = rows[affordable >= PREFIX_PASSES]
        if len(rows) == 0:
            return
        slopes, margins = search.linearise_path(rows)
        now, originals = search.adversarial[rows], search.images[rows]
        ranks, longest = _longest_prefix(search, rows, search.contributions(slopes, originals - now), margins)
        rows = rows[_restore_most(search, rows, _prefixes(ranks, longest, PREFIX_SHARES, now, originals))]


def restore_single_pixels(search: PixelSearch, rows: Tensor) -> None:
    """Restore redundant pixels until a test of every one that is left finds none."""
    while len(rows) > 0:
        rows = rows[restore_redundant_pixels(search, rows)]


def restore_redundant_pixels(search: PixelSearch, rows: Tensor) -> Bool[Tensor, " m"]:
    """Test every changed pixel alone and restore redundant ones, without which the image still fools.

    The pixels that cost the least margin to first order are tested first, some at a time. Of those that are
    redundant, the one that costs the least margin is restored, and as many more as can be with it; the rest
    are tested again. The only changed pixel of an image is not tested: the original does not fool.

    Returns:
        The mask of the images in which a pixel was restored.
    """
    restored = torch.zeros_like(rows, dtype=torch.bool)
    untested = search.changed(rows)
    while True:
        untested &= search.changed(rows)
        most = (search.passes_left(rows) - _BESIDE_TESTS).clamp(max=TESTED_AT_ONCE)
        at = (untested.any(1) & (search.units(rows) > 1) & (most > 0)).nonzero()[:, 0]
        if len(at) == 0:
            return restored
        tested = _cheapest(search, rows[at], untested[at], most[at])
        redundant = _restore_cheapest(search, rows[at], tested)
        restored[at] |= redundant.any(1)
        untested[at] &= ~tested | redundant


_BESIDE_TESTS = 2 + len(REDUNDANT_SHARES)


def _cheapest(
    search: PixelSearch, rows: Tensor, pixels: Bool[Tensor, "m u"], most: Int64[Tensor, " m"]
) -> Bool[Tensor, "m u"]:
    """Return those of the pixels that cost the least margin to first order, ``most`` of each image."""
    chosen, many = pixels.clone(), pixels.sum(1) > most
    if bool(many.any()):
        crowded = rows[many]
        slopes, _ = search.linearise(crowded, search.adversarial[crowded])
        costs = search.contributions(slopes, search.images[crowded] - search.adversarial[crowded])
        chosen[many] &= ranks_of(costs.masked_fill(~pixels[many], torch.inf)) < most[many, None]
    return chosen


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
        prefixes = _prefixes(ranks[several], limits, REDUNDANT_SHARES, images[several], originals[several])
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
) -> Candidates:
    """Return the images with prefixes restored: shares of the limits, each length once."""
    lengths = (limits[:, None] * torch.tensor((0, *shares), device=limits.device)).ceil().long()
    longer = lengths[:, 1:] > lengths[:, :-1]
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
