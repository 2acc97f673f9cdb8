import shutil

import pytest

from sparsefool import paths
from sparsefool.versions import code_version

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
