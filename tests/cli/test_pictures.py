"""Experiments on the command line with --data: labelled pictures in the place of the test images."""

import json

import pytest
from click.testing import CliRunner

from sparsefool import paths
from sparsefool.cli.main import main
from sparsefool.data.datasets import DATA_VARIABLE
from sparsefool.data.picture_sets import known_sets, open_set
from sparsefool.store.tables import read_table
from tests.data.made_pictures import make_folder, make_parquet

SWEEP = ("sweep", "mnist", "--lambda", "2.75", "--images", "3")


@pytest.fixture(autouse=True)
def _nothing_shipped(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path / "shipped")
    monkeypatch.setattr(paths, "SHIPPED_SETS", tmp_path / "shipped sets")
    monkeypatch.setattr(paths, "OWN_SETS", tmp_path / "sets")
    monkeypatch.delenv(DATA_VARIABLE, raising=False)


@pytest.fixture
def digits(tmp_path):
    return make_folder(
        tmp_path / "digits", [f"{digit}/{digit}{each}.png" for digit in range(10) for each in "ab"]
    )


def run(tmp_path, *arguments):
    return CliRunner().invoke(
        main, ["experiment", *arguments, "--device", "cpu", "--results", str(tmp_path / "rows")]
    )


def test_the_first_pictures_of_the_order_are_attacked_and_what_they_are_is_said(tmp_path, digits):
    outcome = run(tmp_path, *SWEEP, "--data", str(digits), "--data-title", "scribbles")
    assert outcome.exit_code == 0, outcome.output
    assert "Pictures: 20 scribbles, in the order of seed 0" in outcome.stderr
    assert "mnist/lenet, λ = 2.75, δ = 255: fooled" in outcome.stdout
    (block,) = (tmp_path / "rows").rglob("*.parquet")
    rows = read_table(block).rows
    (found,) = known_sets("mnist")
    assert rows["label"].tolist() == [label for _, label in found.listed]
    assert found.title == "scribbles"


def test_another_seed_is_another_sample_and_both_are_kept(tmp_path, digits):
    for seed in ("0", "1"):
        outcome = run(tmp_path, *SWEEP, "--data", str(digits), "--seed", seed)
        assert outcome.exit_code == 0, outcome.output
    assert len(list((tmp_path / "rows").rglob("*.parquet"))) == 2
    assert len(known_sets("mnist")) == 2


def test_shipped_rows_bring_their_set_and_are_found_from_another_place(tmp_path, digits):
    outcome = run(tmp_path, *SWEEP, "--data", str(digits), "--data-name", "scribbles", "--ship")
    assert outcome.exit_code == 0, outcome.output
    (shipped,) = (tmp_path / "shipped sets").iterdir()
    assert json.loads(shipped.read_text())["name"] == "scribbles"
    moved = digits.rename(tmp_path / "elsewhere")
    outcome = run(tmp_path / "new", *SWEEP, "--data", str(moved))
    assert outcome.exit_code == 0, outcome.output
    assert not list((tmp_path / "new").rglob("*.parquet")), "nothing is measured again"


def test_a_damaged_picture_among_them_is_named_and_left_out(tmp_path, digits):
    name = open_set(digits, "mnist").listed[1][0]
    path = digits / name[0] / name
    path.write_bytes(path.read_bytes()[:100])
    names = [name for name, _ in open_set(digits, "mnist").listed]
    outcome = run(tmp_path, "sweep", "mnist", "--lambda", "2.75", "--images", "20", "--data", str(digits))
    assert outcome.exit_code == 0, outcome.output
    assert "/19 = " in outcome.stdout
    assert f"Left out: {name}, which cannot be read. {name} is damaged or incomplete" in outcome.stderr
    (block,) = (tmp_path / "rows").rglob("*.parquet")
    assert read_table(block).rows["image"].tolist() == [at for at in range(20) if names[at] != name]


def test_where_no_picture_can_be_read_that_is_said(tmp_path):
    folder = make_folder(tmp_path / "digits", ["1/a.png", "2/b.png"], data=b"no picture")
    outcome = run(tmp_path, "sweep", "mnist", "--lambda", "2.75", "--data", str(folder))
    assert outcome.exit_code == 2
    assert "Left out: a.png, which cannot be read. a.png is no image file" in outcome.stderr
    assert "Error: None of the pictures can be read." in outcome.stderr


def test_what_was_passed_over_is_said(tmp_path, digits):
    (digits / "3" / "notes.txt").touch()
    outcome = run(tmp_path, *SWEEP, "--data", str(digits))
    assert "Files that are no pictures by their ending were passed over: 1 × .txt." in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--data", "gone"), "There is no file or folder gone"),
        (("--seed", "3"), "--seed is about the pictures that --data names; there is no --data"),
        (("--data", "digits", "--images", "21"), "There are 20 pictures of digits; 21 were asked for"),
        (("--data", "empty"), "There is no picture in empty"),
    ],
)
@pytest.mark.usefixtures("digits")
def test_what_cannot_be_run_is_said_in_one_line(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    outcome = run(tmp_path, "sweep", "mnist", *arguments)
    assert outcome.exit_code == 2
    assert message in outcome.stderr
    assert "Traceback" not in outcome.output


def test_the_variable_names_pictures_of_imagenet_and_of_no_other_data_set(tmp_path, monkeypatch):
    make_parquet(tmp_path / "data" / "imagenet" / "validation.parquet", [0, 1], ["x.JPEG", "y.JPEG"])
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))
    outcome = run(tmp_path, "sweep", "imagenet", "--images", "3")
    assert "Pictures: 2 pictures of imagenet-pictures, in the order of seed 0" in outcome.stderr
    assert "There are 2 pictures of imagenet-pictures; 3 were asked for" in outcome.stderr
    outcome = run(tmp_path, *SWEEP)
    assert outcome.exit_code == 0, outcome.output
    assert "Pictures:" not in outcome.stderr


def test_annotated_pictures_of_ones_own_are_found_by_their_names(tmp_path, digits):
    line = {"dataset": "mine", "image": "7b.png", "size": [28, 28], "parts": {"object": [[4, 4, 20, 20]]}}
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps(line) + "\n")
    command = ("parts", "mnist", "--annotations", str(file), "--data", str(digits))
    outcome = run(tmp_path, *command)
    assert outcome.exit_code == 0, outcome.output
    (block,) = (tmp_path / "rows").rglob("*.parquet")
    assert read_table(block).rows["label"].tolist() == [7]
