"""Class-activation maps: which part of an image is evidence for a class (Grad-CAM, by captum).

Selvaraju et al., Grad-CAM: visual explanations from deep networks via gradient-based localization, ICCV 2017.
The map is taken at the network's last feature map, found by one rule for all networks: of the modules, in the
order in which they finish during a forward pass, the last one that returns a single tensor [n, channels,
height, width] with at least MIN_SIDE rows and columns. That is the input of the global pooling (``layer4`` of
a ResNet, ``features`` of a DenseNet, ``Mixed_7c`` of Inception-v3), and in networks that pool down to one
value within their features (VGG-19 for CIFAR-10) the last map that still has room for a "where".
"""

import copy
from itertools import chain

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from sparsefool.classifier import Classifier
from sparsefool.errors import ModelError

MIN_SIDE = 4
"""Rows and columns that a feature map has at least."""


def last_feature_map(classifier: Classifier, images: Float[Tensor, "n c h w"]) -> nn.Module:
    """Return the module that makes the last feature map (see the module's description).

    Hooks are set on the network meanwhile, so no other thread may use it.

    Raises:
        ModelError: no module returns one.
    """
    found: list[nn.Module] = []

    def record(module: nn.Module, _: object, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and min(output.shape[2:]) >= MIN_SIDE:
            found.append(module)

    network = classifier.network
    parts = [module for module in network.modules() if module is not network]
    hooks = [module.register_forward_hook(record) for module in parts]
    try:
        with torch.no_grad():
            classifier(images[:1])
    finally:
        for hook in hooks:
            hook.remove()
    if not found:
        raise ModelError(
            f"{classifier.name} has no class-activation map: none of its layers returns a feature map of at "
            f"least {MIN_SIDE} x {MIN_SIDE}."
        )
    return found[-1]


def activation_maps(
    classifier: Classifier, images: Float[Tensor, "n c h w"], labels: Int64[Tensor, " n"]
) -> Float[Tensor, "n h w"]:
    """Return the Grad-CAM of each image for its label, at least 0, upsampled bilinearly to the image's size.

    Hooks are set on a copy, which shares the weights, so others may use the network meanwhile.

    Args:
        classifier: the network.
        images: in [0, 1], on the classifier's device.
        labels: the class of each image for which the map shows evidence.

    Raises:
        ModelError: the network has no feature map.
    """
    from captum.attr import LayerAttribution, LayerGradCam

    own = _with_own_modules(classifier)
    cam = LayerGradCam(own, last_feature_map(own, images))
    maps = cam.attribute(images.detach().clone(), target=labels, relu_attributions=True)
    size = tuple(images.shape[2:])
    classifier.forwards += own.forwards
    upsampled: Tensor = LayerAttribution.interpolate(maps.detach(), size, interpolate_mode="bilinear")
    return upsampled[:, 0]


def _with_own_modules(classifier: Classifier) -> Classifier:
    """Return the same classifier with modules of its own; the tensors are shared."""
    network = classifier.module
    shared = {id(tensor): tensor for tensor in chain(network.parameters(), network.buffers())}
    mean, std = (values.flatten() for values in (classifier.mean, classifier.std))
    names, name, outputs = classifier.class_names, classifier.name, classifier.outputs
    own = Classifier(copy.deepcopy(network, dict(shared)), mean, std, names, name, outputs)
    own.mean, own.std = classifier.mean, classifier.std
    return own
