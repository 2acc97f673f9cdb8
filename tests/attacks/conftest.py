import pytest

from tests.attacks.networks import random_images, small_network


@pytest.fixture
def network():
    return small_network()


@pytest.fixture
def images():
    return random_images(12)
