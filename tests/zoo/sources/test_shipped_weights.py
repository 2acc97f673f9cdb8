import hashlib

import pytest
import torch
from safetensors.torch import load_file

from sparsefool.errors import ModelError
from sparsefool.zoo.small_networks import lenet
from sparsefool.zoo.sources.shipped_weights import (
    WEIGHTS,
    ModelCard,
    card_path,
    load_shipped,
    read_card,
    weights_path,
    write_card,
    write_weights,
)

NAME = "mnist/lenet"

ACCURACIES = {
    "mnist/lenet": 0.991,
    "cifar10/resnet18": 0.927,
    "cifar10/vgg19": 0.927,
    "cifar10/resnet18-linf": 0.80,
}
"""At least, as aimed at."""


def make_card(sha256):
    return ModelCard(
        name=NAME,
        sha256=sha256,
        accuracy=0.99,
        test_images=10000,
        robust_accuracy=None,
        robust_images=0,
        training="ordinary",
        epochs=1,
        seed=0,
        seconds=1.5,
        device="cpu",
        versions={"torch": torch.__version__},
        recipe={"sizes": [28]},
        history=[{"epoch": 1}],
    )


@pytest.fixture
def network():
    torch.manual_seed(0)
    return lenet()


@pytest.fixture
def folder(tmp_path, network):
    write_card(make_card(write_weights(weights_path(NAME, tmp_path), network)), tmp_path)
    return tmp_path


def test_a_network_comes_back_in_fp32_rounded_to_fp16(folder, network):
    loaded = load_shipped(NAME, folder)
    assert not loaded.training
    for key, value in network.state_dict().items():
        assert loaded.state_dict()[key].dtype == torch.float32
        assert torch.equal(loaded.state_dict()[key], value.half().float())


def test_the_file_holds_fp16_and_its_card_the_hash(folder):
    path = weights_path(NAME, folder)
    assert path.name == "mnist-lenet.safetensors"
    assert {value.dtype for value in load_file(path).values()} == {torch.float16}
    assert read_card(NAME, folder).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_card_comes_back_as_it_was_written(folder):
    card = read_card(NAME, folder)
    assert card == make_card(card.sha256)


def test_counters_keep_their_type(tmp_path):
    path = tmp_path / "norm.safetensors"
    write_weights(path, torch.nn.BatchNorm2d(2))
    assert load_file(path)["num_batches_tracked"].dtype == torch.int64


def test_missing_weights_are_named_with_what_to_do(folder):
    weights_path(NAME, folder).unlink()
    with pytest.raises(ModelError, match=r"lenet\.safetensors are missing.*sparsefool train mnist/lenet"):
        load_shipped(NAME, folder)


def test_a_missing_card_is_named(folder):
    card_path(NAME, folder).unlink()
    with pytest.raises(ModelError, match=r"lenet\.json is missing"):
        load_shipped(NAME, folder)


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b[:0], lambda b: b"\xff" * len(b)])
def test_damaged_weights_are_refused(folder, damage):
    path = weights_path(NAME, folder)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelError, match=r"lenet\.safetensors is damaged"):
        load_shipped(NAME, folder)


def test_a_single_changed_bit_is_noticed(folder):
    path = weights_path(NAME, folder)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"has the SHA-256 [0-9a-f]{64}; its card says [0-9a-f]{64}"):
        load_shipped(NAME, folder)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"name": "mnist/lenet"}', "\x00"])
def test_a_damaged_card_is_refused(folder, content):
    card_path(NAME, folder).write_text(content)
    with pytest.raises(ModelError, match=r"lenet\.json is no model card"):
        load_shipped(NAME, folder)


def test_weights_of_another_network_do_not_fit(folder):
    sha256 = write_weights(weights_path(NAME, folder), torch.nn.Linear(3, 2))
    write_card(make_card(sha256), folder)
    with pytest.raises(ModelError, match="does not fit the network mnist/lenet"):
        load_shipped(NAME, folder)


@pytest.mark.parametrize("value", [float("nan"), 1e6])
def test_weights_that_fp16_cannot_hold_are_not_written(tmp_path, network, value):
    with torch.no_grad():
        network[0].weight[0, 0, 0, 0] = value
    with pytest.raises(ModelError, match=r"weight 0\.weight"):
        write_weights(weights_path(NAME, tmp_path), network)
    assert not list(tmp_path.iterdir())


def test_loading_leaves_the_global_random_state_alone(folder):
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    load_shipped(NAME, folder)
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize("path", sorted(WEIGHTS.glob("*.safetensors")), ids=lambda path: path.stem)
def test_what_is_shipped_is_whole_and_keeps_its_limits(path):
    name = path.stem.replace("-", "/", 1)
    card = read_card(name)
    load_shipped(name)
    assert card.name == name
    assert card.test_images == 10000
    assert card.accuracy >= ACCURACIES[name]
    if name.endswith("-linf"):
        assert card.robust_accuracy is not None
        assert card.robust_accuracy >= 0.38
        assert card.robust_images >= 1000
    assert path.stat().st_size <= 50e6


def test_the_folder_of_weights_stays_small():
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) <= 110e6
    assert {path.suffix for path in WEIGHTS.iterdir()} <= {".safetensors", ".json"}
    cards = {path.stem for path in WEIGHTS.glob("*.json")}
    assert cards == {path.stem for path in WEIGHTS.glob("*.safetensors")}
