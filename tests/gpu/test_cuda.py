"""The engine on a GPU gives what it gives on the CPU. Run where there is one: pytest -m gpu."""

import pytest
import torch

from sparsefool import load_gallery, load_model
from sparsefool.attacks import ATTACKS, check_8_bit, in_batches, sparsefool
from sparsefool.benchmarks.untrained import untrained_model

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


@pytest.mark.parametrize("spec", ATTACKS, ids=lambda spec: spec.name)
def test_every_attack_runs_there_and_the_network_confirms_it(spec, digits):
    classifier, images = load_model("mnist/lenet", device="cuda"), digits[:4].cuda()
    few = {"max_pixels": 2, "max_iter": 3, "population": 40} if spec.name == "one_pixel" else {}
    result = spec.run(classifier, images, **few)
    assert result.adversarial.device.type == "cuda"
    predictions = classifier(result.adversarial).argmax(1)
    assert torch.equal(result.success, predictions != result.labels)


@pytest.fixture
def two_gibibytes():
    torch.cuda.empty_cache()
    memory = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(2**31 / memory)
    yield 2**31
    torch.cuda.set_per_process_memory_fraction(1.0)


def test_a_batch_that_does_not_fit_is_halved_until_it_does(two_gibibytes):
    images = load_gallery("cifar10").images
    classifier = untrained_model("cifar10/resnet18", images, torch.device("cuda"))
    sizes = []

    def attack(classifier, images, labels, **options):
        sizes.append(len(images))
        return sparsefool(classifier, images, labels, **options)

    result = in_batches(attack, classifier, images.repeat(100, 1, 1, 1).cuda(), max_iter=1)
    assert len(result.iterations) == 2000
    assert sizes[0] == 2000
    assert min(sizes) < 2000
    assert torch.cuda.max_memory_allocated() <= two_gibibytes
