"""Baselines against the implementations of other packages, on the shipped LeNet and real digits.

They run where requirements-benchmark.txt is installed; the literal transcriptions in tests/reference are
checked everywhere.
"""

import sys
import types

import pytest
import torch

from sparsefool import load_model
from sparsefool.attacks import jsma, sigma_zero
from sparsefool.data.samples import load_samples

pytestmark = pytest.mark.filterwarnings("ignore")

NEARLY_WHITE = 0.99
"""From here on torchattacks' JSMA takes a pixel for saturated."""


@pytest.fixture(scope="module")
def network():
    return load_model("mnist/lenet", device="cpu")


@pytest.fixture(scope="module")
def digits():
    images = load_samples("mnist").images[:20]
    return torch.where(images >= NEARLY_WHITE, 1.0, images)


def test_jsma_agrees_with_torchattacks_pixel_by_pixel(network, digits):
    torchattacks = pytest.importorskip("torchattacks")
    labels = network(digits).argmax(1)
    targets = (labels + 1 + torch.arange(len(digits)) % 9) % 10
    attack = torchattacks.JSMA(network, theta=1.0, gamma=0.1)
    attack.set_mode_targeted_by_label(quiet=True)
    theirs = attack(digits, targets)
    steps = 40  # torchattacks rounds 0.1 · 784 / 2 up, we round down
    ours = jsma(network, digits, target=targets, gamma=(2 * steps + 1) / 784)
    same = (ours.adversarial == theirs).flatten(1).all(1)
    fooled = network(theirs).argmax(1) == targets
    print(f"identical images: {int(same.sum())} of {len(same)}")
    print(f"reached: ours {int(ours.success.sum())}, torchattacks {int(fooled.sum())}")
    assert torch.equal(ours.success, fooled)
    assert same.float().mean() >= 0.9  # two pairs may be equally salient up to rounding


def test_sigma_zero_is_nearly_as_sparse_as_adv_lib(network, digits):
    """adv-lib follows the authors' program, not Algorithm 1: it steps with Adam, and never below 0.1 η₀."""
    if "visdom" not in sys.modules:
        sys.modules["visdom"] = types.ModuleType("visdom")
    library = pytest.importorskip("adv_lib.attacks.sigma_zero")
    labels = network(digits).argmax(1)
    theirs = library.sigma_zero(network, digits, labels, num_steps=300)
    ours = sigma_zero(network, digits, max_iter=300)
    features = (theirs != digits).flatten(1).sum(1)
    assert ours.success.all()
    assert (network(theirs).argmax(1) != labels).all()
    print(f"features, median: ours {ours.features_changed.median()}, adv-lib {features.median()}")
    print(f"features, image by image: ours {ours.features_changed.tolist()}, adv-lib {features.tolist()}")
    assert abs(ours.features_changed.float().mean() / features.float().mean() - 1) < 0.3
