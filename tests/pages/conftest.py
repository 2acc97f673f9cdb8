from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch):
    """The app is started in the repository's folder."""
    monkeypatch.chdir(Path(__file__).parents[2])
