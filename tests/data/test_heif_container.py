import io
import struct
from typing import Any

import pytest
from PIL import Image
from pillow_heif import from_pillow

from sparsefool.data.av1 import frame_sizes
from sparsefool.data.heif_container import coded_sizes, find_coding, is_sequence


def _avif(image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, "AVIF", speed=10, **options)
    return file.getvalue()


def _heic(image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    from_pillow(image).save(file, **options)
    return file.getvalue()


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (641, 33), (33, 2000)])
def test_the_size_in_the_av1_data_is_found_beside_that_of_the_container(size: tuple[int, int]) -> None:
    assert list(coded_sizes(_avif(Image.new("RGB", size)))) == [size, size]


def test_the_alpha_of_an_avif_is_an_image_too() -> None:
    sizes = list(coded_sizes(_avif(Image.new("RGBA", (40, 30), (1, 2, 3, 4)))))
    assert len(sizes) == 3
    assert set(sizes) == {(40, 30)}


def test_tiles_are_found_beside_the_whole() -> None:
    assert {(256, 256), (600, 500)} <= set(coded_sizes(_heic(Image.new("RGB", (600, 500)), tile_size=256)))


def test_the_size_in_a_header_with_all_that_films_have_is_found() -> None:
    """Profile 0, timing with an Exp-Golomb number, decoder model, display delay, and two operating points."""
    bits = "00000"
    bits += "1" + "1" * 64 + "1" + "00101" + "1" + f"{6:05b}" + "1" * 42
    bits += "1" + f"{1:05b}"
    bits += "0" * 12 + f"{9:05b}" + "1" + "1" + "1" * 15 + "1" + "1010"
    bits += "0" * 12 + f"{4:05b}" + "0" + "0"
    bits += f"{11:04b}" + f"{9:04b}" + f"{3999:012b}" + f"{999:010b}"
    bits += "0" * (-len(bits) % 8)
    header = int(bits, 2).to_bytes(len(bits) // 8)
    for start in (b"\x0a" + bytes([len(header)]), b"\x0e\0" + bytes([128 + len(header), 0]), b"\x08"):
        assert list(frame_sizes(b"\x12\0" + start + header)) == [(4000, 1000)]


@pytest.mark.parametrize("make", [_avif, _heic])
def test_a_container_cut_off_anywhere_or_damaged_raises_nothing(make: Any) -> None:
    data = make(Image.new("RGBA", (40, 30), (1, 2, 3, 4)))
    for end in range(len(data)):
        list(coded_sizes(data[:end]))
        list(coded_sizes(data[:end] + b"\xff" + data[end + 1 :]))
        list(coded_sizes(data[:end] + b"\0" + data[end + 1 :]))


def test_brands_tell_the_coding() -> None:
    start = b"\0\0\0\x18ftyp"
    assert find_coding(start + b"mif1\0\0\0\0mif1avif") == "AVIF"
    assert find_coding(start + b"mif1\0\0\0\0heicmif1") == "HEIC"
    assert find_coding(start + b"msf1\0\0\0\0miafiso8") == "HEIC"
    assert find_coding(start + b"isom\0\0\0\0isommp42") == ""
    assert find_coding(b"") == ""


def test_a_sequence_says_so() -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    assert is_sequence(_avif(frames[0], save_all=True, append_images=frames[1:]))
    assert not is_sequence(_avif(frames[0]))


def test_images_that_share_their_data_are_refused_before_they_are_copied() -> None:
    data = bytearray(_avif(Image.new("RGB", (64, 64))))
    start = data.index(b"iloc")
    one = bytes(data[start - 4 : start + 26])
    extent = one[-8:]
    many = bytearray(one + extent * 60_000)
    many[:4] = struct.pack(">I", len(many))
    many[-8 * 60_001 - 2 : -8 * 60_001] = struct.pack(">H", 60_001)
    data[start - 4 : start + 26] = many
    meta = data.index(b"meta") - 4
    data[meta : meta + 4] = struct.pack(">I", int.from_bytes(data[meta : meta + 4]) + 8 * 60_000)
    with pytest.raises(ValueError, match="overlap"):
        list(coded_sizes(bytes(data)))


def test_data_of_too_many_units_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        list(frame_sizes(b"\x12\0" * 20_000))
