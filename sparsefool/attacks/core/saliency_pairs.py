"""The best pair of features of JSMA's saliency map, found exactly without a matrix of all pairs."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

PAIRS_AT_ONCE = 2**22
"""Pairs held in memory at a time, over the whole batch."""


def best_pairs(
    gain: Float[Tensor, "n m"],
    loss: Float[Tensor, "n m"],
    allowed: Bool[Tensor, "n m"],
    pairs_at_once: int = PAIRS_AT_ONCE,
) -> tuple[Int64[Tensor, "n 2"], Bool[Tensor, " n"]]:
    """Find the pair p ≠ q that maximises (gain_p + gain_q)(loss_p + loss_q) with both sums positive.

    The maximum is exact although most pairs are never formed. Order the features by falling gain, and say
    that r dominates p if r comes before p and loss_r ≥ loss_p. In a pair (p, q), replacing p by a
    feature r ≠ q that dominates it makes neither sum smaller, so the product does not fall. Dominance is a
    strict partial order, so such replacements end, at a pair in which neither feature has a dominator other
    than its partner. Some best pair therefore consists of features with at most one dominator, that is, with
    a loss above the second largest of all that come before. One sort and two running maxima find these. Of m
    features in random order there are about 2 ln m (24 of 150,528), and only their pairs are formed, in
    blocks. In the worst case (gain and loss in exactly opposite order) all m remain: time then grows with m²,
    but memory is still bounded by ``pairs_at_once``.

    Args:
        gain, loss: how much each feature raises the target, and how much it lowers the other classes.
        allowed: the features that may be chosen.
        pairs_at_once: pairs formed at a time.

    Returns:
        The two features of each row, and whether there is a pair at all (if not, the features mean nothing).
    """
    gain, loss = gain.masked_fill(~allowed, -torch.inf), loss.masked_fill(~allowed, -torch.inf)
    features = _rarely_dominated(gain, loss)
    first, second, found = _search_blocks(gain.gather(1, features), loss.gather(1, features), pairs_at_once)
    return features.gather(1, torch.stack([first, second], dim=1)), found


def _rarely_dominated(gain: Tensor, loss: Tensor) -> Tensor:
    """Return the features [n, k] with at most one dominator; shorter rows are padded with other features."""
    order = gain.argsort(dim=1, descending=True, stable=True)
    ordered = loss.gather(1, order)
    largest = _shifted(ordered.cummax(dim=1).values)
    second_largest = _shifted(torch.minimum(ordered, largest).cummax(dim=1).values)
    kept = ordered > second_largest
    count = max(2, int(kept.sum(1).max()))
    return order.gather(1, kept.to(torch.int8).argsort(dim=1, descending=True, stable=True)[:, :count])


def _shifted(running: Tensor) -> Tensor:
    """Shift a running maximum by one place, so that each place sees only those before it."""
    return torch.cat([torch.full_like(running[:, :1], -torch.inf), running[:, :-1]], dim=1)


def _search_blocks(gain: Tensor, loss: Tensor, pairs_at_once: int) -> tuple[Tensor, Tensor, Tensor]:
    """Form all pairs of k features in blocks; return the best pair and whether there is one."""
    n, k = gain.shape
    best = torch.zeros(n, dtype=gain.dtype, device=gain.device)
    first = torch.zeros(n, dtype=torch.int64, device=gain.device)
    second = torch.zeros_like(first)
    places = torch.arange(k, device=gain.device)
    height = max(1, pairs_at_once // (n * k))
    for start in range(0, k, height):
        block = slice(start, start + height)
        gains = gain[:, block, None] + gain[:, None, :]
        losses = loss[:, block, None] + loss[:, None, :]
        usable = (gains > 0) & (places[block, None] != places)  # losses > 0 follows from a score above 0
        score, place = torch.where(usable, gains * losses, 0).flatten(1).max(dim=1)
        better = score > best
        best = torch.where(better, score, best)
        first = torch.where(better, start + place // k, first)
        second = torch.where(better, place % k, second)
    return first, second, best > 0
