import io

import numpy as np
import pytest
import torch
from PIL import Image

from sparsefool.data.pictures import Picture
from sparsefool.errors import ImageError


def _random(channels: int) -> Picture:
    values = np.random.default_rng(0).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    return Picture(values, "random")


@pytest.mark.parametrize("channels", [1, 3])
def test_every_way_out_and_back_keeps_every_value(channels: int) -> None:
    picture = _random(channels)
    tensor = picture.tensor()
    assert tensor.shape == (1, channels, 5, 7)
    assert tensor.dtype == torch.float32
    assert torch.equal(tensor[0, 0, 2, 3] * 255, torch.tensor(float(picture.pixels[2, 3, 0])))
    assert np.array_equal(Picture.from_tensor(tensor[0]).pixels, picture.pixels)
    decoded = np.asarray(Image.open(io.BytesIO(picture.png()))).reshape(5, 7, channels)
    assert np.array_equal(decoded, picture.pixels)


def test_an_image_off_the_8_bit_grid_is_rounded_and_clipped() -> None:
    image = torch.tensor([-0.1, 0.4 / 255, 0.6 / 255, 1.2]).view(1, 1, 4)
    assert Picture.from_tensor(image).pixels.ravel().tolist() == [0, 0, 1, 255]


def test_pixels_cannot_be_written_nor_changed_through_the_array_given() -> None:
    given = np.zeros((2, 2, 3), np.uint8)
    picture = Picture(given, "black")
    given[:] = 9
    assert picture.pixels.max() == 0
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0, 0] = 1


def test_the_hash_is_of_shape_and_values_alone() -> None:
    flat = np.arange(12, dtype=np.uint8)
    picture = Picture(flat.reshape(2, 2, 3), "one")
    assert picture.sha256 == Picture(flat.reshape(2, 2, 3), "two").sha256
    assert picture.sha256 != Picture(flat.reshape(4, 1, 3), "one").sha256
    assert picture.sha256 != Picture(flat.reshape(2, 2, 3) + np.uint8(1), "one").sha256


def test_size_is_height_then_width() -> None:
    picture = _random(3)
    assert (picture.height, picture.width, picture.channels) == (5, 7, 3)
    assert picture.image().size == (7, 5)


@pytest.mark.parametrize("shape", [(2, 2, 4), (2, 2, 2), (0, 2, 3)])
def test_other_shapes_are_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ImageError, match="one or three channels"):
        Picture(np.zeros(shape, np.uint8), "odd")
