from functools import cache

import pytest
import torch

from sparsefool.errors import ModelError
from sparsefool.zoo.small_networks import SMALL_NETWORKS, find_network, lenet, resnet18, vgg19

build_once = cache(lambda build: build().eval())
"""Random weights of 20 million parameters take a second."""

SHAPES = {"mnist": (1, 28, 28), "cifar10": (3, 32, 32)}


@pytest.mark.parametrize("name", SMALL_NETWORKS)
def test_a_network_maps_images_of_its_data_set_to_ten_logits(name):
    network = SMALL_NETWORKS[name]
    logits = build_once(network.build)(torch.rand(2, *SHAPES[network.dataset]))
    assert logits.shape == (2, 10)
    assert len(network.mean) == len(network.std) == SHAPES[network.dataset][0]


@pytest.mark.parametrize(("build", "millions"), [(lenet, 0.062), (resnet18, 11.17), (vgg19, 20.04)])
def test_the_networks_have_the_size_of_the_standard_definitions(build, millions):
    assert sum(p.numel() for p in build_once(build).parameters()) == pytest.approx(millions * 1e6, rel=0.01)


def test_resnet18_keeps_the_full_resolution_up_to_its_first_stage():
    network = build_once(resnet18)
    stem = network.maxpool(network.conv1(torch.rand(1, 3, 32, 32)))
    assert stem.shape == (1, 64, 32, 32)
    assert network.layer4(network.layer3(network.layer2(network.layer1(stem)))).shape == (1, 512, 4, 4)


@pytest.mark.parametrize("build", [resnet18, vgg19])
@pytest.mark.parametrize("side", [20, 24])
def test_smaller_training_images_pass(build, side):
    assert build_once(build)(torch.rand(1, 3, side, side)).shape == (1, 10)


def test_an_unknown_network_is_named():
    with pytest.raises(ModelError, match="no small network 'cifar10/none'"):
        find_network("cifar10/none")
