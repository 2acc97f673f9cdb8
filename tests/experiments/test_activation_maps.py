import pytest
import torch
from torch import nn

from sparsefool.classifier import Classifier
from sparsefool.errors import ModelError
from sparsefool.experiments.activation_maps import activation_maps, last_feature_map
from sparsefool.zoo.loading import load_model
from sparsefool.zoo.small_networks import resnet18, vgg19


def classifier_of(module, channels=3):
    return Classifier(module, (0.5,) * channels, (0.5,) * channels)


@pytest.mark.parametrize(
    ("build", "name"), [(resnet18, "layer4"), (vgg19, "features.38")], ids=["resnet18", "vgg19"]
)
def test_the_last_feature_map_of_the_networks_for_cifar10(build, name):
    classifier = classifier_of(build())
    found = last_feature_map(classifier, torch.rand(2, 3, 32, 32))
    assert found is classifier.network.get_submodule(name)


def test_a_network_without_feature_maps_has_no_activation_map():
    flat = classifier_of(nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 10)))
    with pytest.raises(ModelError, match="none of its layers returns a feature map"):
        activation_maps(flat, torch.rand(1, 3, 8, 8), torch.tensor([1]))


def test_the_map_is_grad_cam_worked_out_by_hand():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 64, 5))
    classifier = classifier_of(module, channels=1)
    images, labels = torch.rand(2, 1, 8, 8), torch.tensor([4, 2])
    features = module[1](module[0]((images - 0.5) / 0.5)).detach().requires_grad_()
    scores = module[3](module[2](features)).gather(1, labels[:, None]).sum()
    (gradient,) = torch.autograd.grad(scores, features)
    expected = (gradient.mean((2, 3), keepdim=True) * features).sum(1).relu().detach()
    assert torch.allclose(activation_maps(classifier, images, labels), expected, atol=1e-6)
    assert expected.any()


def test_the_maps_of_a_batch_are_those_of_its_images_and_nothing_stays_behind():
    classifier = load_model("mnist/lenet", device="cpu")
    images, labels = torch.rand(3, 1, 28, 28), torch.tensor([1, 7, 3])
    maps = activation_maps(classifier, images, labels)
    alone = [activation_maps(classifier, images[i : i + 1], labels[i : i + 1]) for i in range(3)]
    assert torch.allclose(maps, torch.cat(alone), atol=1e-6)
    assert maps.shape == (3, 28, 28)
    assert not maps.requires_grad
    assert bool((maps >= 0).all())
    assert not images.requires_grad
    assert all(not module._forward_hooks for module in classifier.network.modules())


def test_the_map_depends_on_the_label():
    classifier = load_model("mnist/lenet", device="cpu")
    images = torch.rand(1, 1, 28, 28)
    first, second = (activation_maps(classifier, images, torch.tensor([label])) for label in (1, 8))
    assert not torch.allclose(first, second)
