"""Downloading a file of weights: resumed where it broke, with progress, checked before it is in its place.

What has arrived is kept beside the file that it will be, with the ending ``.part``; a later call goes on from
there, if the server lets it.
"""

import errno
import hashlib
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError

from filelock import FileLock, Timeout

from sparsefool.errors import ModelError

OnProgress = Callable[[int, int], object]
"""Called with the bytes done and the bytes in all (0: not known). What it raises ends the download."""

STALLED_SECONDS = 30.0
"""How long a connection may be silent until it is given up and made anew."""

PAUSE_SECONDS = 1.0
"""The pause before a new connection; twice as long after each one in a row that has brought nothing."""

ATTEMPTS = 5
"""Connections in a row that bring nothing, after which a download ends."""

_CHUNK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)
_SPAN = re.compile(r"bytes (\d+)-\d+/(\d+)")


def fetch(url: str, path: Path, hash_prefix: str = "", on_progress: OnProgress | None = None) -> None:
    """Download ``url`` to ``path``, which appears only once the file is whole and its hash is right.

    A connection that breaks or stalls once the server has answered is made anew, and the download goes on
    where it was. Of several processes that fetch the same file, one does, and the others wait.

    Args:
        url: where the file is.
        path: where it goes; missing folders are made.
        hash_prefix: how the SHA-256 of the file begins, in hexadecimal; empty: not checked.
        on_progress: called after every megabyte, and while another process fetches the file.

    Raises:
        ModelError: no connection, a broken transfer, a wrong hash or an unwritable folder. What has arrived
            is kept, unless its hash is wrong.
    """
    part = partial_path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path, on_progress):
            if path.is_file():
                return  # another process was first
            resumed = part.is_file()
            _transfer(url, part, on_progress)
            digest = file_sha256(part)
            if resumed and not digest.startswith(hash_prefix):
                part.unlink()  # its beginning may be that of another file
                _transfer(url, part, on_progress)
                digest = file_sha256(part)
            if not digest.startswith(hash_prefix):
                part.unlink()
                raise OSError(f"its SHA-256 is {digest}, but must begin with {hash_prefix}")
            part.replace(path)
    except (OSError, HTTPException) as error:
        raise ModelError(unreachable(path.name, url, path, error)) from error


def partial_path(path: Path) -> Path:
    """Return the file in which a download to ``path`` is kept until it is whole."""
    return path.with_name(f"{path.name}.part")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unreachable(what: str, origin: str, path: Path, error: BaseException) -> str:
    """Return the message that a download failed, why, and where to put the file by hand."""
    return (
        f"{what} could not be downloaded ({error}). Check the connection, or fetch it elsewhere from "
        f"{origin} and put it at {path}."
    )


def unfit(path: Path, architecture: str, error: BaseException) -> ModelError:
    """Return the error that a downloaded file does not hold the weights of an architecture, and why."""
    return ModelError(
        f"{path} does not hold the weights of {architecture} ({error}). Delete it and try again."
    )


@contextmanager
def _alone(path: Path, on_progress: OnProgress | None) -> Iterator[None]:
    """Wait until no other process fetches a file, and keep others waiting.

    The file is removed while it is locked: those who wait for it find that it has lost its name, and lock a
    new one (filelock, from 3.21). What a killed process has left goes with the next download.
    """
    note = path.with_name(f".{path.name}.lock")
    lock = FileLock(note)
    while not lock.is_locked:
        try:
            lock.acquire(timeout=1)
        except Timeout:
            if on_progress:
                on_progress(0, 0)
    try:
        yield
    finally:
        with suppress(OSError):  # Windows keeps it while it is open, and filelock removes it there
            note.unlink()
        lock.release()


def _transfer(url: str, part: Path, on_progress: OnProgress | None) -> None:
    """Bring a partial file to its end, over as many connections as it takes."""
    answered, most, failures = False, _size(part), 0
    while True:
        try:
            with _connect(url, _size(part)) as answer:
                answered = True
                return _receive(answer, part, on_progress)
        except (OSError, HTTPException) as error:
            if isinstance(error, HTTPError):
                error.close()
                if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and part.is_file():
                    if error.headers.get("Content-Range") == f"bytes */{_size(part)}":
                        return None
                    part.unlink()
                    continue
                if error.code < 500:
                    raise
            failures = 0 if _size(part) > most else failures + 1
            full = isinstance(error, OSError) and error.errno in _FULL
            if full or not answered or failures == ATTEMPTS:
                raise
            most = max(most, _size(part))
            time.sleep(PAUSE_SECONDS * 2**failures)


def _connect(url: str, start: int) -> HTTPResponse:
    headers = {"User-Agent": "sparsefool", **({"Range": f"bytes={start}-"} if start else {})}
    request = urllib.request.Request(url, headers=headers)
    answer: HTTPResponse = urllib.request.urlopen(request, timeout=STALLED_SECONDS)
    return answer


def _receive(answer: HTTPResponse, part: Path, on_progress: OnProgress | None) -> None:
    """Write what a connection brings behind what is there, or over it where the server begins anew."""
    done, total = 0, int(answer.headers.get("Content-Length") or 0)
    if answer.status == HTTPStatus.PARTIAL_CONTENT:
        span = _SPAN.fullmatch(answer.headers.get("Content-Range", ""))
        if span is None or int(span[1]) != _size(part):
            part.unlink()
            raise OSError(f"the server sent another part than was asked for: {span and span[0]}")
        done, total = int(span[1]), int(span[2])
    told = done
    with part.open("ab" if done else "wb") as file:
        while chunk := answer.read1(_CHUNK):  # what has come, so that a stall loses nothing
            file.write(chunk)
            done += len(chunk)
            if on_progress and (done - told >= _CHUNK or done == total):
                told = done
                on_progress(done, total)
    if total and done != total:
        raise OSError(f"the connection broke after {done} of {total} bytes")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
