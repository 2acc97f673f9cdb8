"""The versions of code and libraries that go into a result's provenance and into cache keys."""

import hashlib
import platform
from functools import cache
from pathlib import Path

import torch

import sparsefool
from sparsefool.paths import PACKAGE

PRESENTATION = ("view", "cli", "bundle")
"""The folders of this package that cannot change a result."""


@cache
def code_version(folders: tuple[str, ...] = (), package: Path = PACKAGE) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the source code that computes results.

    Every source file counts that can change a result, however deep it lies.

    Args:
        folders: of the package, beside its top-level modules; where none is given, all but
            :data:`PRESENTATION`.
        package: its folder.
    """
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        relative = path.relative_to(package)
        top = relative.parts[0]
        if len(relative.parts) == 1 or (top in folders if folders else top not in PRESENTATION):
            digest.update(relative.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def versions() -> dict[str, str]:
    """Return the versions of this package, of its source code, of torch and of Python."""
    return {
        "sparsefool": sparsefool.__version__,
        "source": code_version(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
