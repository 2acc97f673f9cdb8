import importlib.util
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sparsefool.data.galleries import GALLERIES, load_gallery
from sparsefool.data.image_files import read_picture
from sparsefool.errors import DataError

SHAPES = {"mnist": (20, 1, 28, 28), "cifar10": (20, 3, 32, 32), "imagenet": (20, 3, 224, 224)}


@pytest.mark.parametrize("name", GALLERIES)
def test_twenty_labelled_images_on_the_8_bit_grid(name: str) -> None:
    gallery = load_gallery(name)
    assert gallery.images.shape == SHAPES[name]
    assert gallery.images.dtype == torch.float32
    assert torch.equal((gallery.images * 255).round() / 255, gallery.images)
    assert 0 <= gallery.images.min() < 0.1
    assert 0.9 < gallery.images.max() <= 1
    assert gallery.labels.shape == (20,)
    assert len(gallery) == len(gallery.names) == len(set(gallery.names)) == 20
    assert int(gallery.labels.max()) < len(gallery.class_names)


def test_mnist_labels_are_the_first_of_the_test_set() -> None:
    assert load_gallery("mnist").labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_class_names_fit_the_labels() -> None:
    cifar10, imagenet = load_gallery("cifar10"), load_gallery("imagenet")
    assert [cifar10.class_names[label] for label in cifar10.labels[:4]] == ["cat", "ship", "ship", "airplane"]
    assert imagenet.class_names[imagenet.labels[0]] == "bull mastiff"
    assert len(imagenet.class_names) == 1000


def test_small_images_are_the_files_value_for_value() -> None:
    (package,) = importlib.util.find_spec("foolbox").submodule_search_locations
    original = read_picture(Path(package, "data", "cifar10_03_0.png").read_bytes(), "plane")
    gallery = load_gallery("cifar10")
    assert gallery.picture(3).sha256 == original.sha256
    assert gallery.picture(3).name == gallery.names[3] == "cifar10_03"
    assert gallery.labels[3] == 0


def test_a_picture_of_the_gallery_is_its_image() -> None:
    gallery = load_gallery("imagenet")
    picture = gallery.picture(7)
    assert torch.equal(picture.tensor()[0], gallery.images[7])
    decoded = Image.open(io.BytesIO(picture.png()))
    assert decoded.size == (224, 224)


def test_imagenet_images_are_resized_to_256_and_cropped_to_224() -> None:
    (package,) = importlib.util.find_spec("foolbox").submodule_search_locations
    original = Image.open(Path(package, "data", "imagenet_00_243.jpg"))
    usual = original.resize((256, 256), Image.Resampling.BICUBIC).crop((16, 16, 240, 240))
    difference = load_gallery("imagenet").picture(0).pixels.astype(int) - np.asarray(usual)
    assert np.abs(difference).max() <= 1


def test_another_size_can_be_asked_for() -> None:
    assert load_gallery("imagenet", size=(299, 299)).images.shape == (20, 3, 299, 299)


def test_an_unknown_gallery_is_named() -> None:
    with pytest.raises(DataError, match=r"no gallery 'imagenette'; there are mnist, cifar10, imagenet"):
        load_gallery("imagenette")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(DataError, match="pip install foolbox"):
        load_gallery("mnist")
