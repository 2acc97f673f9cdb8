"""Running SparseFool on one picture with every λ and δ, in as few batches as memory allows."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.backend.attack.first_boundary import first_boundary
from sparsefool.backend.attack.run import predict
from sparsefool.backend.models import LoadedModel, with_model
from sparsefool.backend.progress import NullProgress, Progress
from sparsefool.backend.sweeps.points import points_of
from sparsefool.backend.sweeps.request import SeenClass, SweepPoint, SweepReport, SweepRequest
from sparsefool.classifier import Classifier
from sparsefool.devices import device_info
from sparsefool.experiments.pair_attacks import Pairs, attack_grid, batches, pair_rows
from sparsefool.types import AttackResult, Outcome, StepEvent


def run_sweep(request: SweepRequest, progress: Progress | None = None) -> SweepReport:
    """Attack the picture with every pair of a request; the first linearisation is found once, and kept.

    Args:
        request: what to do.
        progress: reports each iteration, with the points that are finished so far as payload (a tuple of
            :class:`~sparsefool.backend.sweeps.request.SweepPoint`, in no order); its ``check`` is called
            after every step.

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
    image = request.picture.tensor().to(device)
    single = request.single(*request.grid[0])
    boundary, known = first_boundary(single, model, image, progress)
    forwards, backwards = (0, 0) if known else (int(boundary.forwards[0]), int(boundary.backwards[0]))
    found: dict[tuple[float, float], SweepPoint] = {}
    parts = batches(request.grid, request.picture.height * request.picture.width)
    with model.passes.joined() as classifier:
        for number, pairs in enumerate(parts):
            watcher = _FinishedPairs(request, classifier, image, pairs, found, progress, (number, len(parts)))
            result = attack_grid(
                classifier,
                image,
                pairs,
                boundary,
                max_iter=request.max_iter,
                num_candidates=request.num_candidates,
                observer=watcher,
                check=progress.check,
            )
            forwards += int(result.forwards.sum())
            backwards += int(result.backwards.sum())
            watcher.add([row for row, pair in enumerate(pairs) if pair not in found], result)
    prediction = predict(classifier, boundary.logits[0])
    return SweepReport(
        request=request,
        before=SeenClass(prediction.label, prediction.name, prediction.confidence),
        points=tuple(found[pair] for pair in request.grid),
        weights_sha256=model.weights_sha256,
        device=str(device_info(device)),
        forwards=forwards,
        backwards=backwards,
        seconds=time.perf_counter() - started,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


class _FinishedPairs:
    """An observer of one batch: it adds the point of each pair that has just fooled the network, and reports.

    Args:
        request: of which the batch is a part.
        classifier: the network.
        image: the original, shape [1, c, h, w].
        pairs: of the batch.
        found: the points so far, to which it adds.
        progress: what it reports to.
        place: the number of the batch, from 0, and how many there are.
    """

    def __init__(
        self,
        request: SweepRequest,
        classifier: Classifier,
        image: Float[Tensor, "1 c h w"],
        pairs: Pairs,
        found: dict[tuple[float, float], SweepPoint],
        progress: Progress,
        place: tuple[int, int],
    ) -> None:
        self._request, self._classifier, self._image = request, classifier, image
        self._pairs, self._found, self._progress, self._place = pairs, found, progress, place

    def __call__(self, event: StepEvent) -> None:
        labels = event.logits.argmax(1)
        fooled = (labels != event.labels) & event.logits.isfinite().all(1)
        rows = event.rows[fooled].tolist()
        if rows:
            self._add(rows, _fooled(event, fooled, self._image))
        (number, batches), limit = self._place, self._request.max_iter
        batch = f"batch {number + 1} of {batches}, " if batches > 1 else ""
        left = len(event.rows) - len(rows)
        self._progress.report(
            number * limit + event.iteration,
            batches * limit,
            f"{len(self._found)} of {len(self._request.grid)} done: {batch}{left} go on after iteration "
            f"{event.iteration} of at most {limit}",
            tuple(self._found.values()),
        )

    def add(self, rows: Sequence[int], result: AttackResult) -> None:
        """Add the points of these rows of the batch's result."""
        if rows:
            chosen = torch.tensor(rows, device=self._image.device)
            self._add(rows, AttackResult(**{name: value[chosen] for name, value in vars(result).items()}))

    def _add(self, rows: Sequence[int], result: AttackResult) -> None:
        pairs = [self._pairs[row] for row in rows]
        table = pair_rows(self._classifier, result, pairs)
        points = points_of(table, self._request.picture, self._classifier.class_name)
        self._found.update(zip(pairs, points, strict=True))


def _fooled(event: StepEvent, fooled: Tensor, image: Tensor) -> AttackResult:
    """Return the images of an event that are marked as fooled as a result; their passes are not known."""
    images = event.images[fooled]
    count = torch.zeros_like(event.labels[fooled])
    return AttackResult(
        images=image.expand_as(images),
        adversarial=images,
        labels=event.labels[fooled],
        adversarial_labels=event.logits[fooled].argmax(1),
        success=torch.ones_like(count, dtype=torch.bool),
        iterations=count + event.iteration,
        forwards=count,
        backwards=count,
        outcomes=count + int(Outcome.FOOLED),
        planes_behind=count,
    )
