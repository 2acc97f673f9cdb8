"""The versions of code and libraries that go into a result's provenance and into cache keys."""

import ast
import hashlib
import platform
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock

import torch

import sparsefool
from sparsefool.once import once
from sparsefool.paths import PACKAGE

ATTEMPTS = 10
"""How often a source is parsed until it has not been disturbed."""

_one_at_a_time = Lock()

PRESENTATION = ("view", "cli", "bundle", "formats.py")
"""What of this package cannot change a result."""


@once()
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
        if top not in PRESENTATION and (len(relative.parts) == 1 or not folders or top in folders):
            digest.update(relative.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


NETWORKS = ("sparsefool.zoo.architectures", "sparsefool.zoo.small_networks")
"""The modules that decide what a network computes from its weights."""

DESCRIPTIONS = ("sparsefool.errors", "sparsefool.devices", "sparsefool.data.specs", "sparsefool.zoo.specs")
"""Modules that an attack imports but whose code decides nothing in a result."""


@once()
def engine_version(modules: tuple[str, ...], package: Path = PACKAGE) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the code that decides an attack's result.

    That is the code of some modules, of :data:`NETWORKS`, and of all that they import from this package, but
    for :data:`DESCRIPTIONS`. Docstrings, comments on lines of their own and blank lines do not count, and
    neither does another attack: results that took long are not computed anew for them.

    Args:
        modules: where the attack and what it is run with are defined, such as ``sparsefool.attacks.jsma``.
        package: the package's folder.
    """
    codes: dict[str, str] = {}
    waiting = [*modules, *NETWORKS]
    while waiting:
        name = waiting.pop()
        if name not in codes and name not in DESCRIPTIONS:
            source = _file_of(name, package).read_text(encoding="utf-8")
            tree = _parsed(source)
            codes[name] = _code_of(source, tree)
            waiting += _imports_of(tree, package)
    digest = hashlib.sha256()
    for name, code in sorted(codes.items()):
        digest.update(f"{name}\0{code}\0".encode())
    return digest.hexdigest()[:16]


def _parsed(source: str) -> ast.Module:
    """Return the syntax tree of a source.

    CPython 3.11 counts the depth of all threads' trees together, and may raise a SystemError where two make
    one at a time. So this is done by one thread at a time, and again if others (libraries as they are
    imported) got in the way.
    """
    with _one_at_a_time:
        for _ in range(ATTEMPTS - 1):
            with suppress(SystemError):
                return ast.parse(source)
        return ast.parse(source)


def _file_of(name: str, package: Path) -> Path:
    place = package.joinpath(*name.split(".")[1:])
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def _imports_of(tree: ast.Module, package: Path) -> Iterator[str]:
    """Yield the modules of this package that a program imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("sparsefool."):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if _file_of(inner, package).is_file() else str(node.module)


def _code_of(source: str, tree: ast.Module) -> str:
    """Return the lines of a program that are no docstring, no comment alone on its line, and not empty."""
    prose: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            prose.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = (line for number, line in enumerate(source.splitlines(), 1) if number not in prose)
    return "\n".join(line.rstrip() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def versions() -> dict[str, str]:
    """Return the versions of this package, of its source code, of torch and of Python."""
    return {
        "sparsefool": sparsefool.__version__,
        "source": code_version(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
