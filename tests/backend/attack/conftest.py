import pytest

from tests.tiny_model import put_in_place, tiny_classifier


@pytest.fixture
def classifier(monkeypatch):
    """The tiny network, which takes the place of every other."""
    made = tiny_classifier()
    put_in_place(monkeypatch, made)
    return made
