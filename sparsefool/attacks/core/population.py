"""Populations of candidates of the one-pixel attack, with the logits the network gives them."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks.core.criterion import Criterion, are_usable
from sparsefool.attacks.core.differential_evolution import paint, pixels_of
from sparsefool.attacks.core.state import AttackState
from sparsefool.classifier import Classifier


@dataclass(frozen=True, eq=False)
class Population:
    """The candidates of m images, with the network's logits and the costs that are minimised."""

    candidates: Float[Tensor, "m p k d"]
    logits: Float[Tensor, "m p classes"]
    costs: Float[Tensor, "m p"]

    def select(self, rows: Tensor) -> "Population":
        """Return the populations of the images at ``rows`` (indices or a mask)."""
        return Population(self.candidates[rows], self.logits[rows], self.costs[rows])

    def or_parents(self, parents: "Population") -> "Population":
        """Keep each child that is no worse than its own parent, and else the parent."""
        better = self.costs <= parents.costs
        return Population(
            torch.where(better[:, :, None, None], self.candidates, parents.candidates),
            torch.where(better[:, :, None], self.logits, parents.logits),
            torch.where(better, self.costs, parents.costs),
        )

    def best(self, criterion: Criterion) -> Tensor:
        """Return the member [m] of lowest cost, among those that reach the criterion if there are any."""
        flat = self.logits.flatten(0, 1)
        members = torch.arange(len(flat), device=flat.device) // self.costs.shape[1]
        fooled = (criterion.select(members).reached(flat.argmax(1)) & are_usable(flat)).view_as(self.costs)
        return torch.where(fooled.any(1, keepdim=True) & ~fooled, torch.inf, self.costs).argmin(1)


def evaluate_candidates(
    classifier: Classifier,
    state: AttackState,
    rows: Tensor,
    candidates: Tensor,
    batch_size: int,
    parents: Population | None = None,
) -> Population:
    """Return the candidates of all images with their logits and costs.

    Candidates that paint the same image share one forward pass, and those that paint what a parent has
    painted need none.

    Args:
        classifier: the network under attack.
        state: where the passes are counted.
        rows: positions of the m images in the batch.
        candidates: those of the m images [m, population, k, 2 + c].
        batch_size: candidates in one forward pass at most.
        parents: populations of the same images that have been evaluated already.
    """
    images, (m, population) = state.images[rows], candidates.shape[:2]
    every = candidates if parents is None else torch.cat([parents.candidates, candidates], dim=1)
    pixels = pixels_of(every, *images.shape[2:])
    owners = torch.arange(m, device=images.device)[:, None, None].expand(-1, every.shape[1], 1)
    keys = torch.cat([owners, pixels.flatten(2)], dim=2).flatten(0, 1)
    distinct, which = keys.unique(dim=0, return_inverse=True)  # type: ignore[no-untyped-call]
    which = which.view(m, -1)
    known = which[:, :-population].flatten()
    unknown = torch.ones(len(distinct), dtype=torch.bool, device=images.device)
    unknown[known] = False
    missing = distinct[unknown]
    logits_of = [] if parents is None else [parents.logits.flatten(0, 1)]
    for part in torch.split(missing, batch_size) if len(missing) else ():
        painted = paint(images[part[:, 0]], part[:, 1:].view(len(part), *pixels.shape[2:]))
        logits_of.append(classifier(painted))
    source = torch.empty_like(distinct[:, 0])
    source[known] = torch.arange(len(known), device=images.device)
    source[unknown] = len(known) + torch.arange(len(missing), device=images.device)
    logits = torch.cat(logits_of)[source[which[:, -population:]]]
    state.count_passes(rows, forwards=torch.bincount(missing[:, 0], minlength=m))
    costs = _costs(state.criterion.select(rows), logits).nan_to_num(nan=torch.inf, posinf=torch.inf)
    return Population(candidates, logits, costs)


def _costs(criterion: Criterion, logits: Tensor) -> Tensor:
    """Return the log-odds log p / (1 − p) of the label, or minus those of the target.

    They order the candidates as the probability p does, but do not saturate where p rounds to 0 or 1.
    """
    own = (criterion.labels if criterion.targets is None else criterion.targets)[:, None, None]
    own = own.expand(-1, logits.shape[1], 1)
    others = logits.scatter(2, own, -torch.inf).logsumexp(2)
    odds = logits.gather(2, own)[:, :, 0] - others
    return odds if criterion.targets is None else -odds
