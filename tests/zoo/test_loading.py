from pathlib import Path

import pytest
import torch

from sparsefool.errors import DeviceError, ModelError
from sparsefool.zoo import loading
from sparsefool.zoo.loading import available_models, is_available, load_model, weights_sha256
from sparsefool.zoo.sources import shipped_weights
from sparsefool.zoo.specs import list_models

LITE0 = "imagenet/efficientnet-lite0"


def each_with_its_marks(names):
    imagenet = pytest.mark.imagenet
    return [pytest.param(name, marks=imagenet if name.startswith("imagenet/") else ()) for name in names]


@pytest.mark.parametrize("name", each_with_its_marks(available_models()))
def test_every_available_network_loads_frozen_and_classifies(name: str) -> None:
    spec = loading.find_spec(name)
    classifier = load_model(name, device="cpu")
    assert not classifier.training
    assert not any(parameter.requires_grad for parameter in classifier.parameters())
    assert all(tensor.dtype in (torch.float32, torch.int64) for tensor in classifier.state_dict().values())
    logits = classifier(torch.rand(2, spec.channels, *spec.input_size))
    assert logits.shape == (2, len(classifier.class_names))
    assert logits.isfinite().all()
    assert classifier.name == name


def test_availability_is_by_data_set() -> None:
    assert set(available_models("imagenet")) <= set(available_models()) <= set(list_models())
    assert LITE0 in available_models("imagenet")
    assert LITE0 not in available_models("cifar10")
    assert is_available(LITE0)


@pytest.mark.imagenet
def test_loading_leaves_the_random_numbers_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    load_model(LITE0, device="cpu")
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.imagenet
def test_two_loads_are_two_equal_networks() -> None:
    one, two = load_model(LITE0, device="cpu"), load_model(LITE0, device="cpu")
    assert one is not two
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_the_hash_is_of_the_file() -> None:
    assert weights_sha256(LITE0) == "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def test_an_untrained_network_says_how_to_train_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped_weights, "weights_path", lambda *_: tmp_path / "missing.safetensors")
    assert not is_available("cifar10/vgg19")
    assert "cifar10/vgg19" not in available_models()
    with pytest.raises(ModelError, match=r"missing.*python -m sparsefool train cifar10/vgg19"):
        load_model("cifar10/vgg19", device="cpu")


@pytest.mark.parametrize("ask", [load_model, is_available, weights_sha256])
def test_an_unknown_network_is_an_error(ask: object) -> None:
    with pytest.raises(ModelError, match=r"no network 'imagenet/resnet102'.*imagenet/resnet101"):
        ask("imagenet/resnet102")  # type: ignore[operator]


def test_an_unknown_device_is_an_error() -> None:
    with pytest.raises(DeviceError, match="no device 'tpu'"):
        load_model(LITE0, device="tpu")
