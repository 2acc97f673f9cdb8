"""The same images, many networks (Figure 8): one SparseFool run and two activation maps for each pair."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float

from sparsefool.analysis.shares import Shares, known
from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.models import loaded_model
from sparsefool.backend.progress import NullProgress, Progress
from sparsefool.backend.recently_used import RecentlyUsed
from sparsefool.classifier import Classifier
from sparsefool.devices import choose_device
from sparsefool.errors import ParameterError
from sparsefool.experiments.activation_maps import activation_maps
from sparsefool.experiments.pixel_masks import central_pixels, highlighted_pixels, share_inside
from sparsefool.versions import code_version

CELLS_KEPT = 128
MOST_RUNS = 200
"""Pairs of image and network in one comparison at most."""


@dataclass(frozen=True)
class NetworksRequest:
    """The runs of SparseFool to compare, image by image: equal parameters for every network.

    Attributes:
        runs: one row per image, in it one run per network, in the same order in every row.
        truths: the name of the true class of each image.

    Raises:
        ParameterError: there is no run, or there are too many, or a row has other networks.
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
    def device(self) -> str:
        """Where the runs happen."""
        return self.runs[0][0].device

    @property
    def subject(self) -> tuple[str, ...]:
        """The networks."""
        return self.models


@dataclass(frozen=True, eq=False)
class Cell:
    """One image and one network.

    Attributes:
        report: what SparseFool did.
        label_map, fooling_map: the class-activation maps of the original image, for the network's label of it
            and for its label of the adversarial image (8 bits).
    """

    report: AttackReport
    label_map: Float[np.ndarray, "h w"]
    fooling_map: Float[np.ndarray, "h w"]

    @cached_property
    def changed(self) -> Bool[np.ndarray, "h w"]:
        """The perturbed pixels of the 8-bit image."""
        changed = (self.report.adversarial.pixels != self.report.request.picture.pixels).any(2)
        return np.asarray(changed)

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
    """The answer to a :class:`NetworksRequest`, with a cell for each of its runs."""

    request: NetworksRequest
    cells: tuple[tuple[Cell, ...], ...]


_cells: RecentlyUsed[tuple[object, ...], Cell] = RecentlyUsed(CELLS_KEPT)


def run_networks(request: NetworksRequest, progress: Progress | None = None) -> NetworksReport:
    """Attack every image on every network, one network after the other, and make the activation maps.

    Call it from one thread per device at a time, as :func:`run_attack`. Cells are kept, so that one more
    image or network does not compute the others again.

    Raises:
        ParameterError, ModelError, DeviceError, Cancelled: as :func:`run_attack`.
    """
    progress = progress or NullProgress()
    columns = list(zip(*request.runs, strict=True))
    total = sum(len(column) for column in columns)
    done, cells = 0, []
    for column in columns:
        made = []
        for run in column:
            progress.report(done, total, f"{run.model}, {run.picture.name}: run {done + 1} of {total}")
            made.append(_cell(run, progress))
            done += 1
        cells.append(made)
    return NetworksReport(request, tuple(zip(*cells, strict=True)))


def shares(cells: Sequence[Cell]) -> Shares:
    """Return where the perturbations of one network lie, over the images on which it was fooled (8 bits)."""
    fooled = [cell for cell in cells if cell.report.success_8bit]
    return Shares(
        label=known(share_inside(cell.changed, cell.label_top) for cell in fooled),
        fooling=known(share_inside(cell.changed, cell.fooling_top) for cell in fooled),
        centre=known(
            share_inside(cell.changed, central_pixels((cell.changed.shape[0], cell.changed.shape[1])))
            for cell in fooled
        ),
        elsewhere=known(_elsewhere(cell, fooled) for cell in fooled),
    )


def _elsewhere(cell: Cell, cells: Sequence[Cell]) -> float:
    found = known(share_inside(cell.changed, other.label_top) for other in cells if other is not cell)
    return float(np.mean(found)) if found else math.nan


class _Within:
    """The progress of one run within many: it asks whether to go on, and reports nothing of its own."""

    def __init__(self, whole: Progress) -> None:
        self.check = whole.check

    def report(self, done: int, total: int, text: str, payload: object = None) -> None:
        """Forget it."""


def _cell(run: AttackRequest, progress: Progress) -> Cell:
    progress.check()
    device = str(choose_device(run.device))
    model = loaded_model(run.model, device, progress)
    key = (code_version(), run, model.weights_sha256, device)
    return _cells.recall(key, lambda: _new_cell(run, model.classifier, progress))


def _new_cell(run: AttackRequest, classifier: Classifier, progress: Progress) -> Cell:
    report = run_attack(run, _Within(progress))
    images = run.picture.tensor().to(classifier.device).expand(2, -1, -1, -1)
    labels = torch.tensor([report.before.label, report.after_8bit.label], device=classifier.device)
    maps = activation_maps(classifier, images, labels).cpu().numpy()
    return Cell(report, maps[0], maps[1])
