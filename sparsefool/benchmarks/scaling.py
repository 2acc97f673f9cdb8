"""How the cost of SparseFool grows with the side of an image and with the number of candidates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jaxtyping import Float
from torch import Tensor, nn

from sparsefool.attacks import in_batches, sparsefool
from sparsefool.benchmarks.competitors import Limits
from sparsefool.benchmarks.profiler import profiled
from sparsefool.benchmarks.speed import OnProgress
from sparsefool.classifier import Classifier


@dataclass(frozen=True)
class ScalingRow:
    """The cost at one image side and number of candidate classes.

    Attributes:
        side: height and width of the images, in pixels.
        num_candidates: classes that DeepFool considers.
        seconds, forwards, backwards: per image attacked.
        network_share: the share of the wall time spent in the network's forwards and backwards.
        peak_memory: peak bytes above those in use before; None where the system does not say.
    """

    side: int
    num_candidates: int
    seconds: float
    forwards: float
    backwards: float
    network_share: float
    peak_memory: int | None


def measure_scaling(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    *,
    sides: Sequence[int] = (),
    candidates: Sequence[int] = (),
    limits: Limits | None = None,
    on_progress: OnProgress = lambda *_: None,
) -> list[ScalingRow]:
    """Attack the images as one batch, resized to each side in turn, then with each number of candidates.

    Args:
        classifier: the network.
        images: in [0, 1], on its device.
        sides: heights and widths in pixels.
        candidates: numbers of candidate classes, at the images' own size.
        limits: the other parameters of the attack.
        on_progress: called with the number of cases done, the number in all, and what comes next.
    """
    limits = limits or Limits()
    cases = [(side, limits) for side in sides]
    cases += [(images.shape[-1], replace(limits, num_candidates=count)) for count in candidates]
    rows = []
    for done, (side, chosen) in enumerate(cases):
        on_progress(done, len(cases), f"{side} pixels wide, {chosen.num_candidates} candidates")
        sized = images
        if side != images.shape[-1]:
            sized = nn.functional.interpolate(images, (side, side), mode="bilinear").clamp(0, 1)
        with profiled(classifier, images.device) as spent:
            in_batches(
                sparsefool,
                classifier,
                sized,
                lambda_=chosen.lambda_,
                max_iter=chosen.max_iter,
                num_candidates=chosen.num_candidates,
            )
        n, share = len(images), spent.network_seconds / spent.seconds
        passes = spent.forwards / n, spent.backwards / n
        rows.append(
            ScalingRow(side, chosen.num_candidates, spent.seconds / n, *passes, share, spent.peak_memory)
        )
    return rows
