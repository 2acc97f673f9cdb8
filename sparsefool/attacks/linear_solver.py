"""The LinearSolver of the paper (Algorithm 1) in closed form: one sort and one cumulated sum per batch."""

import torch
from jaxtyping import Float
from torch import Tensor


def linear_solver(
    images: Float[Tensor, "n c h w"],
    normals: Float[Tensor, "n c h w"],
    boundary_points: Float[Tensor, "n c h w"],
    lower: Float[Tensor, "n c h w"],
    upper: Float[Tensor, "n c h w"],
) -> Float[Tensor, "n c h w"]:
    r"""Move each image onto a hyperplane with as little ℓ1 change as the bounds allow.

    Solves Eq. (3): minimise ‖r‖₁ such that wᵀ(x + r − x_B) = 0 and l ≤ x + r ≤ u. Algorithm 1 visits the
    coordinates by falling |w_j|, and moves each until the plane is reached or its bound is. So all
    coordinates before the crossing saturate, and the crossing one moves by what is left:

        need = wᵀ(x_B − x),   room_j = u_j − x_j if w_j > 0 else x_j − l_j,   reach_j = |w_j| room_j

    Args:
        images: x, with l ≤ x ≤ u.
        normals: w, of any length; coordinates where it is zero never move.
        boundary_points: x_B, any point of each plane.
        lower, upper: l and u.

    Returns:
        The moved images. Where the plane cannot be reached, every coordinate is at its bound; where the image
        lies on the plane or beyond it (need ≤ 0), it is returned as it came.
    """
    x, w = images.flatten(1), normals.flatten(1)
    # Cumulated in float64 where the device has it: many small terms decide where the crossing is.
    exact = torch.float32 if images.device.type == "mps" else torch.float64
    need = (w.to(exact) * (boundary_points.flatten(1).to(exact) - x.to(exact))).sum(1, keepdim=True)

    bound = torch.where(w > 0, upper.flatten(1), lower.flatten(1))
    strength, order = w.abs().sort(dim=1, descending=True, stable=True)
    room = (bound - x).abs().gather(1, order).to(exact)
    reach = strength.to(exact) * room
    left = (need - reach.cumsum(1) + reach).clamp(min=0)  # what is left of the need before each coordinate

    move = torch.where(strength > 0, torch.minimum(left / strength.to(exact), room), 0)
    saturated = (move == room) & (move > 0)
    moved = x.gather(1, order) + w.sign().gather(1, order) * move.to(x.dtype)
    moved = torch.where(saturated, bound.gather(1, order), moved)
    solution = torch.empty_like(x).scatter(1, order, moved)
    return solution.clamp(lower.flatten(1), upper.flatten(1)).view_as(images)
