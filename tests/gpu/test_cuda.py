"""The engine on a GPU gives what it gives on the CPU. Run where there is one: pytest -m gpu."""

import pytest
import torch

from sparsefool import load_gallery, load_model
from sparsefool.attacks import check_8_bit, sparsefool

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device"),
]


@pytest.fixture
def digits():
    return load_gallery("mnist").images


def test_the_gpu_finds_what_the_cpu_finds(digits):
    there = sparsefool(load_model("mnist/lenet", device="cuda"), digits.cuda(), lambda_=1.0)
    here = sparsefool(load_model("mnist/lenet", device="cpu"), digits, lambda_=1.0)
    assert there.adversarial.device.type == "cuda"
    assert torch.equal(there.success.cpu(), here.success)
    assert (there.pixels_changed.cpu() == here.pixels_changed).float().mean() >= 0.75


def test_a_thousand_images_at_once(digits):
    classifier = load_model("mnist/lenet", device="cuda")
    images = digits.repeat(50, 1, 1, 1).cuda()
    result = sparsefool(classifier, images, lambda_=3.0, delta=200.0)
    assert result.success.float().mean() > 0.95
    assert (check_8_bit(classifier, result, 200.0).max_change <= 200 + 1e-3).all()
