"""The versions of code and libraries that go into a result's provenance and into cache keys."""

import hashlib
import io
import platform
import tokenize
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


ENGINE = (
    "attacks",
    "classifier.py",
    "folding.py",
    "held_network.py",
    "metrics.py",
    "outputs.py",
    "types.py",
    "zoo/architectures.py",
    "zoo/small_networks.py",
)
"""What decides the result of an attack, beside its picture, its parameters and the network's weights."""


@cache
def engine_version(package: Path = PACKAGE) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the code of :data:`ENGINE`.

    Comments, docstrings and blank lines do not count: results that took long are not computed anew for them.
    """
    digest = hashlib.sha256()
    for place in ENGINE:
        path = package / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.relative_to(package).as_posix().encode() + b"\0")
            digest.update(_code_of(file.read_text(encoding="utf-8")).encode())
    return digest.hexdigest()[:16]


def _code_of(source: str) -> str:
    """Return a program without its comments, docstrings and blank lines."""
    prose, before = [], tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        starts = before in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and starts):
            prose.append(token)
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            before = token.type
    lines = source.splitlines()
    for token in reversed(prose):  # from the end, so that the places of the others stay
        (first, start), (last, end) = token.start, token.end
        lines[first - 1 : last] = [lines[first - 1][:start] + lines[last - 1][end:]]
    return "\n".join(line.rstrip() for line in lines if line.strip())


def versions() -> dict[str, str]:
    """Return the versions of this package, of its source code, of its engine, of torch and of Python."""
    return {
        "sparsefool": sparsefool.__version__,
        "source": code_version(),
        "engine": engine_version(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
