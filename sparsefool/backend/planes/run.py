"""A network's decision regions around an attack, from the request to the report."""

import time
from functools import partial

import torch
from torch import Tensor

from sparsefool.attacks import GRADIENT_GROWTH
from sparsefool.backend.attack.request import OVERSHOOT, AttackRequest
from sparsefool.backend.models import LoadedModel, with_model
from sparsefool.backend.placement import make_of
from sparsefool.backend.planes.request import ATTACK, RANDOM, PlaneReport, PlaneRequest
from sparsefool.backend.progress import Progress
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.devices import device_info
from sparsefool.errors import ParameterError
from sparsefool.formats import duration
from sparsefool.geometry.attack_trace import AttackTrace
from sparsefool.geometry.flatness import flatness, normal_angles
from sparsefool.geometry.planes import DecisionGrid, Plane, Window, evaluate_grid, plane_through, random_plane
from sparsefool.geometry.recorder import trace_attack
from sparsefool.versions import code_version

ATTACK_MARGIN = 0.15
"""Room around the attack in its plane, in parts of the window."""

RANDOM_REACH = 0.9
"""Half the width of a random plane's window, in distances from x to x_B."""

SHORT_WAIT = 5
"""Seconds left below which the progress does not show them."""

_recordings: RecentlyUsed[tuple[object, ...], AttackTrace] = RecentlyUsed(8)
_reports: RecentlyUsed[tuple[object, ...], PlaneReport] = RecentlyUsed(16)


def run_plane(request: PlaneRequest, progress: Progress) -> PlaneReport:
    """Run the attack and survey the plane (as a job that runs alone).

    Args:
        request: what to do.
        progress: reports the points that are done; the payload is a report on the coarse grid that there is
            so far, or None.

    Raises:
        ParameterError: the attack cannot be run, or found no boundary.
        ModelError: the network cannot be loaded.
        DeviceError: the device does not exist, or its memory is full.
        Cancelled: ``progress.check`` raised it.
    """

    def find(model: LoadedModel, device: str) -> PlaneReport:
        key = (code_version(), model.weights_sha256, make_of(device), request)
        return _reports.recall(key, lambda: _run(request, model, device, progress))

    return with_model(request.attack.model, request.device, progress, find)


def _run(request: PlaneRequest, model: LoadedModel, device: str, progress: Progress) -> PlaneReport:
    started = time.perf_counter()
    recording = _record(request.attack, model, device, progress)
    if not recording.rounds:
        raise ParameterError(f"There is no boundary to look at. {recording.outcome.reason}")
    plane, window = _plane(recording, request)
    report = partial(_report, request, model, device, recording, plane, window, started)
    surveying = time.perf_counter()
    preview: PlaneReport | None = None

    def on_batch(done: int, total: int, coarse: DecisionGrid | None) -> None:
        nonlocal preview
        progress.check()
        if coarse is not None and (preview is None or preview.stride != coarse.stride):
            preview = report(coarse)
        left = (total - done) * (time.perf_counter() - surveying) / done if done else 0
        progress.report(done, total, f"Regions: {done:,} of {total:,} points{_time_left(left)}", preview)

    return report(
        evaluate_grid(model.classifier, plane, window, recording.criterion, on_batch, request.points)
    )


def _time_left(left: float) -> str:
    """Return the seconds that are left as text; empty if there are few."""
    if left < SHORT_WAIT:
        return ""
    return f", about {duration(left)} left"


def _report(
    request: PlaneRequest,
    model: LoadedModel,
    device: str,
    recording: AttackTrace,
    plane: Plane,
    window: Window,
    started: float,
    found: DecisionGrid,
) -> PlaneReport:
    first = recording.rounds[0]
    normal = plane.slope(first.normal / first.normal.norm())
    images = _images(recording) if request.kind == ATTACK else _images(recording)[:2]
    places = [plane.place(image) for image in images]
    at = plane.images(torch.tensor(places))
    off = max(255 * float((image - on).norm()) for image, on in zip(images, at, strict=True))
    labels = sorted(set(found.labels.flatten().tolist()))
    return PlaneReport(
        model=request.attack.model,
        kind=request.kind,
        lambda_=request.attack.lambda_,
        subject=" ".join(request.subject),
        start_label=recording.start.label,
        end_label=recording.rounds[-1].tested.label,
        rounds=len(recording.rounds),
        distance=255 * float((first.boundary_point.image - recording.start.image).norm()),
        device=device_info(device).name,
        names={label: model.classifier.class_name(label) for label in labels},
        ticks=(window.ticks(0, request.points).numpy(), window.ticks(1, request.points).numpy()),
        labels=found.labels.numpy(),
        margins=found.margins.numpy(),
        start=places[0],
        boundary_point=places[1],
        iterates=tuple(places[2:]),
        off_plane=off,
        normal=normal,
        flatness=flatness(found.margins, window, places[1], normal),
        turns=normal_angles(recording),
        seconds=time.perf_counter() - started,
        stride=found.stride,
    )


def _record(request: AttackRequest, model: LoadedModel, device: str, progress: Progress) -> AttackTrace:
    def attack() -> AttackTrace:
        progress.report(0, 0, "Attacking the picture")
        return trace_attack(
            model.classifier,
            request.picture.tensor().to(device),
            lambda_=request.lambda_,
            delta=request.delta,
            max_iter=request.max_iter,
            num_candidates=request.num_candidates,
            max_gradient_growth=GRADIENT_GROWTH,
            overshoot=OVERSHOOT,
            target=request.target,
            on_event=lambda _: progress.check(),
        )

    return _recordings.recall((code_version(), model.weights_sha256, device, request), attack)


def _images(recording: AttackTrace) -> list[Tensor]:
    """Return x, the first x_B, and the images tested in the rounds."""
    first = recording.rounds[0].boundary_point.image
    return [recording.start.image, first, *(each.tested.image for each in recording.rounds)]


def _plane(recording: AttackTrace, request: PlaneRequest) -> tuple[Plane, Window]:
    start, boundary_point, *tested = _images(recording)
    if request.kind == RANDOM:
        plane = random_plane(boundary_point, recording.rounds[0].normal, request.seed)
        place = plane.place(start)
        reach = RANDOM_REACH * 255 * float((boundary_point - start).norm())
        return plane, Window((place[0] / 2, place[1] / 2), reach)
    plane = plane_through(start, boundary_point - start, tested[-1] - start)
    places = [plane.place(image) for image in (start, boundary_point, *tested)]
    return plane, Window.around(places, ATTACK_MARGIN)
