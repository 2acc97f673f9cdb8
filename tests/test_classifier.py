import pytest
import torch
from torch import nn

from sparsefool.classifier import Classifier
from sparsefool.errors import ParameterError

NAMES = ("cat", "dog", "big cat")


def identity(**arguments):
    return Classifier(nn.Flatten(), mean=(0.5,), std=(0.25,), **arguments)


def test_normalises_inside_and_counts_images():
    classifier = identity()
    logits = classifier(torch.tensor([[[[0.5, 1.0, 0.0]]], [[[0.25, 0.5, 0.75]]]]))
    assert logits.tolist() == [[0.0, 2.0, -2.0], [-1.0, 0.0, 1.0]]
    assert (classifier.forwards, classifier.backwards) == (2, 0)


def test_the_input_gradient_is_that_of_each_image():
    classifier = identity()
    images = torch.rand(2, 1, 1, 3).requires_grad_()
    logits = classifier(images)
    gradient = classifier.input_gradient(logits[:, 1] - logits[:, 0], images)
    assert gradient.flatten(1).tolist() == [[-4.0, 4.0, 0.0]] * 2
    assert classifier.backwards == 2


class OneGradientAtATime(torch.autograd.Function):
    """Doubles, and knows nothing of several gradients at once."""

    @staticmethod
    def forward(_, values):
        return 2 * values

    @staticmethod
    def backward(_, gradient):
        return torch.from_numpy(2 * gradient.detach().numpy())


class Doubling(nn.Module):
    def forward(self, values):
        return OneGradientAtATime.apply(values)


@pytest.mark.parametrize("last", [nn.Identity(), Doubling()], ids=["together", "one after the other"])
def test_several_input_gradients_are_those_of_one_after_the_other(last):
    first = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    module = nn.Sequential(last, first, nn.Linear(16, 5))
    classifier = Classifier(module, (0.5,) * 3, (0.5,) * 3)
    images = torch.rand(2, 3, 6, 6).requires_grad_()
    logits = classifier(images)
    scores = torch.stack([logits[:, k] - logits[:, 0] for k in (1, 2, 4)])
    expected = [classifier.input_gradient(score, images, keep_graph=True) for score in scores]
    before = classifier.backwards
    found = classifier.input_gradients(scores, images)
    assert classifier.backwards - before == 6
    torch.testing.assert_close(found, torch.stack(expected))
    assert found.abs().sum() > 0


def test_the_network_is_evaluated_and_then_as_it_was():
    network = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(3, 2)).train()
    classifier, images = Classifier(network, (0.0,), (1.0,)), torch.rand(4, 1, 1, 3)
    assert torch.equal(classifier(images), classifier(images))
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_wrong_channels_are_refused():
    with pytest.raises(ParameterError, match=r"1 channel\(s\); these have 3"):
        identity()(torch.rand(1, 3, 1, 1))


@pytest.mark.parametrize(("mean", "std"), [((0.5,), (0.5, 0.5)), ((0.5,), (0.0,)), ((), ())])
def test_impossible_normalisation_is_refused(mean, std):
    with pytest.raises(ParameterError, match="mean and std"):
        Classifier(nn.Flatten(), mean, std)


@pytest.mark.parametrize(("text", "label"), [("1", 1), ("Dog", 1), ("cat", 0), ("big", 2)])
def test_classes_are_found_by_number_and_name(text, label):
    assert identity(class_names=NAMES).find_class(text) == label


@pytest.mark.parametrize("text", ["3", "bird", "a"])
def test_unknown_and_ambiguous_classes_are_refused(text):
    with pytest.raises(ParameterError):
        identity(class_names=("cat", "rat", "dog")).find_class(text)


def test_classes_without_names_are_called_by_number():
    assert identity().class_name(7) == "class 7"


def test_a_first_use_without_gradients_does_not_spoil_later_ones():
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(64, 2))
    classifier = Classifier(module, (0.5,) * 3, (0.5,) * 3)
    images = torch.rand(2, 3, 6, 6)
    with torch.inference_mode():
        expected = classifier(images).argmax(1)
    points = images.clone().requires_grad_()
    logits = classifier(points)
    assert torch.equal(logits.argmax(1), expected.clone())
    assert classifier.input_gradient(logits[:, 0], points).abs().sum() > 0
