"""The LinearSolver of the paper (Algorithm 1) in closed form: one sort and one cumulative sum per batch."""

import torch
from jaxtyping import Float
from torch import Tensor

STRONGEST = 2048
"""Coordinates that are tried before all are sorted: the crossing is nearly always among them."""


def linear_solver(
    images: Float[Tensor, "n c h w"],
    normals: Float[Tensor, "n c h w"],
    boundary_points: Float[Tensor, "n c h w"],
    lower: Float[Tensor, "n c h w"],
    upper: Float[Tensor, "n c h w"],
) -> Float[Tensor, "n c h w"]:
    r"""Move each image onto a hyperplane with as little ℓ1 change as the bounds allow.

    Solves Eq. (3): minimise ‖r‖₁ such that wᵀ(x + r − x_B) = 0 and l ≤ x + r ≤ u. Algorithm 1 visits the
    coordinates by falling |w_j| and moves each to its bound, unless the plane is reached before. So all
    coordinates before the crossing saturate, and the one at the crossing moves by what is left:

        need = wᵀ(x_B − x),   room_j = u_j − x_j if w_j > 0 else x_j − l_j,   reach_j = |w_j| room_j

    Of large images only the strongest coordinates are sorted, unless these do not reach the plane.

    Args:
        images: x, with l ≤ x ≤ u.
        normals: w, of any length; coordinates where it is zero never move.
        boundary_points: x_B, any point of each plane.
        lower, upper: l and u.

    Returns:
        The moved images. Where the plane cannot be reached, every coordinate is at its bound; an image on the
        plane or beyond it (need ≤ 0) is returned as it came.
    """
    x, w = images.flatten(1), normals.flatten(1)
    # Summed in float64 where the device has it: many small terms decide where the crossing is.
    exact = torch.float32 if images.device.type == "mps" else torch.float64
    need = (w.to(exact) * (boundary_points.flatten(1).to(exact) - x.to(exact))).sum(1, keepdim=True)
    bound = torch.where(w > 0, upper.flatten(1), lower.flatten(1))
    if x.shape[1] <= 2 * STRONGEST:
        return _move(x, w, bound, need, _by_strength(w)).view_as(images)
    order, reached = _strongest(w, bound - x, need)
    solution = _move(x, w, bound, need, order)
    rest = (~reached).nonzero()[:, 0]
    if len(rest) > 0:
        solution[rest] = _move(x[rest], w[rest], bound[rest], need[rest], _by_strength(w[rest]))
    return solution.view_as(images)


def _by_strength(w: Tensor) -> Tensor:
    """Return all coordinates by falling |w_j|, ties by position."""
    return w.abs().argsort(dim=1, descending=True, stable=True)


def _strongest(w: Tensor, span: Tensor, need: Tensor) -> tuple[Tensor, Tensor]:
    """Return the strongest coordinates in the order of :func:`_by_strength`, and the images they suffice for.

    They suffice where those that are strictly stronger than the last one reach the plane: which of several
    equally strong coordinates were left out is not known.
    """
    chosen = w.abs().topk(STRONGEST, dim=1, sorted=False).indices.sort(dim=1).values
    order = chosen.gather(1, _by_strength(w.gather(1, chosen)))
    strength = w.abs().gather(1, order)
    reach = strength.to(need.dtype) * span.abs().gather(1, order) * (strength > strength[:, -1:])
    return order, reach.sum(1) > need[:, 0]


def _move(x: Tensor, w: Tensor, bound: Tensor, need: Tensor, order: Tensor) -> Tensor:
    """Saturate coordinates in this order as far as needed; move the one at the crossing part of the way."""
    exact = need.dtype
    x_j, w_j, bound_j = x.gather(1, order), w.gather(1, order), bound.gather(1, order)
    strength, room = w_j.abs().to(exact), (bound_j - x_j).abs().to(exact)
    reach = strength * room
    left = (need - reach.cumsum(1) + reach).clamp(min=0)  # what is left of the need before each coordinate
    move = torch.where(strength > 0, torch.minimum(left / strength, room), 0)
    moved = x_j + w_j.sign() * move.to(x.dtype)
    low, high = torch.minimum(x_j, bound_j), torch.maximum(x_j, bound_j)
    moved = torch.where((move == room) & (move > 0), bound_j, torch.clamp(moved, low, high))
    return x.scatter(1, order, moved)
