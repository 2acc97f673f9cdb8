"""The functions of the project are called with what their annotations say, or a test fails."""

import pytest
import torch
from jaxtyping import TypeCheckError

from sparsefool.attacks import linear_solver
from sparsefool.geometry.attack_trace import Point

IMAGES = torch.zeros(2, 1, 3, 3)
WRONG = torch.zeros(1, 1, 3, 3)


@pytest.mark.parametrize("earlier", [0, 1, 3, 7])
def test_a_wrong_shape_is_noticed_at_the_first_call_and_at_some_later_ones(earlier):
    for _ in range(earlier):
        linear_solver(IMAGES, IMAGES, IMAGES, IMAGES, IMAGES)
    with pytest.raises(TypeCheckError):
        linear_solver(IMAGES, WRONG, IMAGES, IMAGES, IMAGES)


def test_a_record_with_a_field_of_a_wrong_type_is_noticed():
    Point(IMAGES[0], 3, 0.5)
    with pytest.raises(TypeCheckError):
        Point(IMAGES, 3, 0.5)
