"""The first linearisation of a picture, which depends on neither λ nor δ nor the region: it is kept."""

from collections.abc import Callable
from functools import partial

from torch import Tensor

from sparsefool.attacks import GRADIENT_SPREAD, Boundary, find_boundary, find_short_boundary
from sparsefool.backend.attack.request import OVERSHOOT, SPARSEST, AttackRequest
from sparsefool.backend.models import LoadedModel
from sparsefool.backend.progress import Progress
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.versions import code_version

BOUNDARIES = 32
"""First linearisations kept."""

_kept: RecentlyUsed[tuple[object, ...], Boundary] = RecentlyUsed(BOUNDARIES)


def first_boundary(
    request: AttackRequest, model: LoadedModel, images: Tensor, progress: Progress
) -> tuple[Boundary, bool]:
    """Return the first linearisation of an attack, and whether it was known already.

    Args:
        request: what is attacked, and how.
        model: the network of the request.
        images: the picture of the request, shape [1, c, h, w], on the network's device.
        progress: told what is done, and asked after every step whether to go on.

    Raises:
        ParameterError: the target is no class, or the label.
        Cancelled: ``progress`` said so.
    """
    key = (
        code_version(),
        request.attack,
        request.model,
        model.weights_sha256,
        str(images.device),
        request.picture_sha256,
        request.target,
        request.num_candidates,
        request.max_iter,
    )
    known = _kept.get(key)
    if known is not None:
        return known, True
    progress.report(0, request.max_iter, "Finding the decision boundary")
    find = find_short_boundary if request.attack == SPARSEST else _as_the_paper(request)
    boundary = find(model.classifier, images, target=request.target, observer=lambda _: progress.check())
    _kept.put(key, boundary)
    return boundary, False


def _as_the_paper(request: AttackRequest) -> Callable[..., Boundary]:
    return partial(
        find_boundary,
        num_candidates=request.num_candidates,
        overshoot=OVERSHOOT,
        gradient_spread=GRADIENT_SPREAD,
        max_iter=request.max_iter,
    )
