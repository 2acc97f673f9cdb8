"""What holds for every test, and for the programs that tests start."""

import os
import tempfile

import hypothesis
import pytest

hypothesis.settings.register_profile("patient", deadline=None)  # other tests, or programs, have the cores too
hypothesis.settings.load_profile("patient")

_HOME = tempfile.TemporaryDirectory(prefix="sparsefool-tests-")
os.environ["SPARSEFOOL_HOME"] = _HOME.name  # now: other conftests import the package, which reads it


def pytest_configure(config):
    """Give each process of tests one thread, and a folder of its own for what the project writes.

    Two threads cost small tensors more in waiting for each other than they compute, and another process of
    tests has the other core. Results of a person, or of another process, are out of sight.
    """
    config.add_cleanup(_HOME.cleanup)
    os.environ.setdefault("TMPDIR", tempfile.gettempdir())  # that of the tests themselves
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["PYTHONPATH"] = str(config.rootpath)
    if config.getoption("jaxtyping_packages", None):  # beartype need not be there otherwise
        import typechecker

        config.pluginmanager.register(typechecker)


@pytest.fixture
def set_limits(monkeypatch, tmp_path):
    """Return what sets limits of the server for the length of a test; the others have their defaults."""
    from sparsefool.backend.serving import limits

    def set_(**values):
        lines = (f"{name} = {str(value).lower()}\n" for name, value in values.items())
        (tmp_path / "limits.toml").write_text("".join(lines))
        monkeypatch.setenv(limits.VARIABLE, str(tmp_path / "limits.toml"))
        limits.limits.cache_clear()

    yield set_
    monkeypatch.delenv(limits.VARIABLE, raising=False)
    limits.limits.cache_clear()
