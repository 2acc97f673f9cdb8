import io
import struct
import time
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sparsefool.data.image_files import MAX_BYTES, fit, read_picture
from sparsefool.data.pictures import Picture
from sparsefool.errors import ImageError

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def _encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _png(width: int, height: int, depth: int, colour_type: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _noise(mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> Image.Image:
    values = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(values).convert(mode)


def _halves(left: tuple[int, int, int], right: tuple[int, int, int], width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), left)
    image.paste(right, (width // 2, 0, width, height))
    return image


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP"])
def test_a_lossless_file_gives_its_values_back(kind: str) -> None:
    image = _noise()
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = read_picture(_encode(image, kind, **options), "noise.dat")
    assert picture.name == "noise.dat"
    assert np.array_equal(picture.pixels, np.asarray(image))


def test_a_jpeg_gives_its_colours() -> None:
    picture = read_picture(_encode(_halves(RED, BLUE, 64, 32), "JPEG", quality=95), "halves.jpg")
    assert picture.pixels.shape == (32, 64, 3)
    assert np.abs(picture.pixels[16, 8].astype(int) - RED).max() < 8
    assert np.abs(picture.pixels[16, 56].astype(int) - BLUE).max() < 8


def test_a_cmyk_jpeg_becomes_rgb_and_is_not_inverted() -> None:
    cmyk = _halves(RED, WHITE, 64, 32).convert("CMYK")
    picture = read_picture(_encode(cmyk, "JPEG", quality=95), "print.jpg")
    assert np.abs(picture.pixels[16, 8].astype(int) - RED).max() < 8
    assert np.abs(picture.pixels[16, 56].astype(int) - WHITE).max() < 8


def test_a_phone_jpeg_with_a_second_picture_inside_is_its_first_picture() -> None:
    data = _encode(Image.new("RGB", (16, 16), RED), "MPO", save_all=True, append_images=[_noise()])
    assert read_picture(data, "phone.jpg").pixels.shape == (16, 16, 3)


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_grey_pictures_have_one_channel(mode: str) -> None:
    image = _noise().convert("L").convert(mode)
    picture = read_picture(_encode(image, "PNG"), "grey.png")
    assert picture.pixels.shape == (30, 40, 1)
    assert np.array_equal(picture.pixels[:, :, 0], np.asarray(image.convert("L")))


def test_16_bit_grey_is_scaled_not_cut() -> None:
    values = [0, 257, 200 * 257 - 128, 200 * 257 + 128, 65535]
    row = b"\0" + struct.pack(">5H", *values)
    picture = read_picture(_png(5, 1, 16, 0, row), "deep.png")
    assert picture.pixels.ravel().tolist() == [0, 1, 200, 200, 255]


def test_16_bit_colour_keeps_its_upper_bytes() -> None:
    row = b"\0" + struct.pack(">6H", 0x1234, 0, 65535, 0xFF00, 0x00FF, 0x8000)
    picture = read_picture(_png(2, 1, 16, 2, row), "deep.png")
    assert picture.pixels.reshape(-1, 3).tolist() == [[0x12, 0, 255], [255, 0, 0x80]]


def test_transparency_is_composited_over_white() -> None:
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    image.putpixel((1, 0), (255, 0, 0, 128))
    picture = read_picture(_encode(image, "PNG"), "cut-out.png")
    assert picture.pixels[0, 0].tolist() == list(WHITE)
    assert np.abs(picture.pixels[0, 1].astype(int) - (255, 127, 127)).max() <= 1


def _palette() -> Image.Image:
    image = Image.new("P", (2, 1), 0)
    image.putpalette([*RED, *GREEN])
    image.putpixel((1, 0), 1)
    return image


@pytest.mark.parametrize("transparency", [0, bytes([0, 255])])
def test_a_palette_with_transparency_is_composited_over_white(transparency: int | bytes) -> None:
    picture = read_picture(_encode(_palette(), "PNG", transparency=transparency), "palette.png")
    assert picture.pixels[0].tolist() == [list(WHITE), list(GREEN)]


def test_a_palette_without_transparency_is_its_colours() -> None:
    picture = read_picture(_encode(_palette(), "PNG"), "palette.png")
    assert picture.pixels[0].tolist() == [list(RED), list(GREEN)]


def test_the_orientation_of_a_camera_is_applied() -> None:
    image = _halves(RED, BLUE, 64, 32)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = read_picture(_encode(image, "PNG", exif=exif), "turned.png")
    assert picture.pixels.shape == (64, 32, 3)
    assert picture.pixels[8, 16].tolist() == list(RED)
    assert picture.pixels[56, 16].tolist() == list(BLUE)


def test_damaged_camera_data_does_not_matter() -> None:
    cut_short = b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01\x03\0\x01\0\0\0\x06"
    data = _encode(_noise(), "JPEG", exif=cut_short)
    assert read_picture(data, "odd.jpg").pixels.shape == (30, 40, 3)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_refused_and_its_single_frame_is_read(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    with pytest.raises(ImageError, match=r"cat is an animation.*Save one frame"):
        read_picture(_encode(frames[0], kind, save_all=True, append_images=frames[1:]), "cat")
    assert read_picture(_encode(frames[0], kind), "cat").pixels.shape == (8, 8, 3)


@pytest.mark.parametrize(
    "data",
    [b"", b"this is text", b"<svg></svg>", _encode(_noise(), "TIFF"), _encode(_noise(), "ICO")],
    ids=["empty", "text", "svg", "tiff", "ico"],
)
def test_other_files_are_refused_whatever_their_name(data: bytes) -> None:
    with pytest.raises(ImageError, match=r"photo.png is no image file.*PNG, JPEG"):
        read_picture(data, "photo.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_file_that_breaks_off_is_refused(kind: str, part: float) -> None:
    data = _encode(_noise(), kind)
    with pytest.raises(ImageError, match="half is damaged or incomplete"):
        read_picture(data[: max(16, int(len(data) * part))], "half")


def test_too_many_pixels_are_refused_from_the_header() -> None:
    start = time.perf_counter()
    with pytest.raises(ImageError, match=r"30000 x 30000 pixels \(900 million\)"):
        read_picture(_png(30_000, 30_000, 8, 2, bytes(1000)), "bomb.png")
    assert time.perf_counter() - start < 0.5


def test_pixels_above_the_limit_but_below_pillows_are_refused_too() -> None:
    with pytest.raises(ImageError, match="6000 x 6000 pixels"):
        read_picture(_png(6000, 6000, 8, 2, bytes(1000)), "large.png")


def test_a_file_above_the_limit_is_refused() -> None:
    with pytest.raises(ImageError, match=r"big.png has 10\.0 MB; at most 10 MB"):
        read_picture(bytes(MAX_BYTES + 1), "big.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_random_damage_gives_a_picture_or_an_image_error(kind: str) -> None:
    generator = np.random.default_rng(0)
    intact = _encode(_noise(), kind)
    for _ in range(200):
        damaged = bytearray(intact)
        for _ in range(generator.integers(1, 6)):
            damaged[generator.integers(len(damaged))] = generator.integers(256)
        try:
            picture = read_picture(bytes(damaged), "fuzz")
        except ImageError:
            continue
        assert picture.pixels.dtype == np.uint8


def _picture(image: Image.Image) -> Picture:
    pixels = np.asarray(image)
    return Picture(pixels.reshape(*pixels.shape[:2], -1), "picture")


def test_a_picture_of_the_right_size_is_kept_value_for_value() -> None:
    picture = _picture(_noise(size=(224, 224)))
    assert np.array_equal(fit(picture, (224, 224), 3).pixels, picture.pixels)


def test_the_centre_of_a_wide_picture_is_kept() -> None:
    image = Image.new("RGB", (600, 200), RED)
    image.paste(GREEN, (200, 0, 400, 200))
    fitted = fit(_picture(image), (100, 100), 3)
    assert fitted.pixels.shape == (100, 100, 3)
    assert (fitted.pixels[:, 2:-2] == GREEN).all()


def test_a_size_that_is_not_square_is_height_then_width() -> None:
    fitted = fit(_picture(_halves(RED, BLUE, 200, 200)), (40, 80), 3)
    assert fitted.pixels.shape == (40, 80, 3)
    assert fitted.pixels[20, 5].tolist() == list(RED)
    assert fitted.pixels[20, 75].tolist() == list(BLUE)


def test_it_is_the_usual_recipe_of_256_then_224() -> None:
    image = Image.fromarray(np.asarray(_noise(size=(16, 16)).resize((512, 512), Image.Resampling.BICUBIC)))
    usual = image.resize((256, 256), Image.Resampling.BICUBIC).crop((16, 16, 240, 240))
    fitted = fit(_picture(image), (224, 224), 3, keep=224 / 256)
    assert np.abs(fitted.pixels.astype(int) - np.asarray(usual)).max() <= 1


def test_colour_becomes_luma_and_grey_becomes_three_equal_channels() -> None:
    grey = fit(_picture(Image.new("RGB", (28, 28), GREEN)), (28, 28), 1)
    assert grey.pixels.shape == (28, 28, 1)
    assert (grey.pixels == 150).all()
    coloured = fit(_picture(_noise("L", (28, 28))), (28, 28), 3)
    assert (coloured.pixels == coloured.pixels[:, :, :1]).all()


def test_a_single_pixel_is_read_but_too_small_for_a_network() -> None:
    dot = read_picture(_encode(Image.new("RGB", (1, 1), RED), "PNG"), "dot.png")
    assert dot.pixels.tolist() == [[list(RED)]]
    with pytest.raises(ImageError, match=r"dot.png is too small: 1 x 1 pixels.*224 x 224"):
        fit(dot, (224, 224), 3)


def test_small_pictures_are_enlarged_up_to_eight_times() -> None:
    assert fit(_picture(_noise(size=(28, 28))), (224, 224), 3).pixels.shape == (224, 224, 3)
    with pytest.raises(ImageError, match="too small"):
        fit(_picture(_noise(size=(27, 27))), (224, 224), 3)
