"""One row of the paper's Table 1: SparseFool with one λ and δ on many images of one network."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from sparsefool.attacks import check_8_bit, sparsefool
from sparsefool.classifier import Classifier
from sparsefool.metrics import Interval, median, median_interval, wilson_interval


@dataclass(frozen=True)
class Measurement:
    """What SparseFool did to n images.

    Attributes:
        n: images attacked.
        fooled, fooled_8bit: how many were fooled, by the float32 result and by the image rounded to 8 bits.
        fooling_interval: 95 % interval of the fooling rate, in [0, 1].
        median_pixels, pixels_interval: median of the changed pixels over the fooled images, and its 95 %
            interval; NaN where none was fooled.
        pixels_per_image: H·W, which a percentage refers to.
        mean_iterations, mean_forwards, mean_backwards: per image, over all images.
        planes_behind: iterations of all images whose plane lay behind the iterate.
        seconds_per_image: wall time of the attack (without the 8-bit check), over all images.
        batch_size: images attacked at once.
    """

    n: int
    fooled: int
    fooled_8bit: int
    fooling_interval: Interval
    median_pixels: float
    pixels_interval: Interval
    pixels_per_image: int
    mean_iterations: float
    mean_forwards: float
    mean_backwards: float
    planes_behind: int
    seconds_per_image: float
    batch_size: int

    @property
    def fooling_rate(self) -> float:
        """Fooled images over all images, in [0, 1] (Section 4.1)."""
        return self.fooled / self.n

    @property
    def median_percent(self) -> float:
        """Median percentage of changed pixels over the fooled images (Section 4.1)."""
        return 100 * self.median_pixels / self.pixels_per_image


def measure_sparsefool(
    classifier: Classifier,
    images: Float[Tensor, "n c h w"],
    *,
    lambda_: float,
    delta: float = 255.0,
    max_iter: int = 50,
    num_candidates: int = 10,
    batch_size: int = 50,
    on_progress: Callable[[int, int], object] | None = None,
) -> Measurement:
    """Attack all images in batches and sum up.

    Args:
        classifier: the network under attack.
        images: in [0, 1]; moved to the classifier's device batch by batch.
        lambda_, delta, max_iter, num_candidates: as in :func:`sparsefool.attacks.sparsefool`.
        batch_size: images attacked at once.
        on_progress: called with the images done and the images in all.

    Raises:
        ParameterError: an argument has the wrong shape or range.
    """
    rows: list[Tensor] = []
    fooled_8bit, seconds = 0, 0.0
    for start in range(0, len(images), batch_size):
        if on_progress is not None:
            on_progress(start, len(images))
        batch = images[start : start + batch_size].to(classifier.device)
        started = time.perf_counter()
        result = sparsefool(
            classifier,
            batch,
            lambda_=lambda_,
            delta=delta,
            max_iter=max_iter,
            num_candidates=num_candidates,
        )
        counts = [
            result.success,
            result.pixels_changed,
            result.iterations,
            result.forwards,
            result.backwards,
            result.planes_behind,
        ]
        rows.append(torch.stack([count.long() for count in counts], dim=1).cpu())
        seconds += time.perf_counter() - started
        fooled_8bit += int(check_8_bit(classifier, result, delta).success.sum())
    success, pixels, iterations, forwards, backwards, behind = torch.cat(rows).T
    fooled_pixels = pixels[success.bool()].tolist()
    n, fooled = len(images), len(fooled_pixels)
    return Measurement(
        n=n,
        fooled=fooled,
        fooled_8bit=fooled_8bit,
        fooling_interval=wilson_interval(fooled, n),
        median_pixels=median(fooled_pixels),
        pixels_interval=median_interval(fooled_pixels) if fooled_pixels else (float("nan"),) * 2,
        pixels_per_image=images.shape[2] * images.shape[3],
        mean_iterations=float(iterations.double().mean()),
        mean_forwards=float(forwards.double().mean()),
        mean_backwards=float(backwards.double().mean()),
        planes_behind=int(behind.sum()),
        seconds_per_image=seconds / n,
        batch_size=batch_size,
    )
