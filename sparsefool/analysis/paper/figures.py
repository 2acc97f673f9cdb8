"""The figures that the paper reports, to compare with those measured here."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PaperFigure:
    """What the paper reports of one attack on one network; None where it gives no figure.

    Attributes:
        place: where in the paper.
        network: as the paper calls it.
        model: the same network here.
        attack: the attack's title here.
        fooling_rate: in percent.
        pixels: perturbed pixels in percent: the median, except in Section 2.2, which gives an average.
        seconds: per image, on the authors' machine (a GeForce GTX Titan X).
    """

    place: str
    network: str
    model: str
    attack: str
    fooling_rate: float | None = None
    pixels: float | None = None
    seconds: float | None = None

    @property
    def median_pixels(self) -> float | None:
        """The median of the perturbed pixels in percent; None where the paper gives none."""
        return None if self.place == "Section 2.2" else self.pixels


_LENET = ("Table 1", "LeNet", "mnist/lenet")
_VGG19 = ("Table 1", "VGG-19", "cifar10/vgg19")
_RESNET18 = ("Table 1", "ResNet-18", "cifar10/resnet18")
_ROBUST = ("Section 4.2", "ResNet-18, adversarially trained", "cifar10/resnet18-linf")
_VGG16 = ("VGG-16", "imagenet/vgg16")
_RESNET101 = ("ResNet-101", "imagenet/resnet101")
_DENSENET161 = ("DenseNet-161", "imagenet/densenet161")
_INCEPTION = ("Inception-v3", "imagenet/inception_v3")

PAPER_FIGURES: tuple[PaperFigure, ...] = (
    PaperFigure(*_LENET, "SparseFool", 99.93, 1.66, 0.14),
    PaperFigure(*_LENET, "JSMA", 95.73, 4.85, 0.66),
    PaperFigure(*_LENET, "One-pixel attack", 100, 9.43, 310.2),
    PaperFigure(*_VGG19, "SparseFool", 100, 1.07, 0.34),
    PaperFigure(*_VGG19, "JSMA", 98.12, 2.25, 6.28),
    PaperFigure(*_VGG19, "One-pixel attack", 100, 0.15, 102.7),
    PaperFigure(*_RESNET18, "SparseFool", 100, 1.27, 0.69),
    PaperFigure(*_RESNET18, "JSMA", 100, 3.91, 8.73),
    PaperFigure(*_RESNET18, "One-pixel attack", 100, 0.2, 167.4),
    PaperFigure(*_ROBUST, "SparseFool", None, 2.44, 0.3),
    PaperFigure("Table 2", *_VGG16, "SparseFool", 100, 0.18, 5.09),
    PaperFigure("Table 2", *_RESNET101, "SparseFool", 100, 0.23, 8.07),
    PaperFigure("Table 2", *_DENSENET161, "SparseFool", 100, 0.29, 10.07),
    PaperFigure("Table 2", *_INCEPTION, "SparseFool", 100, 0.14, 4.94),
    PaperFigure("Section 4.2", *_VGG16, "Random noise", 18.2),
    PaperFigure("Section 4.2", *_RESNET101, "Random noise", 13.2),
    PaperFigure("Section 4.2", *_DENSENET161, "Random noise", 14.5),
    PaperFigure("Section 4.2", *_INCEPTION, "Random noise", 9.6),
    PaperFigure("Section 2.2", *_VGG16, "ℓ1-DeepFool, unclipped", 100, 0.037),
    PaperFigure("Section 2.2", *_VGG16, "ℓ1-DeepFool, clipped at the end", 13),
)
"""Tables 1 and 2, and the figures of Sections 2.2 and 4.2."""

STATED_RATIOS = {("mnist/lenet", "One-pixel attack"): 5.5}
"""Pixels of an attack over SparseFool's as the text has them, where the table's own figures give another."""

STAND_INS = tuple(f"imagenet/efficientnet-lite{number}" for number in range(3))
"""The networks measured in the place of the paper's ImageNet networks, which need a download."""

SAMPLES = 4000
"""How many ImageNet samples the rates of Table 3 are over."""

_VGG, _RESNET, _DENSENET = "imagenet/vgg16", "imagenet/resnet101", "imagenet/densenet161"

TABLE_3: Mapping[tuple[str, str], float] = {
    (_VGG, _VGG): 100,
    (_VGG, _RESNET): 10.8,
    (_VGG, _DENSENET): 8.2,
    (_RESNET, _VGG): 25.3,
    (_RESNET, _RESNET): 100,
    (_RESNET, _DENSENET): 12.1,
    (_DENSENET, _VGG): 28.2,
    (_DENSENET, _RESNET): 17.5,
    (_DENSENET, _DENSENET): 100,
}
"""Table 3: fooling rates in percent, by source and target."""
