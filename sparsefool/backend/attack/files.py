"""The files of a result: pictures, perturbation and provenance."""

import io
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Integer, UInt8

from sparsefool.atomic_files import replacing
from sparsefool.backend.attack.report import AttackReport
from sparsefool.data.image_files import read_picture
from sparsefool.data.pictures import Picture
from sparsefool.errors import ImageError


class ChangedValues(NamedTuple):
    """The m channel values in which two pictures differ, from the top left, row by row."""

    rows: Integer[np.ndarray, " m"]
    columns: Integer[np.ndarray, " m"]
    channels: Integer[np.ndarray, " m"]
    before: UInt8[np.ndarray, " m"]
    after: UInt8[np.ndarray, " m"]


def changed_values(before: Picture, after: Picture) -> ChangedValues:
    """Return the channel values in which two pictures of the same size differ."""
    rows, columns, channels = np.nonzero(before.pixels != after.pixels)
    where = rows, columns, channels
    return ChangedValues(*where, before.pixels[where], after.pixels[where])


def perturbation_npz(report: AttackReport) -> bytes:
    """Return the perturbation as a compressed NPZ file; equal results give equal bytes.

    It holds ``rows``, ``columns``, ``channels``, ``before``, ``after`` (the changed values of the 8-bit
    image) and ``perturbation`` (float32 [c, h, w], in [−1, 1]: the attack's own result before rounding).
    """
    file = io.BytesIO()
    changed = changed_values(report.request.picture, report.adversarial)
    np.savez_compressed(file, perturbation=report.perturbation, **changed._asdict())
    return file.getvalue()


def result_json(report: AttackReport) -> str:
    """Return the outcome and everything needed to reproduce it as JSON."""
    return json.dumps(report.summary(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_outputs(report: AttackReport, folder: Path) -> None:
    """Write original.png, adversarial.png, perturbation.npz and, last, result.json into a folder.

    If the perturbation was confined to a region, region.png shows it: white where pixels were free to change.

    Each file appears whole or not at all. The PNGs are read back and compared before they appear, so the
    saved image is the one that was checked.

    Raises:
        OSError: the folder cannot be made or written.
        ImageError: a PNG does not read back as what it should hold.
    """
    pictures = {"original.png": report.request.picture, "adversarial.png": report.adversarial}
    if report.request.region is not None:
        pictures["region.png"] = report.request.region.picture()
    for name, picture in pictures.items():
        _write(folder / name, picture.png(), expected=picture)
    _write(folder / "perturbation.npz", perturbation_npz(report))
    _write(folder / "result.json", result_json(report).encode())


def _write(path: Path, data: bytes, expected: Picture | None = None) -> None:
    with replacing(path) as unfinished:
        unfinished.write_bytes(data)
        if expected and read_picture(unfinished.read_bytes(), path.name).sha256 != expected.sha256:
            raise ImageError(f"{path} did not read back as it was written; it is not kept.")
