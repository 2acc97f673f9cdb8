import ast
import shutil

import pytest

from sparsefool import paths
from sparsefool.versions import ENGINE, code_version, engine_version

FOLDERS = sorted(
    {path.parent.relative_to(paths.PACKAGE).as_posix() for path in paths.PACKAGE.rglob("*.py")} - {"."}
)


@pytest.fixture
def copied(tmp_path):
    """Copy the package's sources."""
    package = tmp_path / "sparsefool"
    shutil.copytree(paths.PACKAGE, package, ignore=lambda _, names: [n for n in names if n == "__pycache__"])
    return package


@pytest.mark.parametrize("folder", [".", *FOLDERS])
def test_every_source_file_that_can_change_a_result_changes_the_version(folder, copied):
    code_version.cache_clear()
    before = code_version(package=copied)
    (copied / folder / "added.py").write_text("X = 1\n")
    code_version.cache_clear()
    shows = folder.partition("/")[0] in ("view", "commands", "cli")
    assert (code_version(package=copied) == before) is shows


def test_the_version_of_some_folders_takes_them_whole_and_the_modules_beside_them(copied):
    code_version.cache_clear()
    before = code_version(("attacks",), copied)
    (copied / "zoo" / "added.py").write_text("X = 1\n")
    code_version.cache_clear()
    assert code_version(("attacks",), copied) == before
    deep = copied / "attacks" / "deep"
    deep.mkdir()
    (deep / "added.py").write_text("X = 1\n")
    code_version.cache_clear()
    assert code_version(("attacks",), copied) != before


def engine_of(package):
    engine_version.cache_clear()
    return engine_version(package)


def engine_files():
    for place in ENGINE:
        path = paths.PACKAGE / place
        yield from path.rglob("*.py") if path.is_dir() else [path]


def test_code_of_the_engine_changes_its_version_and_nothing_else_does(copied):
    before = engine_of(copied)
    (copied / "view" / "added.py").write_text("X = 1\n")
    (copied / "errors.py").write_text("")
    assert engine_of(copied) == before
    for place in ("attacks/core/added.py", "classifier.py", "zoo/architectures.py"):
        file = copied / place
        old = file.read_text() if file.exists() else None
        file.write_text(f"{old or ''}X = 1\n")
        assert engine_of(copied) != before, place
        if old is None:
            file.unlink()
        else:
            file.write_text(old)
    assert engine_of(copied) == before


def test_comments_and_docstrings_do_not_change_the_version_of_the_engine(copied):
    file = copied / "attacks" / "added.py"
    file.write_text('X = 1\n\n\ndef f(a):\n    return "#" + a\n')
    plain = engine_of(copied)
    file.write_text(
        '"""Module."""  # a\n\nX = 1  # one\n"""The first."""\n\n# here\ndef f(a):\n    """Return.\n\n    '
        'More.\n    """\n    return "#" + a\n'
    )
    assert engine_of(copied) == plain
    file.write_text('X = 1\n\n\ndef f(a):\n    return "%" + a\n')
    assert engine_of(copied) != plain


def test_the_engine_is_whole():
    """What its files import of the package is part of it, but for errors, descriptions and devices."""
    known = {file.relative_to(paths.PACKAGE).with_suffix("").as_posix() for file in engine_files()}
    besides = {"errors", "devices", "data/specs", "zoo/specs"}
    for file in engine_files():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) and node.module else ""
            if module.startswith("sparsefool."):
                place = module.removeprefix("sparsefool.").replace(".", "/")
                assert place in known | besides or f"{place}/__init__" in known, (file, module)
