"""Restoring pixels of adversarial images to the original, many at a time or each on trial."""

import torch
from jaxtyping import Bool
from torch import Tensor

from sparsefool.attacks.reduction import Candidates, Reduction

PREFIXES = 4
"""Prefix lengths that are tried at once for each image; more of them cost more than they bring."""


def restore_prefixes(state: Reduction, rows: Tensor) -> None:
    """Restore a prefix by the first-order change of the margin, as often as one can be restored.

    The longest that is tried is the one after which the margin, to first order, would no longer fool.
    """
    while len(rows) > 0:
        slopes, margins = state.linearise(rows)
        effects = (slopes * (state.images[rows] - state.adversarial[rows])).sum(1).flatten(1)
        ranks = state.rank(rows, effects)
        spent = torch.zeros_like(effects).scatter(1, ranks, effects.nan_to_num(nan=torch.inf)).cumsum(1)
        fooling = (spent < -margins[:, None]).sum(1)
        limits = torch.minimum(fooling.clamp(min=1), state.pixels(rows) - 1)
        rows = rows[_restore_longest(state, rows, ranks, limits)]


def restore_single_pixels(state: Reduction, rows: Tensor) -> None:
    """Restore spare pixels until a test of every one that is left finds none."""
    while len(rows) > 0:
        rows = rows[restore_spare_pixels(state, rows)]


def restore_spare_pixels(state: Reduction, rows: Tensor) -> Bool[Tensor, " m"]:
    """Test every changed pixel alone and restore those that cost least margin; return where there was one.

    Of those that can be spared alone, the cheapest one is restored and as many more as can be spared with it;
    the others that could be spared are tested again, until none of them can be.
    """
    restored = torch.zeros_like(rows, dtype=torch.bool)
    tested = state.changed(rows)
    while bool(tested.any()):
        spare = _restore_cheapest(state, rows, tested)
        restored |= spare.any(1)
        tested = spare & state.changed(rows)
    return restored


def _restore_cheapest(state: Reduction, rows: Tensor, tested: Bool[Tensor, "m hw"]) -> Bool[Tensor, "m hw"]:
    """Test some pixels alone and restore the cheapest; return which of them could have been spared alone."""
    owners, pixels = tested.nonzero(as_tuple=True)
    images, originals = state.adversarial[rows], state.images[rows]
    size = tested.shape[1]
    places = torch.arange(size, device=rows.device).expand(len(rows), size)
    singles = Candidates(owners, pixels, pixels + 1, places, images, originals)
    verdicts = state.judge(rows[owners], singles.build)
    costs = torch.where(verdicts.fooled, verdicts.margins, torch.inf)
    scores = torch.full_like(originals[:, 0].flatten(1), torch.inf, dtype=costs.dtype)
    ranks = state.rank(rows, scores.index_put((owners, pixels), costs))
    lowest = torch.full_like(originals[:, 0, 0, 0], -torch.inf)
    state.accept_best(rows, singles, verdicts, -verdicts.margins, lowest)
    spare = torch.zeros_like(tested).index_put((owners, pixels), verdicts.fooled)
    counts = spare.sum(1)
    several = counts > 1
    _restore_longest(state, rows[several], ranks[several], counts[several])
    return spare


def _restore_longest(state: Reduction, rows: Tensor, ranks: Tensor, limits: Tensor) -> Tensor:
    """Restore the longest prefix that fools, of those tried up to a limit; return where there is one."""
    tried = prefixes(state, rows, ranks, limits, state.images)
    if len(tried.owners) == 0:
        return torch.zeros_like(rows, dtype=torch.bool)
    verdicts = state.judge(rows[tried.owners], tried.build)
    none = torch.zeros_like(rows, dtype=verdicts.margins.dtype)
    return state.accept_best(rows, tried, verdicts, tried.last, none)


def prefixes(
    state: Reduction, rows: Tensor, ranks: Tensor, limits: Tensor, replacements: Tensor
) -> Candidates:
    """Return prefixes of the ranking up to a limit, their lengths growing with the square."""
    steps = torch.arange(PREFIXES + 1, device=rows.device)
    lengths = (limits[:, None] * steps.square() + PREFIXES**2 - 1) // PREFIXES**2
    owners, step = (lengths[:, 1:] > lengths[:, :-1]).nonzero(as_tuple=True)
    last = lengths[owners, step + 1]
    return Candidates(
        owners, torch.zeros_like(last), last, ranks, state.adversarial[rows], replacements[rows]
    )
