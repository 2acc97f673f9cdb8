"""The same images on many networks (Figure 8): one SparseFool run and two activation maps for each pair."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np
import torch
from jaxtyping import Bool, Float

from sparsefool.analysis.overlap import Overlap, overlap_of
from sparsefool.analysis.shares import Shares, known
from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.report_store import report_store
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import recall_or_run
from sparsefool.backend.models import loaded_model
from sparsefool.backend.placement import make_of, place_of
from sparsefool.backend.progress import NullProgress, Progress
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError
from sparsefool.experiments.activation_maps import activation_maps
from sparsefool.experiments.pixel_masks import central_pixels, highlighted_pixels, maps_of_next, share_inside
from sparsefool.versions import code_version

RESULTS_KEPT = 128
MOST_RUNS = 200
"""Pairs of image and network in one request at most."""


@dataclass(frozen=True)
class NetworksRequest:
    """The runs of SparseFool to compare.

    Attributes:
        runs: one row per image, with one run per network; every row has the same networks in the same order.
        truths: the name of the true class of each image.

    Raises:
        ParameterError: there is no run, or there are too many, or the rows differ in their networks.
    """

    runs: tuple[tuple[AttackRequest, ...], ...]
    truths: tuple[str, ...] = field(compare=False)

    def __post_init__(self) -> None:
        count = sum(len(row) for row in self.runs)
        if not 1 <= count <= MOST_RUNS:
            raise ParameterError(
                f"Choose at least one image and one network, and at most {MOST_RUNS} pairs of both; these "
                f"are {count}."
            )
        if len(self.truths) != len(self.runs):
            raise ParameterError(
                f"{len(self.runs)} images need as many true classes, not {len(self.truths)}."
            )
        if any([run.model for run in row] != list(self.models) for row in self.runs):
            raise ParameterError("Every image must be given to the same networks in the same order.")

    @property
    def models(self) -> tuple[str, ...]:
        """The networks, in order."""
        return tuple(run.model for run in self.runs[0])

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks on which it runs."""
        return self.models

    @property
    def device(self) -> str:
        """Where the runs take place."""
        return self.runs[0][0].device

    @property
    def subject(self) -> tuple[str, ...]:
        """The networks."""
        return self.models


@dataclass(frozen=True, eq=False)
class ImageResult:
    """What SparseFool did to one image on one network.

    Attributes:
        report: of the attack.
        label_map, fooling_map: the class-activation maps of the original image, for the network's label of it
            and for its label of the adversarial image (8 bits).
    """

    report: AttackReport
    label_map: Float[np.ndarray, "h w"]
    fooling_map: Float[np.ndarray, "h w"]

    @cached_property
    def changed(self) -> Bool[np.ndarray, "h w"]:
        """The perturbed pixels of the 8-bit image."""
        return changed_by(self.report)

    @cached_property
    def label_top(self) -> Bool[np.ndarray, "h w"]:
        """The top 20 % of the class-activation map of the original label; empty where that is zero."""
        return highlighted_pixels(self.label_map)

    @cached_property
    def fooling_top(self) -> Bool[np.ndarray, "h w"]:
        """The top 20 % of the class-activation map of the fooling label; empty where that is zero."""
        return highlighted_pixels(self.fooling_map)


@dataclass(frozen=True, eq=False)
class NetworksReport:
    """The results of a :class:`NetworksRequest`.

    Attributes:
        request: what was asked for.
        results: one for each run of the request: a row per image, with one result per network.
    """

    request: NetworksRequest
    results: tuple[tuple[ImageResult, ...], ...]


_results: RecentlyUsed[tuple[object, ...], ImageResult] = RecentlyUsed(RESULTS_KEPT)


def run_networks(request: NetworksRequest, progress: Progress | None = None) -> NetworksReport:
    """Attack every image on every network, one network after the other, and compute the activation maps.

    Call it from one thread per device at a time, as :func:`sparsefool.backend.attack.run.run_attack`. Results
    are kept, so that one more image or network does not compute the others again.

    Raises:
        ParameterError, ModelError, DeviceError, Cancelled: as ``run_attack``.
    """
    progress = progress or NullProgress()
    columns = list(zip(*request.runs, strict=True))
    total = sum(len(column) for column in columns)
    done, results = 0, []
    for column in columns:
        of_network = []
        for run in column:
            progress.report(done, total, f"{run.model}, {run.picture.name}: run {done + 1} of {total}")
            of_network.append(_result(run, progress))
            done += 1
        results.append(of_network)
    return NetworksReport(request, tuple(zip(*results, strict=True)))


def shares(results: Sequence[ImageResult]) -> Shares:
    """Return where the perturbations of one network lie, over the images that fooled it (8 bits).

    Args:
        results: of all images on this network, fooled or not: an image's next one is the next of them.
    """
    next_tops = maps_of_next(np.stack([result.label_top for result in results]))
    fooled = [
        (result, next_top)
        for result, next_top in zip(results, next_tops, strict=True)
        if result.report.success_8bit
    ]
    centre = central_pixels((next_tops.shape[1], next_tops.shape[2]))
    return Shares(
        label=known(share_inside(result.changed, result.label_top) for result, _ in fooled),
        fooling=known(share_inside(result.changed, result.fooling_top) for result, _ in fooled),
        centre=known(share_inside(result.changed, centre) for result, _ in fooled),
        elsewhere=known(share_inside(result.changed, next_top) for result, next_top in fooled),
    )


def changed_by(report: AttackReport) -> Bool[np.ndarray, "h w"]:
    """Return the perturbed pixels of an attack's 8-bit image."""
    return np.asarray((report.adversarial.pixels != report.request.picture.pixels).any(2))


def finished_reports(request: NetworksRequest) -> tuple[tuple[AttackReport | None, ...], ...]:
    """Return the finished report of each run, those that come with the project among them; nothing is run.

    Returns:
        A row per image, with one report per network; None where there is none yet.
    """
    return tuple(tuple(report_store().find(run) for run in row) for row in request.runs)


def overlaps(reports: Sequence[Sequence[AttackReport]]) -> Sequence[Overlap]:
    """Return how far the perturbations of each pair of networks share pixels.

    Only images that fooled both networks (8 bits) count; where two networks take images of different sizes,
    none does.

    Args:
        reports: a row per image, with one report per network.
    """
    columns = zip(*reports, strict=True)
    return [_overlap(first, second) for first, second in combinations(columns, 2)]


def _overlap(first: Sequence[AttackReport], second: Sequence[AttackReport]) -> Overlap:
    masks = [
        (changed_by(a), changed_by(b))
        for a, b in zip(first, second, strict=True)
        if a.success_8bit and b.success_8bit and a.adversarial.pixels.shape == b.adversarial.pixels.shape
    ]
    return overlap_of((first[0].request.model, second[0].request.model), masks)


class OnlyCheck(NullProgress):
    """The progress of one run among many: it can be cancelled, and reports nothing of its own."""

    def __init__(self, whole: Progress) -> None:
        self._whole = whole

    def check(self) -> None:
        """Return unless the whole has been cancelled.

        Raises:
            Cancelled: it has been.
        """
        self._whole.check()


def _result(run: AttackRequest, progress: Progress) -> ImageResult:
    progress.check()
    device = place_of(run.device)
    model = loaded_model(run.model, device, progress)
    key = (code_version(), run, model.weights_sha256, make_of(device))
    return _results.recall(key, lambda: _new_result(run, model.classifier, progress))


def _new_result(run: AttackRequest, classifier: Classifier, progress: Progress) -> ImageResult:
    report = recall_or_run(run, OnlyCheck(progress))
    images = run.picture.tensor().to(classifier.device).expand(2, -1, -1, -1)
    labels = torch.tensor([report.before.label, report.after_8bit.label], device=classifier.device)
    maps = activation_maps(classifier, images, labels).cpu().numpy()
    return ImageResult(report, maps[0], maps[1])
