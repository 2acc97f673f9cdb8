"""``python -m tests.sparsest_and_sigma_zero MODEL``: pixels, features and time of both attacks, in one run.

Both attack each block of images, one attack after the other, so that whatever else the machine does disturbs
them alike. Means are over the images that all of them fool. How PyTorch's threads wait for each other is
left to ``OMP_WAIT_POLICY``; the app has them sleep (``PASSIVE``).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

import click
import torch
from torch import Tensor

from sparsefool import load_model
from sparsefool.analysis.statistics import estimate_mean
from sparsefool.attacks import sigma_zero, sparsest
from sparsefool.attacks.core.checks import COUNTS
from sparsefool.formats import with_interval
from sparsefool.runtime import prepare_runtime
from sparsefool.types import AttackResult
from sparsefool.zoo.specs import find_spec
from tests.attacked_images import attacked_images


@dataclass
class Attacked:
    """What an attack has done to blocks of images so far, and the seconds each block took."""

    blocks: list[AttackResult] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def run(self, attack: Callable[[], AttackResult]) -> None:
        """Attack another block of images."""
        begun = time.perf_counter()
        self.blocks.append(attack())
        self.seconds.append(time.perf_counter() - begun)

    def each(self, name: str) -> Tensor:
        """Return an attribute of the result for each image."""
        return torch.cat([getattr(block, name) for block in self.blocks])

    @property
    def passes(self) -> Tensor:
        """Forwards and backwards of each image."""
        return self.each("forwards") + self.each("backwards")


@click.command()
@click.argument("model")
@click.option("--images", type=click.IntRange(1), default=20, show_default=True)
@click.option("--data", type=click.Path(exists=True, path_type=Path), help="Other pictures of the data set.")
@click.option("--steps", type=click.IntRange(1), default=1000, show_default=True, help="Of σ-zero.")
@click.option("--batch", type=click.IntRange(1), default=1, show_default=True)
@click.option("--count", "counts", type=click.Choice(COUNTS), multiple=True, default=COUNTS)
def main(model: str, images: int, data: Path | None, steps: int, batch: int, counts: tuple[str, ...]) -> None:
    """Attack MODEL's first images with σ-zero, and with sparsest by each count, δ = 255."""
    prepare_runtime()
    spec, classifier = find_spec(model), load_model(model, device="cpu")
    smooth, sparse = Attacked(), {count: Attacked() for count in counts}
    for block in attacked_images(spec, images, data).split(batch):
        for count, attacked in sparse.items():
            attacked.run(partial(sparsest, classifier, block, count=count))
        smooth.run(partial(sigma_zero, classifier, block, max_iter=steps))
    click.echo(f"{model}, n = {images}, blocks of {batch}, {torch.get_num_threads()} threads")
    fooled = torch.stack([each.each("success") for each in (smooth, *sparse.values())]).all(0)
    click.echo(_line(f"σ-zero, {steps} steps", smooth, fooled))
    for count, attacked in sparse.items():
        click.echo(_line(f"sparsest, {count}", attacked, fooled))
        ours, theirs = (each.each(f"{count}_changed")[fooled] for each in (attacked, smooth))
        fewer, more = int((ours < theirs).sum()), int((ours > theirs).sum())
        click.echo(
            f"  fewer {count} than σ-zero on {fewer} of {len(ours)} images that all fool, more on "
            f"{more}; {sum(attacked.seconds) / sum(smooth.seconds):.3f} of its time"
        )


def _line(title: str, attacked: Attacked, fooled: Tensor) -> str:
    pixels, features = (
        with_interval(estimate_mean(attacked.each(name)[fooled].tolist()), ".2f")
        for name in ("pixels_changed", "features_changed")
    )
    return (
        f"{title}: fooled {int(attacked.each('success').sum())}; mean pixels {pixels}, features {features}; "
        f"passes {attacked.passes.median().item()} in the median, {attacked.passes.amax().item()} at most; "
        f"{sum(attacked.seconds) / len(fooled):.2f} s per image, blocks {median(attacked.seconds):.2f} s in "
        f"the median, {max(attacked.seconds):.2f} s at most"
    )


if __name__ == "__main__":
    main()
