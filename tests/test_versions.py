import shutil

import pytest

from sparsefool import paths
from sparsefool.versions import code_version, engine_version

FOLDERS = sorted(
    {path.parent.relative_to(paths.PACKAGE).as_posix() for path in paths.PACKAGE.rglob("*.py")} - {"."}
)


@pytest.fixture
def copied(tmp_path):
    """Copy the package's sources."""
    package = tmp_path / "sparsefool"
    shutil.copytree(paths.PACKAGE, package, ignore=lambda _, names: [n for n in names if n == "__pycache__"])
    return package


def version_of(package):
    code_version.cache_clear()
    return code_version(package=package)


def test_every_source_file_that_can_change_a_result_changes_the_version(copied):
    before = version_of(copied)
    for folder in (".", *FOLDERS):
        added = copied / folder / "added.py"
        added.write_text("X = 1\n")
        shows = folder.partition("/")[0] in ("view", "cli")
        assert (version_of(copied) == before) is shows, folder
        added.unlink()
    assert version_of(copied) == before


def test_how_numbers_are_told_changes_no_version(copied):
    code_version.cache_clear()
    before = code_version(package=copied), code_version(("attacks",), copied)
    (copied / "formats.py").write_text("X = 1\n")
    code_version.cache_clear()
    assert (code_version(package=copied), code_version(("attacks",), copied)) == before


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


ATTACK = "sparsefool.attacks.sparsefool"


def engine_of(package):
    engine_version.cache_clear()
    return engine_version((ATTACK,), package)


def test_code_that_decides_a_result_changes_the_version_of_the_engine_and_nothing_else_does(copied):
    before = engine_of(copied)
    others = (
        "view/attack/overview.py",
        "errors.py",
        "attacks/registry.py",
        "attacks/jsma.py",
        "data/specs.py",
    )
    mine = ("attacks/sparsefool.py", "attacks/core/boundary.py", "classifier.py", "zoo/architectures.py")
    for place, counts in [*dict.fromkeys(others, False).items(), *dict.fromkeys(mine, True).items()]:
        file = copied / place
        source = file.read_text(encoding="utf-8")
        file.write_text(f"{source}\nX = 1\n", encoding="utf-8")
        assert (engine_of(copied) != before) is counts, place
        file.write_text(source, encoding="utf-8")
    assert engine_of(copied) == before


def test_a_module_that_the_engine_begins_to_import_counts(copied):
    file, added = copied / "attacks" / "sparsefool.py", copied / "attacks" / "added.py"
    file.write_text(file.read_text() + "from sparsefool.attacks import added\n")
    added.write_text("X = 1\n")
    before = engine_of(copied)
    added.write_text("X = 2\n")
    assert engine_of(copied) != before


def test_comments_and_docstrings_do_not_change_the_version_of_the_engine(copied):
    file = copied / "attacks" / "sparsefool.py"
    source = file.read_text(encoding="utf-8")
    body = '\nX = 1\n\n\ndef f(a):\n    return "#" + a\n'
    file.write_text(source + body, encoding="utf-8")
    plain = engine_of(copied)
    described = (
        '\nX = 1\n"""The first."""\n\n# here\ndef f(a):\n    """Return.\n\n    More.\n    """\n\n'
        '    # now\n    return "#" + a\n'
    )
    file.write_text(source + described, encoding="utf-8")
    assert engine_of(copied) == plain
    file.write_text(source + body.replace("#", "%"), encoding="utf-8")
    assert engine_of(copied) != plain
