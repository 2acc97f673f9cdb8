"""What a person brings: the network that they trained, and the picture that their telephone took."""

import hashlib
import io
import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from pillow_heif import from_pillow
from torch import nn

from sparsefool import load_gallery, load_model
from sparsefool.attacks import check_8_bit, sparsefool
from sparsefool.data.pictures import Picture
from sparsefool.data.specs import find_dataset
from sparsefool.zoo.own_networks import describe_network, forget, register
from sparsefool.zoo.small_networks import resnet18

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

CIFAR10 = find_dataset("cifar10")
NUMBER, ROUNDS = 3, 6


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Train a ResNet-18 on a few pictures, wrapped in DataParallel; give the file of its weights."""
    gallery = load_gallery("cifar10", CIFAR10.image_size)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (CIFAR10.mean, CIFAR10.std))
    images, labels = ((gallery.images - mean) / std)[:8], torch.as_tensor(gallery.labels)[:8]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.DataParallel(resnet18())
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    losses = []
    for _ in range(4):
        loss = nn.functional.cross_entropy(network(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    path = tmp_path_factory.mktemp("training") / "checkpoint.pth"
    state = network.state_dict()
    assert all(name.startswith("module.") for name in state)
    torch.save({"epoch": 4, "state_dict": state}, path)
    return path


def test_an_uploaded_network_gives_the_same_picture_as_the_command_line_and_python(
    explorer, weights, tmp_path
):
    app = explorer(f"?data=CIFAR-10&picture={NUMBER + 1}&max_iter={ROUNDS}&view=Download+and+reproduce")
    app.wait_for_result("ResNet-18 · λ")
    app.page.locator(".st-key-own_open summary").click()
    app.page.locator(".st-key-own_file input[type=file]").set_input_files(weights)
    app.wait_for(weights.name)
    app.press("Use this network")
    app.wait_for_result(weights.stem)
    with app.page.expect_download() as waiting:
        app.press("Adversarial picture (.png)")
    waiting.value.save_as(tmp_path / "page.png")
    on_page = hashlib.sha256((tmp_path / "page.png").read_bytes()).hexdigest()

    command = [sys.executable, "-m", "sparsefool", "attack", f"gallery:cifar10/{NUMBER}", "--device", "cpu"]
    options = [
        "--weights",
        weights,
        "--architecture",
        "resnet18",
        "--trained-on",
        "cifar10",
        "--max-iter",
        str(ROUNDS),
    ]
    subprocess.run(
        [*command, *options, "--out", tmp_path / "out", "--json"], check=False, capture_output=True
    )
    assert hashlib.sha256((tmp_path / "out/adversarial.png").read_bytes()).hexdigest() == on_page
    result = json.loads((tmp_path / "out/result.json").read_text())

    spec = register(describe_network(weights, "resnet18", trained_on="cifar10"))
    classifier = load_model(spec.name, "cpu")
    images = load_gallery("cifar10", CIFAR10.image_size).picture(NUMBER).tensor()
    checked = check_8_bit(classifier, sparsefool(classifier, images, max_iter=ROUNDS), 255.0)
    adversarial = Picture.from_tensor(checked.images[0])
    forget(spec.name)
    assert hashlib.sha256(adversarial.png()).hexdigest() == on_page
    assert result["adversarial_sha256"] == adversarial.sha256
    assert int(checked.pixels_changed) > 0


@pytest.mark.imagenet
def test_a_photograph_of_a_telephone_is_attacked(explorer):
    pixels = load_gallery("imagenet", (224, 224)).picture(0).pixels
    file = io.BytesIO()
    from_pillow(Image.fromarray(pixels)).save(file, quality=90)
    app = explorer("?data=ImageNet&model=EfficientNet-Lite0&source=File&lambda=20&max_iter=10")
    app.upload("IMG_2041.HEIC", file.getvalue())
    app.wait_for_result("EfficientNet-Lite0")
    original, adversarial = app.pictures()
    assert original.shape == (224, 224, 3)
    assert abs(original - pixels.astype(int)).mean() < 8
    assert app.number("Pixels") == np.any(original != adversarial, axis=2).sum() > 0
