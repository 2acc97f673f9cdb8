import io
from dataclasses import replace

import numpy as np
import pytest

from sparsefool.backend.attack.report import Origin
from sparsefool.backend.attack.report_packing import pack, unpack
from sparsefool.backend.attack.run import run_attack
from sparsefool.errors import StoreError
from tests.tiny_model import tiny_picture, tiny_request

REQUESTS = {
    "SparseFool": {"delta": 20.0, "lambda_": 1.0},
    "not fooled": {"delta": 1.0, "lambda_": 1.0},
    "sparsest": {"attack": "sparsest"},
}


pytestmark = pytest.mark.usefixtures("classifier")


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_unpacked_is_the_report(name):
    report = run_attack(tiny_request(**REQUESTS[name]))
    again = unpack(pack(report), report.request, Origin.KEPT)
    assert again.summary() == report.summary()
    assert again.adversarial.name == report.adversarial.name
    assert np.array_equal(again.perturbation, report.perturbation)
    assert len(again.steps) == len(report.steps) > 1
    for one, other in zip(again.steps, report.steps, strict=True):
        assert np.array_equal(one.image, other.image)
        assert not one.image.flags.writeable
        assert (one.iteration, one.margin, one.pixels_changed, one.promised) == (
            other.iteration,
            other.margin,
            other.pixels_changed,
            other.promised,
        )
        assert (one.prediction.label, one.prediction.name) == (other.prediction.label, other.prediction.name)
        assert one.prediction.probabilities == pytest.approx(
            other.prediction.probabilities, rel=1e-3, abs=1e-7
        )
    assert np.array_equal(again.after_8bit.probabilities, report.after_8bit.probabilities)
    assert again.origin is Origin.KEPT


def test_a_network_that_returns_nan_is_packed_too(classifier):
    classifier.module[-1].bias.data[3] = np.nan
    report = run_attack(tiny_request())
    again = unpack(pack(report), report.request, Origin.KEPT)
    assert np.isnan(again.steps[0].margin)
    assert again.outcome is report.outcome


def test_versions_are_those_of_the_run_and_not_of_the_reader():
    report = replace(run_attack(tiny_request()), versions={"torch": "1.0"})
    assert unpack(pack(report), report.request, Origin.SHIPPED).provenance()["versions"] == {"torch": "1.0"}


def test_nothing_of_a_person_is_packed_and_names_are_those_of_the_reader():
    report = run_attack(tiny_request())
    data = pack(report)
    with np.load(io.BytesIO(data)) as content:
        assert report.request.picture.name.encode() not in content["note"].tobytes()
    mine = replace(report.request, picture=replace(tiny_picture(), name="mine.png"))
    assert unpack(data, mine, Origin.KEPT).adversarial.name == "mine.png, adversarial"


def test_damaged_data_are_said_to_be_and_never_executed():
    data = pack(run_attack(tiny_request()))
    pickled = io.BytesIO()
    np.savez(pickled, note=np.array([{"a": 1}], dtype=object))
    for bad in (b"", data[: len(data) // 2], b"x" * 100, pickled.getvalue()):
        with pytest.raises(StoreError, match="no readable report"):
            unpack(bad, tiny_request(), Origin.SHIPPED)
