"""Running SparseFool on one picture with every λ and δ, in as few batches as memory allows."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks import GRADIENT_GROWTH, Boundary, EightBitCheck, check_8_bit, sparsefool
from sparsefool.backend.attack.first_boundary import first_boundary
from sparsefool.backend.attack.run import predict
from sparsefool.backend.models import LoadedModel, with_model
from sparsefool.backend.progress import NullProgress, Progress
from sparsefool.backend.sweep_request import SweepPoint, SweepReport, SweepRequest
from sparsefool.classifier import Classifier
from sparsefool.data.pictures import Picture
from sparsefool.devices import device_info
from sparsefool.similarity import psnr, ssim
from sparsefool.types import AttackResult, Observer, StepEvent

PIXELS_AT_ONCE = 12 * 299 * 299
"""Pixels of all images of a batch together: what a gigabyte or two hold for the networks of the zoo."""


def run_sweep(request: SweepRequest, progress: Progress | None = None) -> SweepReport:
    """Attack the picture with every pair of a request; the first linearisation is found once, and kept.

    Args:
        request: what to do.
        progress: reports each iteration, with the points of the finished batches as payload (a tuple of
            :class:`~sparsefool.backend.sweep_request.SweepPoint`); its ``check`` is called after every step.

    Raises:
        ModelError: the network cannot be loaded.
        DeviceError: the device does not exist, or its memory is full.
        Cancelled: ``progress.check`` raised it.
    """
    progress = progress or NullProgress()
    return with_model(
        request.model,
        request.device,
        progress,
        lambda model, device: _run(request, model, device, progress),
    )


def _run(request: SweepRequest, model: LoadedModel, device: str, progress: Progress) -> SweepReport:
    started = time.perf_counter()
    classifier, image = model.classifier, request.picture.tensor().to(device)
    boundary, known = first_boundary(request.single(*request.grid[0]), model, image, progress)
    forwards, backwards = (0, 0) if known else (int(boundary.forwards[0]), int(boundary.backwards[0]))
    points: list[SweepPoint] = []
    batches = _batches(request)
    for number, grid in enumerate(batches):
        observer = _IterationObserver(progress, number, len(batches), request, tuple(points))
        result, deltas = attack_grid(
            classifier,
            image,
            grid,
            boundary,
            max_iter=request.max_iter,
            num_candidates=request.num_candidates,
            observer=observer,
            check=progress.check,
        )
        forwards += int(result.forwards.sum())
        backwards += int(result.backwards.sum())
        points += _points(request, model, grid, result, check_8_bit(classifier, result, deltas))
    return SweepReport(
        request,
        predict(classifier, boundary.logits[0]),
        tuple(points),
        model.weights_sha256,
        str(device_info(device)),
        forwards,
        backwards,
        time.perf_counter() - started,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )


def attack_grid(
    classifier: Classifier,
    image: Float[Tensor, "1 c h w"],
    grid: Sequence[tuple[float, float]],
    boundary: Boundary,
    *,
    max_iter: int,
    num_candidates: int,
    observer: Observer,
    check: Callable[[], object],
) -> tuple[AttackResult, Float[Tensor, " m"]]:
    """Attack an image with each of m pairs of λ and δ in one batch; return the result and every δ.

    Args:
        classifier: the network.
        image: in [0, 1], on its device.
        grid: the pairs.
        boundary: the image's first linearisation, whose passes are not counted again.
        max_iter, num_candidates: as in :func:`sparsefool.attacks.sparsefool`.
        observer: called after each outer iteration.
        check: called after every step; what it raises ends the attacks.
    """

    def observe(event: StepEvent) -> None:
        check()
        observer(event)

    rows = torch.zeros(len(grid), dtype=torch.int64, device=image.device)
    pairs = torch.tensor(grid, dtype=image.dtype, device=image.device)
    result = sparsefool(
        classifier,
        image[rows],
        lambda_=pairs[:, 0],
        delta=pairs[:, 1],
        max_iter=max_iter,
        num_candidates=num_candidates,
        max_gradient_growth=GRADIENT_GROWTH,
        first_boundary=boundary.select(rows),
        observer=observe,
        boundary_observer=lambda _: check(),
    )
    return result, pairs[:, 1]


def _points(
    request: SweepRequest,
    model: LoadedModel,
    grid: Sequence[tuple[float, float]],
    result: AttackResult,
    check: EightBitCheck,
) -> Sequence[SweepPoint]:
    before, after = check.originals, check.images
    change = 255 * (after - before).abs().flatten(1).sum(1) / check.features_changed.clamp(min=1)
    alike, noise = ssim(before, after), psnr(before, after)
    size = before.shape[2] * before.shape[3]
    return [
        SweepPoint(
            lambda_=lambda_,
            delta=delta,
            adversarial=Picture.from_tensor(after[row], f"{request.picture.name}, δ = {delta:g}"),
            after=predict(model.classifier, check.logits[row]),
            success=bool(check.success[row]),
            success_float32=bool(result.success[row]),
            pixels=int(check.pixels_changed[row]),
            percent=100 * int(check.pixels_changed[row]) / size,
            max_change=float(check.max_change[row]),
            mean_change=float(change[row]),
            ssim=float(alike[row]),
            psnr=float(noise[row]),
            iterations=int(result.iterations[row]),
        )
        for row, (lambda_, delta) in enumerate(grid)
    ]


class _IterationObserver:
    """An observer that reports the iterations of one batch among several."""

    def __init__(
        self,
        progress: Progress,
        number: int,
        batches: int,
        request: SweepRequest,
        points: tuple[SweepPoint, ...],
    ) -> None:
        self._progress, self._request, self._points = progress, request, points
        self._number, self._batches = number, batches

    def __call__(self, event: StepEvent) -> None:
        limit, attacks = self._request.max_iter, len(self._request.grid)
        batch = f"batch {self._number + 1} of {self._batches}, " if self._batches > 1 else ""
        self._progress.report(
            self._number * limit + event.iteration,
            self._batches * limit,
            f"{attacks} attacks: {batch}{len(event.rows)} in iteration {event.iteration} of at most {limit}",
            self._points,
        )


def _batches(request: SweepRequest) -> Sequence[Sequence[tuple[float, float]]]:
    at_once = max(1, PIXELS_AT_ONCE // (request.picture.height * request.picture.width))
    return [request.grid[first : first + at_once] for first in range(0, len(request.grid), at_once)]
