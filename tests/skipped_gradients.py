"""``python -m tests.skipped_gradients MODEL``: what skipping gradients saves, and how often nothing changes.

Each test image is attacked alone, with every gradient computed one by one, so that both runs round alike, and
with those skipped that ``--growth`` allows.
"""

import math

import click
import torch

from sparsefool import load_model
from sparsefool.attacks import GRADIENT_GROWTH, in_batches, round_to_8_bits, sparsefool
from sparsefool.attacks.core import nearest_plane
from sparsefool.zoo.specs import find_spec
from tests.attacked_images import attacked_images


@click.command()
@click.argument("model")
@click.option("--images", type=click.IntRange(1), default=20, show_default=True)
@click.option("--growth", type=click.FloatRange(1), default=GRADIENT_GROWTH, show_default=True)
@click.option("--batch", type=click.IntRange(1), default=1, show_default=True)
def main(model: str, images: int, growth: float, batch: int) -> None:
    """Compare SparseFool at λ = 3 with and without skipped gradients on MODEL's test images."""
    nearest_plane.MAX_GRADIENTS_CPU = 1
    spec, classifier = find_spec(model), load_model(model, device="cpu")
    originals = attacked_images(spec, images)
    every, few = (
        in_batches(sparsefool, classifier, originals, batch_size=batch, max_gradient_growth=bound)
        for bound in (math.inf, growth)
    )
    in_8_bits = [round_to_8_bits(originals, each.adversarial, 255.0)[1] for each in (every, few)]
    other = (in_8_bits[0] != in_8_bits[1]).flatten(1).any(1)
    pixels = [each.pixels_changed[other].float().mean().item() for each in (every, few)]
    passes = [torch.stack([each.forwards, each.backwards]).sum(1).tolist() for each in (every, few)]
    click.echo(
        f"{model}, n = {images}: {passes[1][1] / passes[0][1]:.3f} of the backwards and "
        f"{sum(passes[1]) / sum(passes[0]):.3f} of all passes; fooled {int(few.success.sum())} and "
        f"{int(every.success.sum())}; the same 8-bit image {images - int(other.sum())} times, elsewhere "
        f"{pixels[1]:.1f} pixels in the mean instead of {pixels[0]:.1f}"
    )


if __name__ == "__main__":
    main()
