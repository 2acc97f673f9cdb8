from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def _at_the_root():
    """The app is started in the repository's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(Path(__file__).parents[2])
        yield


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.figures)
