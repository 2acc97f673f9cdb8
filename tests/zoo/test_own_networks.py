"""Networks of one's own: described, registered under a name, loaded by it, and forgotten."""

import gc
import re
import threading
import weakref

import pytest
import torch
from safetensors.torch import save

from sparsefool.attacks import sparsefool
from sparsefool.data.specs import class_names, find_dataset
from sparsefool.errors import ModelError, SparseFoolError
from sparsefool.zoo import own_networks
from sparsefool.zoo.architectures import build_network, check_architecture, list_architectures
from sparsefool.zoo.loading import is_available, load_model, weights_sha256
from sparsefool.zoo.own_networks import forget, register
from sparsefool.zoo.sources import own_weights
from sparsefool.zoo.specs import find_spec, list_models
from tests.own_network import ARCHITECTURE, CLASSES, describe, safetensors_file, state_of, weights_file


@pytest.fixture
def registered():
    """Register networks, and forget them after the test."""
    names = []

    def remember(own):
        names.append(register(own).name)
        return find_spec(names[-1])

    yield remember
    for name in names:
        forget(name)


def test_a_registered_network_works_by_its_name(registered):
    data = weights_file("module.")
    spec = registered(describe(data, class_names=[f"kind {n}" for n in range(CLASSES)], file_name="my.pt"))
    assert re.fullmatch(r"own/[0-9a-f]{12}", spec.name)
    assert spec.title == f"my.pt ({ARCHITECTURE})"
    assert (spec.dataset, spec.gallery) == ("other", "imagenet")
    assert is_available(spec.name)
    assert spec.name not in list_models()
    classifier = load_model(spec.name, device="cpu")
    assert classifier.class_name(3) == "kind 3"
    network = build_network(ARCHITECTURE, CLASSES, 3, (32, 32)).eval()
    network.load_state_dict(state_of())
    images = torch.rand(4, 3, 32, 32)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (spec.mean, spec.std))
    assert torch.allclose(classifier(images), network((images - mean) / std), atol=1e-6)
    assert sparsefool(classifier, images).success.all()


def test_a_file_and_its_bytes_and_both_formats_are_the_same_network(registered, tmp_path):
    path = tmp_path / "x.bin"
    path.write_bytes(weights_file())
    one, two, three = map(registered, map(describe, (path, path.read_bytes(), safetensors_file())))
    assert weights_sha256(one.name) == weights_sha256(two.name) != weights_sha256(three.name)
    images = torch.rand(2, 3, 32, 32)
    logits = [load_model(spec.name, device="cpu")(images) for spec in (one, two, three)]
    assert torch.equal(logits[0], logits[1])
    assert torch.equal(logits[0], logits[2])


@pytest.mark.parametrize(
    "change",
    [
        {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)},
        {"input_size": (40, 32)},
        {"class_names": tuple("abcdefg")},
        {"owner": "another"},
        {"shown": "cifar10"},
    ],
)
def test_another_description_or_owner_is_another_name(registered, change):
    data = weights_file()
    assert registered(describe(data)).name != registered(describe(data, **change)).name
    assert registered(describe(data)).name == registered(describe(data)).name


def test_what_is_not_said_is_what_is_usual():
    cifar10 = find_dataset("cifar10")
    own = describe(b"", architecture="resnet18", num_classes=None, input_size=None, trained_on="cifar10")
    assert (own.num_classes, own.class_names) == (10, class_names("cifar10"))
    assert (own.input_size, own.mean, own.std) == ((32, 32), cifar10.mean, cifar10.std)
    assert describe(b"", architecture="lenet", input_size=None).mean == find_dataset("mnist").mean
    assert describe(b"", input_size=None).input_size == (224, 224)
    assert describe(b"", num_classes=None, class_names="abc").num_classes == 3


def test_a_network_with_the_classes_of_a_data_set_is_one_of_its_networks(registered):
    small = registered(describe(b"1", architecture="resnet18", num_classes=None, trained_on="cifar10"))
    assert (small.dataset, small.gallery) == ("cifar10", "cifar10")
    other = registered(describe(b"1", architecture="resnet18", num_classes=10, shown="cifar10"))
    assert (other.dataset, other.gallery) == ("other", "cifar10")
    grey = registered(describe(b"1", architecture="lenet", num_classes=26, input_size=(28, 28)))
    assert (grey.dataset, grey.gallery, grey.class_names[25]) == ("other", "mnist", "class 25")
    resized = registered(describe(b"1", num_classes=None, trained_on="imagenet", input_size=(64, 64)))
    assert resized.dataset == "imagenet"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"num_classes": 0}, "The number of classes must be from 1 to 100,000"),
        ({"num_classes": -3}, "it is -3."),
        ({"num_classes": 10**9}, "it is 1000000000."),
        ({"num_classes": None}, "The number of classes is needed"),
        (
            {"num_classes": 1000, "class_names": ["x"] * 1001},
            "There must be a name for each of the 1,000 classes, or none; there are 1,001 names.",
        ),
        ({"num_classes": 7, "trained_on": "cifar10"}, "each of the 7 classes, or none; there are 10 names."),
        (
            {"architecture": "timm/resnet81"},
            "no network 'timm/resnet81'. Did you mean timm/resnet",
        ),
        ({"architecture": "torchvision/nothing_like"}, "There is no network 'torchvision/nothing_like'."),
        ({"architecture": "keras/resnet50"}, "There is no network 'keras/resnet50'."),
        ({"architecture": ""}, "There is no network ''."),
        ({"input_size": (0, 32)}, "a height and a width from 1 to 2048 pixels; it is 0 x 32."),
        ({"input_size": (32, 99999)}, "it is 32 x 99999."),
        ({"mean": (0.5,) * 3}, "needed together"),
        ({"mean": (0.5,) * 3, "std": (0.5,)}, "one finite value per channel"),
        ({"mean": (0.5,) * 4, "std": (0.5,) * 4}, "three for RGB, one for grey"),
        ({"mean": (), "std": ()}, "one finite value per channel"),
        ({"mean": (float("nan"),) * 3, "std": (1,) * 3}, "they are nan, nan, nan and 1, 1, 1."),
        ({"mean": (123.7, 116.3, 103.5), "std": (58.4, 57.1, 57.4)}, "divide levels by 255"),
        ({"mean": (0.5,) * 3, "std": (0.5, 0.5, 0)}, "a standard deviation is positive"),
        ({"mean": (0.5,), "std": (0.5,), "shown": "cifar10"}, "have 3 channel(s); there are 1 means"),
        ({"trained_on": "svhn"}, "There is no data set 'svhn'"),
    ],
)
def test_a_wrong_description_is_one_sentence(wrong, message):
    with pytest.raises(SparseFoolError) as caught:
        describe(b"weights", **wrong)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"architecture": "timm/test_vit"}, "does not fit timm/test_vit with 7 classes: "),
        ({"num_classes": 8}, r"2 of another shape or kind \(fc.weight is 7 x 96 float32 instead of 8 x 96"),
        ({"mean": (0.5,), "std": (0.5,)}, "of another shape or kind"),
        ({"architecture": "vgg19"}, "does not fit vgg19 with 7 classes"),
        ({"architecture": "torchvision/resnet18"}, "does not fit torchvision/resnet18"),
    ],
)
def test_weights_of_another_network_do_not_load(registered, wrong, message):
    spec = registered(describe(weights_file(), **wrong))
    with pytest.raises(ModelError, match=message) as caught:
        load_model(spec.name, device="cpu")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("architecture", "size", "channels"), [("lenet", (32, 32), 1), ("torchvision/alexnet", (16, 16), 3)]
)
def test_an_input_size_that_a_network_does_not_take_is_one_sentence(registered, architecture, size, channels):
    given = {"mean": (0.5,) * channels, "std": (0.5,) * channels}
    data = weights_file(architecture=architecture, channels=channels, size=size)
    spec = registered(describe(data, architecture=architecture, input_size=size, **given))
    with pytest.raises(ModelError, match=rf"{architecture} on images of {channels} x .* fails \(") as caught:
        load_model(spec.name, device="cpu")
    assert "\n" not in str(caught.value)


def test_a_transformer_of_another_size_and_grey_images_can_be_built(registered):
    options = {"architecture": "timm/test_vit", "size": (64, 64), "channels": 1}
    own = describe(
        weights_file(**options), architecture="timm/test_vit", input_size=(64, 64), mean=(0.5,), std=(0.5,)
    )
    logits = load_model(registered(own).name, device="cpu")(torch.rand(2, 1, 64, 64))
    assert logits.shape == (2, CLASSES)


@pytest.mark.parametrize("has_heads", [True, False])
def test_heads_that_only_training_uses_do_not_matter(registered, has_heads):
    state = state_of("torchvision/googlenet")
    assert "aux1.fc2.bias" in state
    kept = {key: value for key, value in state.items() if has_heads or not key.startswith("aux")}
    spec = registered(describe(save(kept), architecture="torchvision/googlenet"))
    assert load_model(spec.name, device="cpu")(torch.rand(2, 3, 32, 32)).shape == (2, CLASSES)


def test_a_single_logit_is_two_classes(registered):
    spec = registered(describe(weights_file(classes=1), num_classes=1, class_names=("no", "yes")))
    assert load_model(spec.name, device="cpu")(torch.rand(2, 3, 32, 32)).shape == (2, 2)


@pytest.mark.parametrize("architecture", ["lenet", "resnet18", "vgg19", "torchvision/squeezenet1_1"])
def test_architectures_are_built_for_any_number_of_classes(architecture):
    channels, side = (1, 28) if architecture == "lenet" else (3, 32)
    network = build_network(architecture, 4, channels, (side, side)).eval()
    assert network(torch.rand(1, channels, side, side)).shape == (1, 4)


def test_the_architectures_of_both_libraries_are_listed():
    names = list_architectures()
    assert {"lenet", "torchvision/vit_b_16", "timm/resnet18"} <= set(names)
    assert len(names) == len(set(names)) > 1000
    for name in names[:60]:
        check_architecture(name)


def test_a_file_that_changed_is_not_attacked_silently(registered, tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(weights_file())
    spec = registered(describe(path))
    load_model(spec.name, device="cpu")
    path.write_bytes(weights_file(seed=1))
    with pytest.raises(ModelError, match=r"weights\.pt has changed since it was chosen"):
        load_model(spec.name, device="cpu")
    path.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(spec.name, device="cpu")
    with pytest.raises(ModelError, match="cannot be read"):
        register(describe(path))


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "large.pt"
    with path.open("wb") as file:
        file.truncate(500_000_001)
    monkeypatch.setattr(type(path), "read_bytes", lambda _: pytest.fail("it was read"))
    with pytest.raises(ModelError, match=r"large.pt has 501 MB; at most 500 MB are read"):
        register(describe(path))


def test_a_forgotten_network_is_gone_but_its_title_stays():
    spec = register(describe(weights_file()))
    forget(spec.name)
    forget(spec.name)
    assert find_spec(spec.name).title == spec.title
    assert not is_available(spec.name)
    for use in (load_model, weights_sha256):
        with pytest.raises(ModelError):
            use(spec.name)
    with pytest.raises(ModelError, match=r"own/never is no network here.*Give them again"):
        find_spec("own/never")


def test_fifty_networks_leave_nothing_behind(monkeypatch):
    loaded, load_into = [], own_weights.load_into

    def watched(network, *arguments):
        loaded.append(weakref.ref(network))
        load_into(network, *arguments)

    monkeypatch.setattr(own_weights, "load_into", watched)
    for number in range(50):
        name = register(describe(weights_file(), owner=str(number))).name
        load_model(name, device="cpu")
        forget(name)
    gc.collect()
    assert len(loaded) == 50
    assert not [network for network in loaded if network() is not None]
    assert not own_networks._networks
    assert len(own_networks._specs) <= own_networks.FORGOTTEN_KEPT


def test_descriptions_of_forgotten_networks_are_kept_for_a_while_only(monkeypatch):
    monkeypatch.setattr(own_networks, "FORGOTTEN_KEPT", 3)
    names = [register(describe(b"x", owner=str(number))).name for number in range(9)]
    for name in names:
        forget(name)
    assert [name for name in names if name in own_networks._specs] == names[-3:]


def test_many_threads_may_register_and_forget():
    errors = []

    def work(number):
        try:
            for turn in range(30):
                spec = register(describe(b"x", owner=f"{number} {turn}"))
                assert find_spec(spec.name) == spec
                forget(spec.name)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert not own_networks._networks
