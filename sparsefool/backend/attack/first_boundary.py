"""The first linearisation of a picture, which depends on neither λ nor δ nor the region: it is found once.

Who needs it while another run looks for it waits for that one; later it is kept. One of another device of
the same make is moved: the next run of a session may well be elsewhere.
"""

import threading
from dataclasses import fields, is_dataclass, replace
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor

from sparsefool.attacks import Boundary
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.models import LoadedModel
from sparsefool.backend.placement import make_of
from sparsefool.backend.progress import Progress, alone
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.versions import code_version

BOUNDARIES = 32
"""First linearisations kept."""

_kept: RecentlyUsed[tuple[object, ...], Boundary] = RecentlyUsed(BOUNDARIES)
_searches: WeakValueDictionary[tuple[object, ...], threading.Lock] = WeakValueDictionary()
"""The locks of those that are being looked for."""

_guard = threading.Lock()


def first_boundary(
    request: AttackRequest, model: LoadedModel, images: Tensor, progress: Progress
) -> tuple[Boundary, bool]:
    """Return the first linearisation of an attack, and whether another run has found it.

    Args:
        request: what is attacked, and how.
        model: the network of the request; an attack that has joined its passes would hold up the others.
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
        model.weights_sha256,
        make_of(str(images.device)),
        request.picture_sha256,
        *arguments.values(),
    )
    if _kept.get(key) is None:
        progress.report(0, request.max_iter, "Finding the decision boundary")
    with _guard:
        search = _searches.setdefault(key, threading.Lock())
    with alone(search, progress):
        known = _kept.get(key)
        if known is not None:
            return _moved(known, images.device), True
        with model.passes.joined() as classifier:
            boundary = finder.run(classifier, images, **arguments, observer=lambda _: progress.check())
        _kept.put(key, boundary)
    return boundary, False


def forget_boundaries() -> None:
    """Forget all, as in a process that has just started: the next run counts the passes for its own."""
    _kept.clear()


def _moved(value: Any, device: torch.device) -> Any:
    """Return a record with its tensors, however deep, on a device."""
    if isinstance(value, Tensor):
        return value.to(device)
    if is_dataclass(value) and not isinstance(value, type):
        moved = {field.name: _moved(getattr(value, field.name), device) for field in fields(value)}
        return replace(value, **moved)
    return value
