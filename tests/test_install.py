import subprocess
import sys
import zipfile
from email.parser import BytesParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import sparsefool
from sparsefool import paths

pytestmark = pytest.mark.program

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The project's wheel, built offline by the hatchling that is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_the_wheel_holds_the_package(wheel):
    files = set(wheel.namelist())
    shipped = {path.relative_to(ROOT).as_posix() for path in paths.PACKAGE.rglob("*") if path.is_file()}
    assert {name for name in shipped if "__pycache__" not in name} <= files
    assert not any("__pycache__" in name for name in files)
    assert all(name.startswith(("sparsefool/", "sparsefool-")) for name in files)


def test_the_wheel_holds_the_app_its_settings_and_everything_that_is_shipped(wheel):
    expected = [paths.APP, ROOT / ".streamlit" / "config.toml", *(ROOT / "pages").glob("*.py")]
    expected += [path for path in paths.ASSETS.rglob("*") if path.is_file()]
    assert len(expected) > 30
    for path in expected:
        bundled = wheel.getinfo(f"sparsefool/bundle/{path.relative_to(ROOT).as_posix()}")
        assert bundled.file_size == path.stat().st_size


def test_the_wheel_asks_for_what_the_requirements_list(wheel):
    metadata = metadata_of(wheel)
    asked = [Requirement(line) for line in metadata.get_all("Requires-Dist")]
    base = {str(each) for each in asked if each.marker is None}
    assert base == listed("requirements.txt")
    assert metadata.get_all("Provides-Extra") == ["cluster", "test"]
    cluster = listed("requirements-cluster.txt")
    for extra, expected in (("cluster", cluster), ("test", cluster | listed("requirements-test.txt"))):
        with_it = [each for each in asked if each.marker and each.marker.evaluate({"extra": extra})]
        assert {f"{each.name}{each.specifier}" for each in with_it} == expected


def test_the_wheel_says_what_it_is(wheel):
    metadata = metadata_of(wheel)
    assert metadata["Version"] == sparsefool.__version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Summary"]
    assert metadata.get_payload().startswith("# SparseFool Explorer")
    scripts = wheel.read(f"sparsefool-{sparsefool.__version__}.dist-info/entry_points.txt").decode()
    assert "sparsefool = sparsefool.cli.main:main" in scripts


def metadata_of(wheel):
    return BytesParser().parsebytes(wheel.read(f"sparsefool-{sparsefool.__version__}.dist-info/METADATA"))


def listed(name):
    """The requirements in a file, without its comments and its references to other files."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {str(Requirement(line)) for line in lines if line and line[0] not in "#-"}
