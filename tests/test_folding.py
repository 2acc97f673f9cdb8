import copy
import threading

import pytest
import torch
from torch import nn

from sparsefool.classifier import Classifier
from sparsefool.folding import fold_batch_normalisation


def convolution_and_normalisation(ins, outs, seed=0):
    generator = torch.Generator().manual_seed(seed)
    normalisation = nn.BatchNorm2d(outs)
    for tensor in (normalisation.weight, normalisation.bias, normalisation.running_mean):
        tensor.data.copy_(torch.randn(outs, generator=generator))
    normalisation.running_var.copy_(torch.rand(outs, generator=generator) + 0.5)
    return nn.Conv2d(ins, outs, 3, padding=1, bias=False), normalisation


class _Residual(nn.Module):
    """A first convolution that is read twice, so that it must stay; a second one that can be folded."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = convolution_and_normalisation(3, 4, 1)
        self.conv2, self.bn2 = convolution_and_normalisation(4, 4, 2)
        self.head = nn.Linear(4, 5)

    def forward(self, images):
        first = self.conv1(images)
        second = self.bn2(self.conv2(torch.relu(self.bn1(first))))
        return self.head((first + second).mean((2, 3)))


class _Untraceable(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.bn = convolution_and_normalisation(3, 4)

    def forward(self, images):
        normalised = self.bn(self.conv(images))
        return (normalised if normalised.sum() > 0 else -normalised).mean((2, 3))


def normalisations(network):
    return sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())


def test_the_folded_network_is_the_same_function_and_only_what_one_reads_is_folded():
    network, images = _Residual().eval(), torch.rand(3, 3, 8, 8)
    before = copy.deepcopy(network.state_dict())
    folded = fold_batch_normalisation(network).network
    assert (normalisations(network), normalisations(folded)) == (2, 1)
    torch.testing.assert_close(folded(images), network(images))
    assert folded.head.weight is network.head.weight
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_the_activation_inside_timms_normalisation_stays():
    timm = pytest.importorskip("timm")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = timm.create_model("tf_efficientnet_lite0").eval()
    images = torch.rand(2, 3, 32, 32)
    folded = fold_batch_normalisation(network).network
    assert normalisations(folded) == 0
    torch.testing.assert_close(folded(images), network(images), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("network", [_Untraceable(), nn.Conv2d(3, 4, 1)])
def test_what_cannot_be_folded_is_not(network):
    network.eval()
    assert fold_batch_normalisation(network) is None


def test_a_convolution_that_is_called_twice_is_not_folded():
    convolution, normalisation = convolution_and_normalisation(3, 3)
    network = nn.Sequential(convolution, convolution, normalisation).eval()
    assert fold_batch_normalisation(network) is None


def test_the_classifier_notices_new_weights_and_another_precision():
    module, images = _Residual().eval(), torch.rand(2, 3, 6, 6)
    classifier = Classifier(module, (0.0,) * 3, (1.0,) * 3)
    torch.testing.assert_close(classifier(images), module(images))
    other = {name: tensor + 1 for name, tensor in module.state_dict().items()}
    classifier.module.load_state_dict(other)
    torch.testing.assert_close(classifier(images), module(images))
    torch.testing.assert_close(classifier.double()(images.double()), module(images.double()))
    assert list(classifier.state_dict()) == ["mean", "std", *(f"module.{name}" for name in other)]


def test_the_gradient_is_that_of_the_network_itself():
    module = _Residual().eval()
    classifier = Classifier(module, (0.0,) * 3, (1.0,) * 3)
    images = torch.rand(2, 3, 6, 6, requires_grad=True)
    with classifier.held(images.detach()):
        assert classifier.network is not module
        gradient = classifier.input_gradient(classifier(images)[:, 0], images)
    (expected,) = torch.autograd.grad(module(images)[:, 0].sum(), images)
    torch.testing.assert_close(gradient, expected)
    assert gradient.is_contiguous()


def test_what_other_threads_do_while_a_network_is_traced_is_left_alone():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Tanh()).eval()
    images = torch.rand(1, 3, 8, 8)
    expected = network(images)
    errors, ended = [], threading.Event()

    def use():
        try:
            while not ended.is_set():
                torch.testing.assert_close(network(images), expected)
        except Exception as error:
            errors.append(error)

    def fold():
        for _ in range(50):
            assert fold_batch_normalisation(network) is not None

    users, folders = ([threading.Thread(target=work) for _ in range(2)] for work in (use, fold))
    for thread in (*users, *folders):
        thread.start()
    for thread in folders:
        thread.join()
    ended.set()
    for thread in users:
        thread.join()
    assert errors == []
    assert nn.Module.__call__.__module__ == "torch.nn.modules.module"
