"""Files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; the file takes the place of ``path`` when the block ends.

    Whoever reads ``path`` sees the old file or the new one, never a part of it. If the block raises, the old
    file stays and nothing else is left behind. Several writers do not disturb each other: the last one wins.

    Args:
        path: the file to replace; its folder is made where it does not exist.
        durable: whether the new file is on the disk, not only in the system's memory, before the old one
            goes: then not even a power cut loses both.

    Raises:
        OSError: the folder cannot be made or written, or the block wrote no file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}.unfinished")
    try:
        yield unfinished
        if durable:
            with open(unfinished, "rb+") as file:
                os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
