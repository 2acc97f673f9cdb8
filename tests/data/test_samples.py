import pytest
import torch

from sparsefool import paths
from sparsefool.data import samples
from sparsefool.data.galleries import load_gallery
from sparsefool.data.samples import is_test_image, load_samples
from sparsefool.data.specs import DATASETS
from sparsefool.errors import DataError


@pytest.mark.parametrize(("dataset", "shape"), [("mnist", (1, 28, 28)), ("cifar10", (3, 32, 32))])
def test_a_thousand_test_images_come_with_the_project(dataset, shape):
    found = load_samples(dataset)
    assert found.images.shape == (1000, *shape)
    levels = 255 * found.images
    assert torch.equal(levels.round() / 255, found.images)
    assert torch.bincount(found.labels, minlength=10).min() > 70
    assert found.names[999] == f"{dataset}_0999"
    assert len(found.class_names) == 10


def test_those_of_cifar10_begin_with_the_gallery():
    found, gallery = load_samples("cifar10").part(0, 20), load_gallery("cifar10")
    assert torch.equal(found.images, gallery.images)
    assert torch.equal(found.labels, gallery.labels)


def test_of_imagenet_there_is_the_gallery_in_any_size():
    assert load_samples("imagenet", (64, 64)).images.shape == (20, 3, 64, 64)


def test_a_part_keeps_images_labels_and_names_together():
    found = load_samples("mnist")
    part = found.part(3, 5)
    assert torch.equal(part.images, found.images[3:5])
    assert part.labels.tolist() == found.labels[3:5].tolist()
    assert part.names == ("mnist_0003", "mnist_0004")


def test_what_is_not_there_is_said(monkeypatch, tmp_path):
    with pytest.raises(DataError, match="no data set 'svhn'; there are mnist, cifar10, imagenet"):
        load_samples("svhn")
    monkeypatch.setattr(paths, "TEST_IMAGES", tmp_path)
    samples._load.cache_clear()
    with pytest.raises(DataError, match="neither exists"):
        load_samples("mnist")


@pytest.mark.parametrize("spec", DATASETS, ids=lambda spec: spec.name)
def test_it_is_known_whether_the_sample_images_are_the_first_test_images(spec):
    shown, there = (load(spec.name, spec.image_size).images for load in (load_gallery, load_samples))
    assert torch.equal(shown, there[: len(shown)]) == spec.samples_are_tests


@pytest.mark.parametrize(
    ("gallery", "index", "numbered"),
    [("mnist", 19, False), ("mnist", 20, True), ("cifar10", 3, True), ("cifar10", 20, True)],
)
def test_a_picture_of_the_pages_may_be_the_test_image_of_its_number(gallery, index, numbered):
    assert is_test_image(gallery, index) == numbered


@pytest.mark.parametrize("spec", DATASETS, ids=lambda spec: spec.name)
def test_test_images_are_counted_as_they_are_read(spec):
    assert samples.count_samples(spec.name) == len(load_samples(spec.name, spec.image_size))


def test_missing_and_damaged_files_are_not_counted(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "TEST_IMAGES", tmp_path)
    with pytest.raises(DataError, match="expected"):
        samples.count_samples("mnist")
    (tmp_path / "test.parquet").write_bytes(b"no table")
    with pytest.raises(DataError, match="not a readable Parquet file"):
        samples.count_samples("mnist")
