"""What a result was computed with: the versions that go into its provenance and into cache keys."""

import hashlib
import platform
from functools import cache
from pathlib import Path

import torch

import sparsefool

PACKAGE = Path(__file__).parent
COMPUTING = ("attacks", "data", "zoo", "experiments", "backend")
"""The parts of this package that a result depends on, beside its top-level modules."""


@cache
def code_version(parts: tuple[str, ...] = COMPUTING) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the source code that computes results.

    Args:
        parts: folders of this package to take, beside its top-level modules.
    """
    folders = [PACKAGE, *(PACKAGE / part for part in parts)]
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.glob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def versions() -> dict[str, str]:
    """Return the versions of this package, of its source code, of torch and of Python."""
    return {
        "sparsefool": sparsefool.__version__,
        "source": code_version(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
