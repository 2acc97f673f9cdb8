import hashlib
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from sparsefool.backend.attack import files
from sparsefool.backend.attack.files import changed_values, perturbation_npz, result_json, write_outputs
from sparsefool.backend.attack.request import AttackRequest
from sparsefool.backend.attack.run import run_attack
from sparsefool.data.pictures import Picture
from sparsefool.errors import ImageError
from tests.tiny_model import TINY, put_in_place, tiny_classifier, tiny_picture


@pytest.fixture
def report(monkeypatch):
    put_in_place(monkeypatch, tiny_classifier())
    return run_attack(AttackRequest(TINY, tiny_picture(), delta=60.0, device="cpu"))


def test_changed_values_of_known_pictures():
    before = Picture(np.zeros((2, 3, 3), np.uint8), "before")
    pixels = before.pixels.copy()
    pixels[1, 2, 0], pixels[0, 1, 2] = 7, 255
    changed = changed_values(before, Picture(pixels, "after"))
    assert list(zip(*(column.tolist() for column in changed), strict=True)) == [
        (0, 1, 2, 0, 255),
        (1, 2, 0, 0, 7),
    ]


def test_the_npz_rebuilds_the_8_bit_image_and_the_perturbation(report):
    stored = np.load(io.BytesIO(perturbation_npz(report)), allow_pickle=False)
    pixels = report.request.picture.pixels.copy()
    where = stored["rows"], stored["columns"], stored["channels"]
    assert np.array_equal(pixels[where], stored["before"])
    pixels[where] = stored["after"]
    assert np.array_equal(pixels, report.adversarial.pixels)
    assert stored["before"].dtype == stored["after"].dtype == np.uint8
    assert len(stored["rows"]) == report.change_8bit.features > 0
    assert stored["perturbation"].dtype == np.float32
    assert np.array_equal(stored["perturbation"], report.perturbation)


def test_equal_results_give_equal_files(report):
    again = run_attack(report.request)
    assert perturbation_npz(again) == perturbation_npz(report)
    assert again.adversarial.png() == report.adversarial.png()


def test_the_json_holds_all_that_reproduces_the_run(report):
    stored = json.loads(result_json(report))
    assert stored == report.summary()
    provenance = stored["provenance"]
    parameters = dict(provenance["parameters"])
    assert parameters.pop("overshoot") == 0.02
    assert parameters.pop("max_gradient_growth") == 1.75
    request = AttackRequest(
        provenance["model"], report.request.picture, device=provenance["device"]["name"], **parameters
    )
    assert request == report.request
    assert stored["adversarial_sha256"] == run_attack(request).adversarial.sha256
    assert provenance["image"]["sha256"] == report.request.picture.sha256
    assert provenance["weights_sha256"] == report.weights_sha256
    assert provenance["versions"]["torch"] == torch.__version__
    assert {"sparsefool", "source", "python"} <= set(provenance["versions"])
    assert provenance["date"].endswith("+00:00")


def test_the_outputs_are_what_was_checked(report, tmp_path):
    folder = tmp_path / "new" / "folder"
    write_outputs(report, folder)
    names = ["adversarial.png", "original.png", "perturbation.npz", "result.json"]
    assert sorted(path.name for path in folder.iterdir()) == names
    with Image.open(folder / "adversarial.png") as saved, Image.open(folder / "original.png") as original:
        adversarial = np.asarray(saved)
        assert np.array_equal(np.asarray(original), report.request.picture.pixels)
    assert np.array_equal(adversarial, report.adversarial.pixels)
    images = torch.from_numpy(adversarial.copy()).permute(2, 0, 1)[None].float() / 255
    assert int(tiny_classifier()(images).argmax()) == report.after_8bit.label != report.before.label
    assert (folder / "result.json").read_text("utf-8") == result_json(report)


def test_a_png_that_reads_back_differently_is_not_kept(report, tmp_path, monkeypatch):
    (tmp_path / "original.png").write_bytes(b"earlier")
    wrong = Picture(255 - report.request.picture.pixels, "wrong")
    monkeypatch.setattr(files, "read_picture", lambda *_: wrong)
    with pytest.raises(ImageError, match="did not read back"):
        write_outputs(report, tmp_path)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("original.png", b"earlier")]


def test_grey_pictures_read_back_too(report, tmp_path):
    grey = Picture(report.adversarial.pixels[:, :, :1], "grey")
    files._write(tmp_path / "grey.png", grey.png(), expected=grey)
    with Image.open(tmp_path / "grey.png") as saved:
        assert saved.mode == "L"
    assert hashlib.sha256(np.asarray(Image.open(tmp_path / "grey.png")).tobytes()).hexdigest()
