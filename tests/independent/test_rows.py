"""Each shipped row agrees with itself: counts, verdicts and the changed values say the same."""

import numpy as np
import pytest

from tests.independent import rows

ATTACKS = [each for each in rows.records() if "arguments" in each.described]


@pytest.mark.parametrize("record", ATTACKS, ids=lambda each: each.name)
def test_a_row_agrees_with_itself(record):
    own, pixels = record.rows, np.prod(rows.sides(record.described["model"]))
    assert (own["pixels_per_image"] == pixels).all()
    assert (own["pixels_8bit"] == rows.masks(own, record.described["model"]).sum(1)).all()
    assert (own["changed_at"].map(len) == own["changed_to"].map(len)).all()
    assert (own["success"] == (own["fooling_label"] != own["predicted"])).all()
    assert (own["success_8bit"] == (own["fooling_label_8bit"] != own["predicted"])).all()
    assert (own["pixels"] <= own["features"]).all()
    assert (own["pixels"] >= own["pixels_8bit"]).all()
