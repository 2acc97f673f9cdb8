"""Table 3 of the paper: how often perturbations made for one network fool another."""

from collections.abc import Mapping

SAMPLES = 4000
"""How many ImageNet samples the paper's rates are over."""

_VGG16, _RESNET101, _DENSENET161 = "imagenet/vgg16", "imagenet/resnet101", "imagenet/densenet161"

TABLE_3: Mapping[tuple[str, str], float] = {
    (_VGG16, _VGG16): 100,
    (_VGG16, _RESNET101): 10.8,
    (_VGG16, _DENSENET161): 8.2,
    (_RESNET101, _VGG16): 25.3,
    (_RESNET101, _RESNET101): 100,
    (_RESNET101, _DENSENET161): 12.1,
    (_DENSENET161, _VGG16): 28.2,
    (_DENSENET161, _RESNET101): 17.5,
    (_DENSENET161, _DENSENET161): 100,
}
"""Fooling rates in percent, by source and target."""
