import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from sparsefool.backend import models
from sparsefool.backend.models import default_model, loaded_model, with_model, within_memory
from sparsefool.backend.progress import NullProgress
from sparsefool.errors import Cancelled, DeviceError, MemoryFullError, ModelError
from sparsefool.zoo.loading import load_model
from sparsefool.zoo.own_networks import register
from tests.backend.gate import SOON, Gate
from tests.own_network import describe, weights_file
from tests.tiny_model import put_in_place, tiny_classifier


@pytest.fixture
def loads(monkeypatch):
    """The names and devices that were loaded, each with a network of its own."""
    seen = []
    put_in_place(monkeypatch, None)

    def load(name, device, on_progress):
        seen.append((name, device))
        on_progress(1, 2)
        return tiny_classifier()

    monkeypatch.setattr(models, "load_model", load)
    return seen


def test_a_network_is_loaded_once_per_device(loads):
    first = loaded_model("a", "cpu", NullProgress())
    assert loaded_model("a", "cpu", NullProgress()) is first
    assert loaded_model("a", "cuda:0", NullProgress()) is not first
    assert loads == [("a", "cpu"), ("a", "cuda:0")]


def test_a_download_holds_up_nobody_who_uses_another_network(loads, monkeypatch):
    gate = Gate()

    class Downloading(NullProgress):
        def report(self, *_):
            gate(self)

    monkeypatch.setattr(models, "is_available", lambda name: name != "far")
    with ThreadPoolExecutor(2) as pool:
        far = pool.submit(loaded_model, "far", "cpu", Downloading())
        assert gate.entered.wait(SOON)
        near = pool.submit(loaded_model, "near", "cpu", NullProgress())
        try:
            assert near.result(SOON).classifier is not None
            assert not far.done()
        finally:
            gate.open.set()
        far.result(SOON)
    assert [name for name, _ in loads] == ["near", "far"]


def test_only_the_networks_used_last_are_kept(loads):
    for name in ("a", "b", "c", "a", "d", "a", "b"):
        loaded_model(name, "cpu", NullProgress())
    assert [name for name, _ in loads] == ["a", "b", "c", "d", "b"]


def test_a_cancelled_download_leaves_nothing_behind(loads):
    class Unwanted(NullProgress):
        def check(self):
            raise Cancelled("no more")

    with pytest.raises(Cancelled):
        loaded_model("a", "cpu", Unwanted())
    loaded_model("a", "cpu", NullProgress())
    assert len(loads) == 2


def test_an_unknown_network_is_named():
    with pytest.raises(ModelError, match="'nonsense/network'"):
        loaded_model("nonsense/network", "cpu", NullProgress())


@pytest.mark.parametrize(
    ("here", "expected"), [(True, "cifar10/resnet18"), (False, "imagenet/efficientnet-lite0")]
)
def test_the_default_is_the_small_network_if_it_is_trained(monkeypatch, here, expected):
    monkeypatch.setattr(models, "is_available", lambda _: here)
    assert default_model() == expected


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_full_memory_is_one_error_wherever_it_was_full(error):
    def work():
        raise error

    with pytest.raises(DeviceError, match=r"is full\. Enough is kept\. Choose a smaller network"):
        within_memory(work, "cpu", "Enough is kept.")


@pytest.mark.usefixtures("loads")
def test_where_memory_is_full_other_networks_go_and_the_work_begins_again():
    others = [weakref.ref(loaded_model(name, "cpu", NullProgress())) for name in ("a", "b")]
    attempts = []

    def work(model, device):
        attempts.append(model)
        if models._loaded["cpu"].get("a") is not None:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return device

    assert with_model("large", "cpu", NullProgress(), work) == "cpu"
    assert len(attempts) == 2
    assert attempts[0] is attempts[1], "its own network stays"
    gc.collect()
    assert [other() for other in others] == [None, None]


@pytest.mark.usefixtures("loads")
def test_where_memory_is_full_without_others_it_is_said():
    attempts = []

    def work(*_):
        attempts.append(1)
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(MemoryFullError, match="is full"):
        with_model("large", "cpu", NullProgress(), work)
    assert len(attempts) == 1


def test_any_other_error_stays_what_it_is():
    with pytest.raises(RuntimeError, match="of another kind"):
        within_memory(lambda: (_ for _ in ()).throw(RuntimeError("of another kind")), "cpu")


def test_a_forgotten_network_leaves_the_cache_of_every_device():
    spec = register(describe(weights_file()))
    loaded = models.loaded_model(spec.name, "cpu", NullProgress())
    network = weakref.ref(loaded.classifier)
    assert models.loaded_model(spec.name, "cpu", NullProgress()) is loaded
    del loaded
    models.forget_network(spec.name)
    gc.collect()
    assert network() is None
    with pytest.raises(ModelError, match="no network here"):
        models.loaded_model(spec.name, "cpu", NullProgress())


def test_a_network_that_is_forgotten_while_it_is_loaded_is_not_kept(monkeypatch):
    spec = register(describe(weights_file()))

    def load(*arguments):
        classifier = load_model(*arguments)
        models.forget_network(spec.name)
        return classifier

    monkeypatch.setattr(models, "load_model", load)
    monkeypatch.setattr(models, "weights_sha256", lambda _: "of what was loaded")
    assert models.loaded_model(spec.name, "cpu", NullProgress()).classifier.name == spec.name
    assert models._loaded["cpu"].get(spec.name) is None
