"""The same image on many networks as rows of pictures: the original, and each network's perturbed pixels."""

from collections.abc import Sequence

from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.networks import NetworksRequest
from sparsefool.data.pictures import Picture
from sparsefool.formats import counted
from sparsefool.view.shared.picture_rows import Figure
from sparsefool.view.shared.pictures import Change, darkened, mark_changes
from sparsefool.zoo.specs import find_spec


def networks_figures(
    request: NetworksRequest, reports: Sequence[Sequence[AttackReport | None]]
) -> list[tuple[Figure, ...]]:
    """Return a row for each image: the original, and the perturbed pixels of each network.

    Args:
        request: the runs.
        reports: their results, in the same rows; None for one that has not been run.
    """
    return [
        (_original(runs[0].picture, truth), *map(_perturbed, runs, row))
        for runs, row, truth in zip(request.runs, reports, request.truths, strict=True)
    ]


def _original(picture: Picture, truth: str) -> Figure:
    return Figure(picture, f"The original picture of class {truth}.", "Original", (f"true class: {truth}",))


def _perturbed(run: AttackRequest, report: AttackReport | None) -> Figure:
    title = find_spec(run.model).title
    if report is None:
        dark = Picture(darkened(run.picture), f"{run.picture.name}, not attacked yet")
        return Figure(dark, f"{title} has not been attacked on this picture yet.", title, ("not run yet",))
    change, before, after = report.change_8bit, report.before.name, report.after_8bit.name
    outcome = f"{before} → {after}" if report.success_8bit else f"{before} stays {after}"
    pixels = counted(change.pixels, "pixel")
    return Figure(
        mark_changes(run.picture, report.adversarial),
        f"{title}: {outcome} with {pixels} perturbed, in yellow.",
        title,
        (outcome, f"{pixels}, {change.percent:.2g} %"),
        change=Change(run.picture, report.adversarial),
    )
