"""Labelled pictures that are made in no time: folders and Parquet files of them."""

import io
import struct
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image


def encoded(seed=0, size=(40, 36), form="PNG"):
    """Return a picture of noise as a file."""
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form)
    return file.getvalue()


def bomb():
    """A PNG of a few bytes that claims 30,000 x 30,000 pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def make_folder(folder, names, data=None):
    """Write pictures under some names, each of noise of its own, or all with the same data."""
    for seed, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(seed) if data is None else data)
    return folder


def make_parquet(path, labels, names=None, column="image", **writing):
    """Write pictures of noise into a Parquet file in the Hugging Face layout."""
    names = [""] * len(labels) if names is None else names
    cells = [{"bytes": encoded(seed), "path": name} for seed, name in enumerate(names)]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({column: cells, "label": labels}), path, **writing)
    return path
