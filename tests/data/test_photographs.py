import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from sparsefool.data.image_files import fit, read_picture
from sparsefool.data.photographs import Pictures
from sparsefool.data.samples import load_samples
from sparsefool.errors import DataError

SIZE = (224, 224)


def encoded(seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (260, 300, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return file.getvalue()


@pytest.fixture
def file(tmp_path):
    cells = [{"bytes": encoded(seed), "path": ""} for seed in range(3)]
    path = tmp_path / "photographs.parquet"
    pq.write_table(pa.table({"image": cells, "label": [0, 7, 1]}), path)
    return path


def photographs(file, *names, classes=()):
    return Pictures("imagenet", "mine", names, classes, file)


def test_photographs_are_cropped_as_the_sample_pictures_are(file):
    found = photographs(file, "row-2.png", "row-0.png").load(SIZE, 0, 2)
    assert found.labels.tolist() == [1, 0]
    assert found.names == ("row-2.png", "row-0.png")
    expected = fit(read_picture(encoded(2), "row-2.png"), SIZE, 3, 224 / 256).tensor()
    assert (found.images[:1] == expected).all()


def test_test_images_are_chosen_by_number():
    found = Pictures("cifar10", "cifar10", (7, 3)).load((32, 32), 1, 2)
    assert (found.images[0] == load_samples("cifar10").images[3]).all()
    assert found.names == ("cifar10_0003",)


def test_another_file_than_was_annotated_is_told(file):
    with pytest.raises(DataError, match=r"annotated as cock; in .* labelled goldfish"):
        photographs(file, "row-2.png", classes=("cock",)).load(SIZE, 0, 1)


@pytest.mark.parametrize("name", ["row-3.png", "holiday.png"])
def test_a_row_that_is_not_there_is_told(file, name):
    with pytest.raises(DataError, match=f"has 3 rows; {name} is none"):
        photographs(file, name).load(SIZE, 0, 1)


def test_photographs_without_a_file_and_files_without_photographs_are_told(tmp_path):
    with pytest.raises(DataError, match="mine does not come with the project"):
        photographs(None, "row-0.png").load(SIZE, 0, 1)
    with pytest.raises(DataError, match=r"gone.parquet is no Parquet file"):
        photographs(tmp_path / "gone.parquet", "row-0.png").load(SIZE, 0, 1)
    with pytest.raises(DataError, match="There are 1000 test images of cifar10"):
        Pictures("cifar10", "cifar10", (10_000,)).load((32, 32), 0, 1)
