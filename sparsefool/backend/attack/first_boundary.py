"""The first linearisation of a picture, which depends on neither λ nor δ nor the region: it is kept."""

from torch import Tensor

from sparsefool.attacks import Boundary
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.progress import Progress
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.classifier import Classifier
from sparsefool.versions import code_version

BOUNDARIES = 32
"""First linearisations kept."""

_kept: RecentlyUsed[tuple[object, ...], Boundary] = RecentlyUsed(BOUNDARIES)


def first_boundary(
    request: AttackRequest, classifier: Classifier, weights_sha256: str, images: Tensor, progress: Progress
) -> tuple[Boundary, bool]:
    """Return the first linearisation of an attack, and whether it was kept from an earlier run.

    Args:
        request: what is attacked, and how.
        classifier, weights_sha256: the network of the request, and what identifies its weights.
        images: the picture of the request, shape [1, c, h, w], on the network's device.
        progress: receives what is being done; after every step it may cancel.

    Raises:
        ParameterError: the target is no class, or the label.
        Cancelled: ``progress`` cancelled it.
    """
    finder = request.spec.boundary
    assert finder is not None  # of an interactive attack, there is one
    parameters = request.parameters()
    arguments = {name: parameters[name] for name in ("target", *finder.keywords)}
    key = (
        code_version(),
        request.attack,
        request.model,
        weights_sha256,
        str(images.device),
        request.picture_sha256,
        *arguments.values(),
    )
    known = _kept.get(key)
    if known is not None:
        return known, True
    progress.report(0, request.max_iter, "Finding the decision boundary")
    boundary = finder.run(classifier, images, **arguments, observer=lambda _: progress.check())
    _kept.put(key, boundary)
    return boundary, False


def forget_boundaries() -> None:
    """Forget all, as in a process that has just started: the next run counts the passes for its own."""
    _kept.clear()
