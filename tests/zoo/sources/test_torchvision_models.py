import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import torch
from torch import nn
from torchvision import models

from sparsefool.data.specs import class_names
from sparsefool.errors import ModelError
from sparsefool.paths import ROOT
from sparsefool.zoo.loading import is_available, load_model, weights_sha256
from sparsefool.zoo.sources.torchvision_models import FILES
from sparsefool.zoo.specs import MODELS, find_spec


def _no_network(*_: Any, **__: Any) -> None:
    raise URLError("no network")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a network that does not answer."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    monkeypatch.setattr(urllib.request, "urlopen", _no_network)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def _file_name(name: str) -> str:
    spec = find_spec(name)
    return os.path.basename(models.get_model_weights(spec.architecture)[spec.weights].url)


def _save(network: nn.Module, name: str, cache: Path, renamed: tuple[str, str] | None = None) -> None:
    state = network.state_dict()
    if renamed:
        for key in list(state):
            state[re.sub(*renamed, key)] = state.pop(key)
    torch.save(state, cache / _file_name(name))


def _build(architecture: str, **options: Any) -> nn.Module:
    torch.manual_seed(0)
    return models.get_model(architecture, weights=None, **options).eval()


@pytest.mark.parametrize("architecture", ["squeezenet1_1", "shufflenet_v2_x0_5", "mnasnet0_5"])
def test_the_weights_in_the_cache_are_loaded(architecture: str, cache: Path) -> None:
    network, name = _build(architecture), f"torchvision/{architecture}"
    _save(network, name, cache)
    classifier = load_model(name, device="cpu")
    images = torch.rand(2, 3, 64, 64)
    expected = network((images - classifier.mean) / classifier.std)
    torch.testing.assert_close(classifier(images), expected, rtol=1e-3, atol=1e-6, check_stride=False)
    assert classifier.name == name
    assert len(classifier.class_names) == 1000


def test_the_papers_inception_gives_plain_logits_of_images_in_0_to_1(cache: Path) -> None:
    network = _build("inception_v3", init_weights=False, transform_input=False)
    nn.init.zeros_(network.fc.bias)
    _save(network, "imagenet/inception_v3", cache)
    images = torch.rand(1, 3, 299, 299)
    logits = load_model("imagenet/inception_v3", device="cpu")(images)
    assert torch.allclose(logits, network((images - 0.5) / 0.5), rtol=1e-3, atol=1e-3 * logits.abs().mean())


def test_an_old_densenet_file_is_understood(cache: Path) -> None:
    network = _build("densenet121")
    renamed = (r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2")
    _save(network, "torchvision/densenet121", cache, renamed)
    assert "features.denseblock1.denselayer1.norm.1.weight" in torch.load(next(cache.iterdir()))
    classifier = load_model("torchvision/densenet121", device="cpu")
    images = torch.rand(1, 3, 64, 64)
    expected = network((images - classifier.mean) / classifier.std)
    torch.testing.assert_close(classifier(images), expected, rtol=1e-3, atol=1e-6, check_stride=False)


def test_availability_and_hash_follow_the_file(cache: Path) -> None:
    name = "torchvision/squeezenet1_1"
    assert not is_available(name)
    with pytest.raises(ModelError, match="not on this machine"):
        weights_sha256(name)
    _save(_build("squeezenet1_1"), name, cache)
    assert is_available(name)
    first = weights_sha256(name)
    torch.manual_seed(1)
    _save(models.get_model("squeezenet1_1"), name, cache)
    assert len(first) == 64
    assert weights_sha256(name) != first


def test_without_a_network_the_message_names_the_file_and_its_place(cache: Path) -> None:
    with pytest.raises(ModelError, match="could not be downloaded") as caught:
        load_model("imagenet/vgg16", device="cpu")
    message = str(caught.value)
    assert "vgg16-397923af.pth" in message
    assert f"put it at {cache / 'vgg16-397923af.pth'}" in message
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("content", ["text", "other network", "code"])
def test_a_file_that_does_not_fit_is_refused(content: str, cache: Path) -> None:
    path = cache / _file_name("torchvision/squeezenet1_1")
    if content == "text":
        path.write_text("not weights")
    elif content == "other network":
        torch.save(_build("shufflenet_v2_x0_5").state_dict(), path)
    else:
        torch.save({"features.0.weight": os.system}, path)
    with pytest.raises(ModelError, match="does not hold the weights of squeezenet1_1"):
        load_model("torchvision/squeezenet1_1", device="cpu")


@pytest.mark.parametrize(("architecture", "weights"), FILES)
def test_the_files_of_the_listed_networks_are_those_of_torchvision(architecture: str, weights: str) -> None:
    url = models.get_model_weights(architecture)[weights].url
    assert url.rpartition("/")[2] == FILES[architecture, weights]


def test_every_listed_network_of_torchvision_has_its_file() -> None:
    listed = {(spec.architecture, spec.weights) for spec in MODELS if spec.source == "torchvision"}
    assert listed == set(FILES)


def test_what_is_here_and_its_classes_are_told_without_torchvision() -> None:
    code = (
        "import sys\n"
        "from sparsefool.zoo.loading import available_models\n"
        "from sparsefool.data.specs import class_names\n"
        "available_models(), class_names('imagenet')\n"
        "assert 'torchvision' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_classes_of_imagenet_are_those_of_torchvision() -> None:
    assert class_names("imagenet") == tuple(models.AlexNet_Weights.IMAGENET1K_V1.meta["categories"])
