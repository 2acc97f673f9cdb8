import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from sparsefool import paths
from sparsefool.data.datasets import DATA_VARIABLE, load_dataset
from sparsefool.errors import DataError

SHAPES = {"mnist": (28, 28), "cifar10": (32, 32, 3)}
COLUMNS = {"mnist": "image", "cifar10": "img"}


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def make_pixels(name, n=5):
    return np.random.default_rng(0).integers(0, 256, (n, *SHAPES[name]), dtype=np.uint8)


def write(path, cells, labels, column):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({column: cells, "label": labels}), path)


@pytest.fixture(autouse=True)
def no_variable(monkeypatch):
    monkeypatch.delenv(DATA_VARIABLE, raising=False)


@pytest.fixture(params=["mnist", "cifar10"])
def name(request):
    return request.param


@pytest.fixture
def stored(tmp_path, name):
    """Write both parts of a data set and return the pixels of the test part."""
    pixels = make_pixels(name)
    cells = [{"bytes": png(image), "path": None} for image in pixels]
    write(tmp_path / name / "test.parquet", cells, [3, 0, 9, 1, 1], COLUMNS[name])
    write(tmp_path / name / "train.parquet", cells[:2], [7, 8], COLUMNS[name])
    return pixels


@pytest.mark.parametrize("inner", [False, True])
def test_images_and_labels_come_back_exactly(tmp_path, name, stored, inner):
    read = load_dataset(name, "test", tmp_path / name if inner else tmp_path)
    assert read.images.dtype == torch.uint8
    assert read.images.is_contiguous()
    assert torch.equal(
        read.images, torch.from_numpy(stored.reshape(5, *SHAPES[name][:2], -1)).permute(0, 3, 1, 2)
    )
    assert torch.equal(read.labels, torch.tensor([3, 0, 9, 1, 1]))
    assert len(read) == 5


def test_the_training_part_is_another_file(tmp_path, name, stored):
    assert load_dataset(name, "train", tmp_path).labels.tolist() == [7, 8]
    assert len(stored) == 5


def test_the_environment_names_the_folder(tmp_path, name, stored, monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    assert len(load_dataset(name, "test")) == len(stored)


def test_a_given_folder_comes_before_the_environment(tmp_path, name, stored, monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "elsewhere"))
    assert len(load_dataset(name, "test", tmp_path)) == len(stored)


def test_a_folder_without_the_files_is_refused(tmp_path, name):
    with pytest.raises(DataError, match=rf"{name} test images were expected in .*test\.parquet.*--data"):
        load_dataset(name, "test", tmp_path)


def test_a_file_without_the_columns_is_refused(tmp_path, name, stored):
    write(tmp_path / name / "test.parquet", [1] * len(stored), [1] * len(stored), "picture")
    with pytest.raises(
        DataError, match=rf"needs the columns \['{COLUMNS[name]}', 'label'\]; it has \['picture'"
    ):
        load_dataset(name, "test", tmp_path)


@pytest.mark.parametrize("content", [b"", b"no parquet", None])
def test_a_damaged_file_is_refused(tmp_path, name, stored, content):
    path = tmp_path / name / "test.parquet"
    path.write_bytes(path.read_bytes()[: len(stored) * 50] if content is None else content)
    with pytest.raises(DataError, match=r"test\.parquet is not a readable Parquet file"):
        load_dataset(name, "test", tmp_path)


@pytest.mark.parametrize("cell", [None, {"bytes": b"no png", "path": None}, {"bytes": None, "path": "a.png"}])
def test_a_damaged_image_is_refused_with_its_row(tmp_path, name, cell):
    good = {"bytes": png(make_pixels(name)[0]), "path": None}
    write(tmp_path / name / "test.parquet", [good, cell], [1, 2], COLUMNS[name])
    with pytest.raises(DataError, match="row 1 holds no readable image"):
        load_dataset(name, "test", tmp_path)


def test_an_image_of_another_size_is_refused(tmp_path, name):
    small = {"bytes": png(make_pixels(name)[0][:20]), "path": None}
    write(tmp_path / name / "test.parquet", [small], [1], COLUMNS[name])
    with pytest.raises(DataError, match=r"row 0: an image of shape .* was expected; it is \(20,"):
        load_dataset(name, "test", tmp_path)


@pytest.mark.parametrize("label", [-1, 10, "cat", None])
def test_labels_out_of_range_are_refused(tmp_path, name, label):
    good = {"bytes": png(make_pixels(name)[0]), "path": None}
    write(tmp_path / name / "test.parquet", [good], [label], COLUMNS[name])
    with pytest.raises(DataError, match="labels must be whole numbers from 0 to 9"):
        load_dataset(name, "test", tmp_path)


@pytest.mark.parametrize("unknown", ["svhn", "imagenet"])
def test_an_unknown_data_set_is_refused(tmp_path, unknown):
    with pytest.raises(DataError, match=f"no data set '{unknown}'; there are mnist, cifar10\\."):
        load_dataset(unknown, "test", tmp_path)


class Downloaded:
    """What torchvision's data sets look like."""

    def __init__(self, root, train, download):
        assert root == paths.DOWNLOADS
        assert download
        self.data = np.full((2, 32, 32, 3), 200 if train else 100, np.uint8)
        self.targets = [4, 5]


def test_without_a_folder_torchvision_downloads(monkeypatch):
    monkeypatch.setattr("torchvision.datasets.CIFAR10", Downloaded)
    train, test = (load_dataset("cifar10", split) for split in ("train", "test"))
    assert train.images.shape == (2, 3, 32, 32)
    assert (int(train.images[0, 0, 0, 0]), int(test.images[0, 0, 0, 0])) == (200, 100)
    assert test.labels.tolist() == [4, 5]


def test_a_failed_download_says_what_to_do(monkeypatch):
    def fail(*_, **__):
        raise OSError("no route")

    monkeypatch.setattr("torchvision.datasets.MNIST", fail)
    with pytest.raises(
        DataError, match=r"MNIST could not be downloaded.*no route.*--data or SPARSEFOOL_DATA"
    ):
        load_dataset("mnist", "train")
