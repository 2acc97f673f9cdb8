from pathlib import Path

import pytest

from sparsefool.backend.attack.report_store import report_store


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch):
    """The app is started in the repository's folder."""
    monkeypatch.chdir(Path(__file__).parents[2])


@pytest.fixture(autouse=True)
def _no_earlier_reports():
    """What one test has run, no other finds."""
    report_store().clear()
