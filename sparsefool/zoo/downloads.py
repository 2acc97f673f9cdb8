"""Downloading a file of weights: with progress, checked, and never leaving half a file behind."""

import hashlib
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError

from sparsefool.atomic_files import replacing
from sparsefool.errors import ModelError

OnProgress = Callable[[int, int], object]
"""Called with the bytes done and the bytes in all (0: not known). What it raises ends the download."""

_CHUNK = 1 << 20
_TIMEOUT_SECONDS = 30


def fetch(url: str, path: Path, hash_prefix: str = "", on_progress: OnProgress | None = None) -> None:
    """Download ``url`` to ``path``, which appears only once the file is whole and its hash is right.

    Args:
        url: where the file is.
        path: where it goes; missing folders are made.
        hash_prefix: how the SHA-256 of the file begins, in hexadecimal; empty: not checked.
        on_progress: called after every megabyte.

    Raises:
        ModelError: no connection, a broken transfer, a wrong hash or an unwritable folder.
    """
    try:
        with replacing(path) as unfinished:
            digest = _transfer(url, unfinished, on_progress)
            if not digest.startswith(hash_prefix):
                raise OSError(f"its SHA-256 is {digest}, but must begin with {hash_prefix}")
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise ModelError(unreachable(path.name, url, path, error)) from error


def unreachable(what: str, origin: str, path: Path, error: BaseException) -> str:
    """Return the message that a download failed, why, and where to put the file by hand."""
    return (
        f"{what} could not be downloaded ({error}). Check the connection, or fetch it elsewhere from "
        f"{origin} and put it at {path}."
    )


def _transfer(url: str, path: Path, on_progress: OnProgress | None) -> str:
    digest, done = hashlib.sha256(), 0
    request = urllib.request.Request(url, headers={"User-Agent": "sparsefool"})
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer, path.open("wb") as file:
        total = int(answer.headers.get("Content-Length") or 0)
        while chunk := answer.read(_CHUNK):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            if on_progress:
                on_progress(done, total)
    if total and done != total:
        raise OSError(f"the connection broke after {done} of {total} bytes")
    return digest.hexdigest()
