from pathlib import Path

import huggingface_hub
import pytest
import timm
import torch
from huggingface_hub import constants
from huggingface_hub.errors import RemoteEntryNotFoundError
from safetensors.torch import save_file
from torch import nn

from sparsefool.errors import ModelError
from sparsefool.zoo.loading import is_available, load_model, weights_sha256
from sparsefool.zoo.sources import timm_models
from sparsefool.zoo.specs import find_spec

NAME = "timm/mobilenetv3_small_050.lamb_in1k"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path


def _place(cache: Path, name: str) -> Path:
    repository = cache / ("models--" + find_spec(name).weights.replace("/", "--"))
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40)
    snapshot = repository / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    return snapshot / "model.safetensors"


def _build(name: str) -> nn.Module:
    torch.manual_seed(0)
    return timm.create_model(name.partition("/")[2]).eval()


def test_the_weights_in_the_cache_are_loaded(cache: Path) -> None:
    network, path = _build(NAME), _place(cache, NAME)
    assert not is_available(NAME)
    save_file(network.state_dict(), path)
    classifier = load_model(NAME, device="cpu")
    images = torch.rand(2, 3, 224, 224)
    expected = network((images - classifier.mean) / classifier.std)
    torch.testing.assert_close(classifier(images), expected, rtol=1e-3, atol=1e-6, check_stride=False)
    assert is_available(NAME)
    assert len(weights_sha256(NAME)) == 64
    assert len(classifier.class_names) == 1000


def test_a_file_that_does_not_fit_is_refused(cache: Path) -> None:
    path = _place(cache, NAME)
    save_file({"weight": torch.zeros(1)}, path)
    with pytest.raises(ModelError, match="does not hold the weights of mobilenetv3_small_050"):
        load_model(NAME, device="cpu")
    path.write_bytes(b"no safetensors")
    with pytest.raises(ModelError, match="does not hold the weights of mobilenetv3_small_050"):
        load_model(NAME, device="cpu")


def test_without_a_network_the_message_names_the_repository_and_the_cache(cache: Path) -> None:
    with pytest.raises(ModelError, match="could not be downloaded") as caught:
        load_model(NAME, device="cpu")
    assert "timm/mobilenetv3_small_050.lamb_in1k" in str(caught.value)
    assert str(cache) in str(caught.value)


def test_progress_of_a_download_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _place(cache, NAME)

    def download(repository: str, file_name: str, tqdm_class: type) -> str:
        assert (repository, file_name) == (find_spec(NAME).weights, "model.safetensors")
        save_file(_build(NAME).state_dict(), path)
        with tqdm_class(unit="B", unit_scale=True, total=100, initial=0, desc="weights") as bar:
            bar.update(40)
            bar.update(60)
        return str(path)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    seen: list[tuple[int, int]] = []
    load_model(NAME, device="cpu", on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(40, 100), (100, 100)]


def test_a_repository_without_safetensors_gives_its_pickled_weights(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, path = _build(NAME), cache / "pytorch_model.bin"
    torch.save(network.state_dict(), path)

    def download(_: str, file_name: str, **__: object) -> str:
        if file_name != path.name:
            raise RemoteEntryNotFoundError.__new__(RemoteEntryNotFoundError)
        return str(path)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    loaded = load_model(NAME, device="cpu")
    assert torch.equal(loaded.module.conv_stem.weight, network.conv_stem.weight)


def test_a_network_outside_hugging_face_is_cached_where_torch_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    name = next(
        f"timm/{name}" for name in timm.list_pretrained() if not timm.get_pretrained_cfg(name).hf_hub_id
    )
    spec = find_spec(name)
    assert timm_models.locate(spec) is None
    path = tmp_path / "hub" / "checkpoints" / spec.weights.rpartition("/")[2]
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    assert timm_models.locate(spec) == path
