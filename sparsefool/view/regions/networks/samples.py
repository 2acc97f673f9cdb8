"""What networks share on the chosen pictures, in words (Figure 8)."""

from collections.abc import Sequence

from sparsefool.analysis.overlap import Overlap
from sparsefool.analysis.statistics import FEWEST_FOR_MEAN
from sparsefool.backend.attack.report import AttackReport
from sparsefool.backend.networks import overlaps
from sparsefool.formats import listed, spread
from sparsefool.view.regions.networks.overlaps import overlap_title
from sparsefool.zoo.specs import find_spec


def sample_finding(models: Sequence[str], reports: Sequence[Sequence[AttackReport]]) -> str:
    """Return on the chosen pictures how many pixels the networks share, and how many each perturbs.

    Args:
        models: the networks.
        reports: a row for each picture, with one for each network.
    """
    several = f"these {len(reports)} pictures" if len(reports) > 1 else "this picture"
    columns = zip(models, zip(*reports, strict=True), strict=True)
    sizes = [_size(find_spec(model).title, column) for model, column in columns]
    changed = f"Perturbed pixels, on average where a network is fooled: {listed(sizes)}."
    counted = [each for each in overlaps(reports) if each.n]
    if not counted:
        return f"No two of the networks are fooled by one of {several}. {changed}"
    shared = spread((100 * each.shared.value for each in counted), ".0f")
    few = ", too few for an interval" if len(reports) < FEWEST_FOR_MEAN else ""
    n = max(each.n for each in counted)
    return (
        f"On {several}, two networks share {shared} % of their perturbed pixels "
        f"(n = {n} that {'fools' if n == 1 else 'fool'} both{few}). {changed}"
    )


def _size(network: str, reports: Sequence[AttackReport]) -> str:
    """Return a network with the mean size of the perturbations that fool it."""
    sizes = [report.change_8bit.pixels for report in reports if report.success_8bit]
    of_all = f" ({len(sizes)} of {len(reports)} fool it)" if len(sizes) < len(reports) else ""
    return f"{network} {sum(sizes) / len(sizes):,.0f}{of_all}" if sizes else f"{network} none"


def shared_pixels(found: Sequence[Overlap]) -> str:
    """Return what each two perturbations of an image share, as a sentence."""
    counted = [each for each in found if each.n]
    if not counted:
        return "Shared pixels: nothing to compare, as no two networks of one image size are fooled."
    others = "; the others are not both fooled, or differ in image size" if len(counted) < len(found) else ""
    return f"Shared pixels: {'; '.join(map(_overlap_text, counted))}{others}."


def _overlap_text(overlap: Overlap) -> str:
    """Return what two perturbations of a single image share; there are no others to compare them with."""
    shared, random = 100 * overlap.shared.value, 100 * overlap.random
    return f"{overlap_title(overlap)} {shared:.1f} %, random places {random:.1f} %"
