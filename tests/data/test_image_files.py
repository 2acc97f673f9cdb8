import io
import itertools
import struct
import time
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pillow_heif import from_pillow

from sparsefool.data.image_files import FORMATS, MAX_BYTES, fit, read_picture
from sparsefool.data.pictures import Picture
from sparsefool.errors import ImageError

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


KINDS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "HEIC", "AVIF")


def _encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    if kind == "HEIC":
        options["append_images"] = [from_pillow(each)[0] for each in options.get("append_images", ())]
        from_pillow(image).save(file, **options)
    else:
        image.save(file, kind, **options)
    return file.getvalue()


def _png(
    width: int, height: int, depth: int, colour_type: int, rows: bytes, transparent: tuple[int, ...] = ()
) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    body = chunk(b"IHDR", header)
    if transparent:
        body += chunk(b"tRNS", struct.pack(f">{len(transparent)}H", *transparent))
    body += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _tiff(tags: dict[int, int], data: bytes) -> bytes:
    """Return a TIFF of one page with these whole-number tags; the data begin at byte 8."""
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + directory


def _resized(data: bytes, width: int, height: int) -> bytes:
    """Return a HEIC or AVIF whose header names another size than its pixels have."""
    start = data.index(b"ispe") + 8
    return data[:start] + struct.pack(">II", width, height) + data[start + 8 :]


def _noise(mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> Image.Image:
    values = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(values).convert(mode)


def _halves(left: tuple[int, int, int], right: tuple[int, int, int], width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), left)
    image.paste(right, (width // 2, 0, width, height))
    return image


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP", "TIFF"])
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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["photo.png", "photo.jfif", "photo.jpe", "photo.heic", "photo"])
def test_the_content_decides_and_not_the_name(kind: str, name: str) -> None:
    picture = read_picture(_encode(_halves(RED, BLUE, 64, 32), kind), name)
    assert picture.name == name
    assert picture.pixels.shape == (32, 64, 3)
    assert np.abs(picture.pixels[16, 8].astype(int) - RED).max() < 12
    assert np.abs(picture.pixels[16, 56].astype(int) - BLUE).max() < 12


@pytest.mark.parametrize("kind", ["HEIC", "AVIF"])
def test_a_container_whose_first_brand_names_no_coding_is_told_by_the_others(kind: str) -> None:
    data = bytearray(_encode(_noise(), kind))
    data[8:12] = b"mif1"
    assert read_picture(bytes(data), "photo").pixels.shape == (30, 40, 3)


@pytest.mark.parametrize("kind", ["TIFF", "HEIC", "AVIF"])
def test_grey_files_of_the_newer_formats_have_one_channel(kind: str) -> None:
    values = np.repeat(np.arange(0, 256, 8, dtype=np.uint8)[None], 32, axis=0)
    picture = read_picture(_encode(Image.fromarray(values), kind), "grey")
    assert picture.pixels.shape == (32, 32, 1)
    assert np.abs(picture.pixels[:, :, 0].astype(int) - values).max() < 12


@pytest.mark.parametrize(
    ("kind", "options"), [("TIFF", {}), ("HEIC", {"quality": -1, "chroma": 444}), ("AVIF", {"quality": 100})]
)
def test_transparency_of_the_newer_formats_is_composited_over_white(
    kind: str, options: dict[str, int]
) -> None:
    image = Image.new("RGBA", (64, 32), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (32, 0, 64, 32))
    picture = read_picture(_encode(image, kind, **options), "cut-out")
    assert np.abs(picture.pixels[16, 8].astype(int) - WHITE).max() < 8
    assert np.abs(picture.pixels[16, 56].astype(int) - RED).max() < 8


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "HEIC", "AVIF"])
def test_the_orientation_is_applied_once(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = _encode(_halves(RED, BLUE, 64, 32), kind, exif=exif.tobytes() if kind == "HEIC" else exif)
    picture = read_picture(data, "turned")
    assert picture.pixels.shape == (64, 32, 3)
    assert np.abs(picture.pixels[8, 16].astype(int) - RED).max() < 12
    assert np.abs(picture.pixels[56, 16].astype(int) - BLUE).max() < 12


def test_the_containers_own_orientation_counts_and_not_what_exif_repeats() -> None:
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0"
    data = _encode(_halves(RED, BLUE, 64, 32), "HEIC", exif=exif)
    upright = b"\x01\x12\0\x03\0\0\0\x01\0\x01"
    assert data.count(upright) == 1
    picture = read_picture(data.replace(upright, upright[:-1] + b"\x06"), "phone.heic")
    assert picture.pixels.shape == (32, 64, 3)


def test_of_several_pages_the_first_is_read() -> None:
    data = _encode(Image.new("RGB", (8, 8), RED), "TIFF", save_all=True, append_images=[_noise()])
    assert read_picture(data, "scan.tif").pixels.tolist() == [[list(RED)] * 8] * 8


def test_of_several_stills_the_primary_one_is_read() -> None:
    stills = [Image.new("RGB", (64, 64), colour) for colour in (GREEN, BLUE)]
    data = _encode(_noise(), "HEIC", save_all=True, append_images=stills, primary_index=2)
    picture = read_picture(data, "live.heic")
    assert picture.pixels.shape == (64, 64, 3)
    assert np.abs(picture.pixels[32, 32].astype(int) - BLUE).max() < 12


_LOSSLESS = itertools.product(["raw", "tiff_lzw", "tiff_adobe_deflate"], ["1", "L", "RGB", "CMYK", "P"])


@pytest.mark.parametrize(
    ("compression", "mode"), [*_LOSSLESS, ("group4", "1"), ("jpeg", "L"), ("jpeg", "RGB"), ("jpeg", "CMYK")]
)
def test_tiffs_of_every_usual_kind_are_read(compression: str, mode: str) -> None:
    picture = read_picture(_encode(_noise(mode), "TIFF", compression=compression), "scan.tif")
    assert picture.pixels.shape == (30, 40, 1 if mode in ("1", "L") else 3)


@pytest.mark.parametrize("depth", [12, 16])
def test_deep_grey_of_a_heic_is_scaled(depth: int) -> None:
    values = np.repeat(np.linspace(0, 65535, 32).astype(np.uint16)[None], 32, axis=0)
    data = _encode(Image.fromarray(values), "HEIC", quality=-1, bit_depth=depth)
    picture = read_picture(data, "deep.heic")
    assert picture.pixels.shape == (32, 32, 1)
    assert np.abs(picture.pixels[:, :, 0] - values / 257).max() < 4


@pytest.mark.parametrize(
    ("kind", "beginning", "big"), [("<u2", b"II*", False), (">u2", b"MM\0*", False), ("<u2", b"II+", True)]
)
def test_deep_grey_of_a_tiff_is_rounded_in_either_byte_order(kind: str, beginning: bytes, big: bool) -> None:
    values = np.array([[0, 257, 200 * 257 - 128, 200 * 257 + 128, 65535]], dtype=kind)
    data = _encode(Image.fromarray(values), "TIFF", big_tiff=big)
    assert data.startswith(beginning)
    assert read_picture(data, "deep.tif").pixels.ravel().tolist() == [0, 1, 200, 200, 255]


def _grey_tiff(bits: int, photometric: int, data: bytes) -> bytes:
    tags = {256: 2, 257: 1, 258: bits, 259: 1, 262: photometric, 273: 8, 277: 1, 278: 1, 279: len(data)}
    return _tiff(tags, data)


@pytest.mark.parametrize(
    "data",
    [
        _encode(Image.fromarray(np.zeros((8, 8), np.float32)), "TIFF"),
        _encode(Image.fromarray(np.zeros((8, 8), np.int32)), "TIFF"),
        _encode(_noise("LAB"), "TIFF"),
        _grey_tiff(12, 1, bytes(3)),
        _grey_tiff(16, 0, bytes(4)),
    ],
    ids=["float", "32 bits", "Lab", "12 bits", "white is zero"],
)
def test_a_tiff_whose_values_have_no_known_range_is_refused(data: bytes) -> None:
    with pytest.raises(ImageError, match=r"scan.tif is a TIFF whose values are not plain .* as a PNG"):
        read_picture(data, "scan.tif")
    assert read_picture(_grey_tiff(16, 1, b"\0\0\xff\xff"), "plain").pixels.ravel().tolist() == [0, 255]


def _grey_row(depth: int, values: list[int]) -> bytes:
    bits = "".join(f"{value:0{depth}b}" for value in values)
    bits += "0" * (-len(bits) % 8)
    return b"\0" + bytes(int(bits[start : start + 8], 2) for start in range(0, len(bits), 8))


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_the_transparent_value_of_a_grey_png_becomes_white_at_every_depth(depth: int) -> None:
    most = 2**depth - 1
    values = sorted({0, most // 3, most // 3 + 1, most - 1, most})
    for transparent in values:
        data = _png(len(values), 1, depth, 0, _grey_row(depth, values), (transparent,))
        expected = [255 if value == transparent else round(value * 255 / most) for value in values]
        picture = read_picture(data, "grey.png")
        assert picture.pixels.shape == (1, len(values), 1)
        assert picture.pixels.ravel().tolist() == expected


@pytest.mark.parametrize("depth", [8, 16])
def test_the_transparent_colour_of_a_png_becomes_white_at_every_depth(depth: int) -> None:
    first, second = ((1, 2, 3), (9, 9, 9)) if depth == 8 else ((0x0155, 0x0233, 0x0399), (0x0909,) * 3)
    row = b"\0" + struct.pack(">6B" if depth == 8 else ">6H", *first, *second)
    picture = read_picture(_png(2, 1, depth, 2, row, first), "colour.png")
    assert picture.pixels[0].tolist() == [list(WHITE), [9, 9, 9]]


def test_16_bit_grey_with_alpha_is_what_it_is_with_8_bits() -> None:
    pairs = [(0, 0), (0, 255), (100, 128), (200, 10), (255, 77)]
    shallow = b"\0" + bytes(value for pair in pairs for value in pair)
    deep = b"\0" + struct.pack(">10H", *(value * 257 for pair in pairs for value in pair))
    expected = read_picture(_png(5, 1, 8, 4, shallow), "8.png").pixels
    assert expected.shape == (1, 5, 1)
    assert expected.ravel().tolist()[:2] == [255, 0]
    assert np.array_equal(read_picture(_png(5, 1, 16, 4, deep), "16.png").pixels, expected)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_is_refused_and_its_single_frame_is_read(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    with pytest.raises(ImageError, match=r"cat is an animation.*Save one frame"):
        read_picture(_encode(frames[0], kind, save_all=True, append_images=frames[1:]), "cat")
    assert read_picture(_encode(frames[0], kind), "cat").pixels.shape == (8, 8, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"this is text",
        b"<svg></svg>",
        _encode(_noise(), "ICO"),
        _encode(_noise(), "JPEG2000"),
        b"\0\0\0\x18ftypmp42\0\0\0\0isommp42",
        b"\0\0\0\x08ftyp",
    ],
    ids=["empty", "text", "svg", "ico", "jpeg 2000", "film", "no brand"],
)
def test_other_files_are_refused_whatever_their_name(data: bytes) -> None:
    assert FORMATS == "PNG, JPEG, WebP, BMP, GIF, TIFF, HEIC, AVIF"
    with pytest.raises(ImageError, match=f"photo.png is no image file that can .* these can: {FORMATS}"):
        read_picture(data, "photo.png")


@pytest.mark.parametrize("kind", KINDS)
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


@pytest.mark.parametrize("kind", ["TIFF", "HEIC", "AVIF"])
def test_too_many_pixels_of_the_newer_formats_are_refused_from_the_header(kind: str) -> None:
    if kind == "TIFF":
        data = _tiff(
            {256: 8000, 257: 6000, 258: 8, 259: 8, 262: 1, 273: 8, 277: 1, 278: 6000, 279: 9}, bytes(9)
        )
    else:
        data = _resized(_encode(_noise(), kind), 8000, 6000)
    start = time.perf_counter()
    with pytest.raises(ImageError, match=r"bomb has 8000 x 6000 pixels \(48 million\)"):
        read_picture(data, "bomb")
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize("kind", ["HEIC", "AVIF"])
def test_a_size_beyond_what_the_decoder_takes_is_refused(kind: str) -> None:
    with pytest.raises(ImageError, match="bomb has 60000 x 60000 pixels"):
        read_picture(_resized(_encode(_noise(), kind), 60_000, 60_000), "bomb")


def test_a_huge_heic_cropped_to_a_few_pixels_is_refused() -> None:
    data = _encode(_noise(size=(41, 31)), "HEIC")
    assert b"clap" in data
    assert read_picture(data, "odd").pixels.shape == (31, 41, 3)
    with pytest.raises(ImageError, match="8000 x 6000"):
        read_picture(_resized(data, 8000, 6000), "bomb")


def test_a_heic_larger_than_its_header_says_is_refused_before_it_is_decoded() -> None:
    data = _resized(_encode(Image.new("RGB", (4096, 4096), RED), "HEIC"), 100, 100)
    start = time.perf_counter()
    with pytest.raises(ImageError, match=r"bomb is damaged.*4096x4096 exceeds"):
        read_picture(data, "bomb")
    assert time.perf_counter() - start < 0.1


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_an_avif_larger_than_its_header_says_is_refused_before_it_is_decoded(mode: str) -> None:
    data = _encode(Image.new(mode, (6000, 5100)), "AVIF", speed=10)
    for _ in range(data.count(b"ispe")):
        data = _resized(data, 100, 100)
    start = time.perf_counter()
    with pytest.raises(ImageError, match=r"bomb has 6000 x 5100 pixels \(31 million\)"):
        read_picture(data, "bomb")
    assert time.perf_counter() - start < 0.1


def test_a_small_tiff_of_huge_tiles_is_refused() -> None:
    data = zlib.compress(bytes(1000))
    tags = {256: 8, 257: 8, 258: 8, 259: 8, 262: 1, 277: 1, 322: 30_000, 323: 30_000, 324: 8, 325: len(data)}
    with pytest.raises(ImageError, match="bomb has tiles of 30000 x 30000 pixels"):
        read_picture(_tiff(tags, data), "bomb")


def test_pixels_above_the_limit_but_below_pillows_are_refused_too() -> None:
    with pytest.raises(ImageError, match="6000 x 6000 pixels"):
        read_picture(_png(6000, 6000, 8, 2, bytes(1000)), "large.png")


def test_a_file_above_the_limit_is_refused() -> None:
    with pytest.raises(ImageError, match=r"big.png has 10\.0 MB; at most 10 MB"):
        read_picture(bytes(MAX_BYTES + 1), "big.png")


@pytest.mark.parametrize("kind", KINDS)
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
