import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from sparsefool.cli.main import main

LINE = {
    "dataset": "cifar10",
    "size": [32, 32],
    "parts": {"object": [[4, 4, 28, 28]], "head": [[4, 4, 12, 12]]},
}


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "parts.jsonl"
    path.write_text("\n".join(json.dumps(LINE | {"image": image}) for image in (0, 1)))
    return path


def test_a_file_is_described_and_drawn(run, file, tmp_path):
    result = run("annotate", file, "--draw", tmp_path / "drawn")
    assert result.exit_code == 0, result.output
    assert (
        "Pictures: 2\nobject: 2 pictures, 56.2 % of the image in the mean\nhead: 2 pictures, 6.2 %"
        in result.output
    )
    with Image.open(tmp_path / "drawn" / "cifar10-00001.png") as picture:
        drawn = np.asarray(picture)
    assert drawn.shape == (512, 512, 3)
    assert tuple(drawn[16 * 8, 16 * 12]) == (230, 159, 0)  # the right edge of the head, #e69f00


def test_two_files_are_compared(run, file, tmp_path):
    second = tmp_path / "second.jsonl"
    second.write_text(json.dumps(LINE | {"image": 1, "parts": {"head": [[4, 4, 12, 8]]}}))
    result = run("annotate", file, "--against", second)
    assert "head: intersection over union 0.50 in the mean, n = 1" in result.output
    assert "object: intersection over union 0.00 in the mean, n = 1" in result.output


def test_a_picture_of_ones_own_is_drawn(run, tmp_path):
    Image.new("RGB", (30, 20)).save(tmp_path / "Dog.PNG")
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps(LINE | {"dataset": "mine", "image": "Dog.PNG", "size": [20, 30]}))
    assert run("annotate", path, "--draw", tmp_path / "drawn").exit_code == 0
    with Image.open(tmp_path / "drawn" / "mine-Dog.png") as drawn:
        assert drawn.size == (510, 340)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": 10**6}, "test images; 1000000 is none"),
        ({"dataset": "mine", "image": 3}, "There is no data set 'mine' with numbered test images"),
        ({"dataset": "mine", "image": "gone.png"}, "gone.png cannot be read: No such file or directory"),
        ({"size": [5]}, "Line 1 of bad.jsonl: size must be"),
    ],
)
def test_what_cannot_be_drawn_is_named(run, tmp_path, change, message):
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(LINE | {"image": 0} | change))
    result = run("annotate", path, "--draw", tmp_path / "drawn")
    assert result.exit_code == 2
    assert message in result.output + str(result.exception)


def test_perturbations_are_measured_on_annotated_parts(run, file, tmp_path):
    result = run(
        "experiment", "parts", "cifar10", "--model", "cifar10/resnet18", "--annotations", file,
        "--results", tmp_path,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "cifar10/resnet18, head: " in result.output
    assert "n = 2" in result.output
