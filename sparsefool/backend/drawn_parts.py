"""Parts of pictures that a person has drawn, and how far the perturbations of attacks prefer them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool

from sparsefool.analysis.enrichment import Enrichment, corrected, enrichment_of, enrichment_of_each
from sparsefool.analysis.statistics import Estimate, estimate_mean
from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.run import recall_or_run
from sparsefool.backend.networks import NetworksRequest, OnlyCheck, changed_by
from sparsefool.backend.progress import NullProgress, Progress
from sparsefool.data.annotations import OBJECT, parse_annotations

Masks = Mapping[str, Bool[np.ndarray, "h w"]]
"""The pixels of each part of a picture, by its name."""


@dataclass(frozen=True)
class PartMeasure:
    """How much of the perturbations lies on a part, over the pictures that have it.

    Attributes:
        part: its name.
        of: what its area is measured by: the object of a picture, or the image where no object was drawn.
        inside, total: perturbed pixels on the part, and on what it is measured by, in all of these pictures.
        found: the measure, its p-values corrected for the number of parts.
        enrichment: the mean enrichment of ``found`` with an interval from ten pictures on.
    """

    part: str
    of: str
    inside: int
    total: int
    found: Enrichment
    enrichment: Estimate

    @property
    def n(self) -> int:
        """Pictures that count: those with the part and with a perturbed pixel on what it is measured by."""
        return self.found.n


@dataclass(frozen=True)
class PartsRequest:
    """The pictures on which parts were drawn, to be attacked on several networks.

    Attributes:
        images: the runs, a row for each picture.
        lines: the parts of each picture, as a line of a file of annotations.
    """

    images: NetworksRequest
    lines: tuple[str, ...]

    @property
    def device(self) -> str:
        """Where the runs take place."""
        return self.images.device

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks on which it runs."""
        return self.images.networks

    @property
    def subject(self) -> tuple[str, ...]:
        """The networks."""
        return self.images.models


@dataclass(frozen=True, eq=False)
class PartsReport:
    """The results of a :class:`PartsRequest`.

    Attributes:
        request: what was asked for.
        attacks: a row for each picture, with one result for each network.
        masks: the parts of each picture in the input size of each network, likewise.
        measures: of each part on each network, over the pictures that fooled it (8 bits).
    """

    request: PartsRequest
    attacks: tuple[tuple[AttackReport, ...], ...]
    masks: tuple[tuple[Masks, ...], ...] = field(repr=False)
    measures: Mapping[str, tuple[PartMeasure, ...]]


def run_parts(request: PartsRequest, progress: Progress | None = None) -> PartsReport:
    """Attack every picture on every network, one network after the other, and measure the parts.

    Call it from one thread per device at a time, as :func:`sparsefool.backend.attack.run.run_attack`.
    Attacks that have been run before are not run again.

    Raises:
        DataError: the parts cannot be those of a picture.
        ParameterError, ModelError, DeviceError, Cancelled: as ``run_attack``.
    """
    progress = progress or NullProgress()
    annotations = parse_annotations("\n".join(request.lines), "the drawn parts")
    models, columns = request.images.models, list(zip(*request.images.runs, strict=True))
    total, results, masks, measures = len(models) * len(annotations), [], [], {}
    for number, (model, column) in enumerate(zip(models, columns, strict=True)):
        reports, parts = [], []
        for place, (run, annotation) in enumerate(zip(column, annotations, strict=True)):
            done = number * len(annotations) + place
            progress.report(done, total, f"{model}, {run.picture.name}: run {done + 1} of {total}")
            progress.check()
            reports.append(recall_or_run(run, OnlyCheck(progress)))
            here = annotation.scaled((run.picture.height, run.picture.width))
            parts.append({name: here.mask(name) for name in here.parts})
        fooled = [place for place, report in enumerate(reports) if report.success_8bit]
        measures[model] = measure_parts(
            [parts[place] for place in fooled], [changed_by(reports[place]) for place in fooled]
        )
        results.append(reports)
        masks.append(parts)
    by_picture = tuple(zip(*results, strict=True)), tuple(zip(*masks, strict=True))
    return PartsReport(request, *by_picture, measures)


def measure_parts(
    pictures: Sequence[Masks], changed: Sequence[Bool[np.ndarray, "h w"]]
) -> tuple[PartMeasure, ...]:
    """Return the measure of each part, in the order in which they first come.

    A part is measured by the object of its picture, or by the image where no object was drawn; the object
    itself by the image. No picture stands in for another: there are too few of a class.

    Args:
        pictures: the parts of each, all of one size.
        changed: the perturbed pixels of each.
    """
    names = list(dict.fromkeys(name for parts in pictures for name in parts))
    if not names:
        return ()
    weights = np.stack(changed).astype(np.float64)
    nothing, everything = np.zeros_like(changed[0]), np.ones_like(changed[0])
    drawn = []
    for name in names:
        parts = np.stack([each.get(name, nothing) for each in pictures])
        wholes = [everything if name == OBJECT else each.get(OBJECT, everything) for each in pictures]
        drawn.append((parts, np.stack(wholes)))
    found = [
        enrichment_of(name, weights, *masks, groups=np.arange(len(weights)))
        for name, masks in zip(names, drawn, strict=True)
    ]
    return tuple(_measure(each, weights, *masks) for each, masks in zip(corrected(found), drawn, strict=True))


def _measure(
    found: Enrichment,
    weights: np.ndarray,
    parts: Bool[np.ndarray, "n h w"],
    wholes: Bool[np.ndarray, "n h w"],
) -> PartMeasure:
    each = enrichment_of_each(weights, parts, wholes)
    counted = np.isfinite(each)
    in_image = wholes[counted].all((1, 2))
    return PartMeasure(
        part=found.part,
        of="image" if in_image.all() else "object or image" if in_image.any() else "object",
        inside=int((weights * (parts & wholes))[counted].sum()),
        total=int((weights * wholes)[counted].sum()),
        found=found,
        enrichment=estimate_mean(each[counted].tolist()),
    )
