"""Does a device find the same 8-bit images as the CPU does in float32? python -m tests.gpu.same_results

Each network's first test images are attacked on the device, as its default is (on a GPU: convolutions in
TF32) and once more in float32, and on the CPU in float32. An image counts as the same where all values of the
8-bit image are. It also counts as confirmed where the device's 8-bit image is given another label on the CPU,
or where neither the device nor the CPU fools the network.

The exit code is 1 where less than 95 % of the images of all networks and attacks are the same, or are
confirmed, with the device's default.
"""

from dataclasses import dataclass

import click
import torch
from torch import Tensor

from sparsefool.attacks import check_8_bit, find_attack, in_batches
from sparsefool.classifier import Classifier
from sparsefool.data.samples import load_samples
from sparsefool.devices import choose_device, device_info
from sparsefool.formats import percent
from sparsefool.zoo.loading import load_model
from sparsefool.zoo.specs import find_spec

REQUIRED = 0.95
DELTA = 255.0


@dataclass(frozen=True)
class Found:
    """The 8-bit images [n, c, h, w] that an attack found, on the CPU, and which of them fool there."""

    images: Tensor
    fooled: Tensor


@dataclass(frozen=True)
class Agreement:
    """How many of n images are the same, are confirmed by the CPU; and the pixels changed, in the mean."""

    n: int
    same: int
    confirmed: int
    pixels: float
    expected_pixels: float

    def __str__(self) -> str:
        return (
            f"same 8-bit image {self.same}/{self.n}, confirmed on the CPU {self.confirmed}/{self.n}, "
            f"{self.pixels:.2f} pixels in the mean, {self.expected_pixels:.2f} on the CPU"
        )


def find(classifier: Classifier, images: Tensor, attack: str) -> Found:
    """Return what an attack finds on the classifier's device."""
    options = {"lambda_": 3.0} if "lambda_" in find_attack(attack).ranges else {}
    result = in_batches(find_attack(attack).run, classifier, images.to(classifier.device), **options)
    checked = check_8_bit(classifier, result, DELTA)
    return Found(checked.images.cpu(), checked.success.cpu())


def compare(there: Found, here: Found, images: Tensor, classifier: Classifier) -> Agreement:
    """Return how far what a device found agrees with what the CPU found.

    Args:
        there, here: what the device and the CPU found for the same images.
        images: the originals, on the CPU.
        classifier: the network on the CPU.
    """
    with torch.no_grad():
        fools_here = classifier(there.images).argmax(1) != classifier(images).argmax(1)
    same = (there.images == here.images).flatten(1).all(1)
    confirmed = torch.where(there.fooled, fools_here, ~here.fooled)
    pixels, expected = (
        float((found.images != images).any(1).flatten(1).sum(1).double().mean()) for found in (there, here)
    )
    return Agreement(len(images), int(same.sum()), int(confirmed.sum()), pixels, expected)


@click.command()
@click.option("--device", default="auto", show_default=True)
@click.option("--images", "n", type=click.IntRange(1), default=40, show_default=True)
@click.option(
    "--model",
    "models",
    multiple=True,
    default=("cifar10/resnet18", "cifar10/vgg19", "cifar10/resnet18-linf"),
    show_default=True,
)
@click.option("--attack", "attacks", multiple=True, default=("sparsefool", "sparsest"), show_default=True)
@click.pass_context
def main(
    context: click.Context, device: str, n: int, models: tuple[str, ...], attacks: tuple[str, ...]
) -> None:
    """Compare the 8-bit images found on a device with those found on the CPU in float32."""
    place = choose_device(device)
    defaults = list[Agreement]()
    for model in models:
        spec = find_spec(model)
        images = load_samples(spec.gallery, spec.input_size).images[:n]
        on_cpu, on_device = load_model(model, "cpu"), load_model(model, place)
        for attack in attacks:
            here = find(on_cpu, images, attack)
            for float32 in (False, True)[: 2 if place.type == "cuda" else 1]:
                with torch.backends.cudnn.flags(enabled=True, allow_tf32=not float32):
                    there = find(on_device, images, attack)
                agreement = compare(there, here, images, on_cpu)
                click.echo(f"{model}, {attack}{', device in float32' if float32 else ''}: {agreement}")
                if not float32:
                    defaults.append(agreement)
    total = sum(each.n for each in defaults)
    same, confirmed = sum(each.same for each in defaults), sum(each.confirmed for each in defaults)
    click.echo(
        f"{device_info(place)}, torch {torch.__version__}: same {same}/{total} = {percent(same / total, 1)}, "
        f"confirmed {confirmed}/{total} = {percent(confirmed / total, 1)}, required {percent(REQUIRED)}"
    )
    context.exit(int(min(same, confirmed) < REQUIRED * total))


if __name__ == "__main__":
    main()
