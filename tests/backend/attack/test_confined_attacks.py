import io

import numpy as np
import pytest
from PIL import Image

from sparsefool.backend.attack.files import write_outputs
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.data.regions import parse_region, rectangle
from sparsefool.types import Outcome
from tests.tiny_model import TINY, put_in_place, tiny_classifier, tiny_picture

UPPER_HALF = rectangle((0, 0, 15, 31), (32, 32))


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    put_in_place(monkeypatch, tiny_classifier())


def run(region, **parameters):
    return run_attack(AttackRequest(TINY, tiny_picture(), device="cpu", region=region, **parameters))


def changed(report):
    """Return where the PNG that would be saved differs from the original."""
    saved = np.asarray(Image.open(io.BytesIO(report.adversarial.png())))
    return (saved != report.request.picture.pixels).any(2)


@pytest.mark.parametrize("region", [UPPER_HALF, UPPER_HALF.inverted()], ids=["inside", "outside"])
@pytest.mark.parametrize("delta", [255.0, 40.6])
def test_a_confined_attack_changes_nothing_outside_its_region(region, delta):
    report = run(region, delta=delta)
    assert report.success_8bit
    assert changed(report).any()
    assert not (changed(report) & ~region.mask).any()
    assert not report.perturbation[:, ~region.mask].any()


def test_without_its_region_the_same_attack_does_change_pixels_there():
    assert (changed(run(None, delta=40.6)) & ~UPPER_HALF.mask).any()


def test_the_first_boundary_does_not_depend_on_the_region():
    free = run(None)
    confined = run(UPPER_HALF)
    assert (free.boundary_reused, confined.boundary_reused) == (False, True)


def test_a_region_of_one_pixel_ends_with_a_reason():
    report = run(rectangle((3, 4, 3, 4), (32, 32)))
    assert report.outcome is Outcome.BOX_EXHAUSTED
    assert np.argwhere(changed(report)).tolist() == [[3, 4]]


def test_the_files_say_where_the_perturbation_was_confined_to(tmp_path):
    report = run(UPPER_HALF)
    write_outputs(report, tmp_path)
    mask = np.asarray(Image.open(tmp_path / "region.png"))
    assert np.array_equal(mask == 255, UPPER_HALF.mask)
    region = report.summary()["provenance"]["region"]
    assert region["pixels"] == 512
    assert parse_region(region["text"], (32, 32)).sha256 == UPPER_HALF.sha256
    assert run(None).summary()["provenance"]["region"] is None
