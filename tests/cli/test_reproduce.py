from dataclasses import replace

import pytest
from click.testing import CliRunner

from sparsefool.cli.experiments import reproduce as command
from sparsefool.cli.main import main
from sparsefool.data.specs import find_dataset
from sparsefool.experiments.paper import reproduction
from sparsefool.experiments.paper.reproduction import QUICK


@pytest.fixture
def on_mnist(monkeypatch):
    """The quick scale on 20 images of MNIST alone."""
    tiny = replace(QUICK, images={"mnist": 20}, sweep_images={"mnist": 20}, transfer=())
    monkeypatch.setattr(command, "QUICK", tiny)
    monkeypatch.setattr(reproduction, "DATASETS", (find_dataset("mnist"),))


@pytest.mark.usefixtures("on_mnist")
def test_the_paper_is_measured_anew_told_in_a_report_and_not_measured_twice(tmp_path):
    report = tmp_path / "report.html"
    arguments = ["reproduce", "--quick", "--results", str(tmp_path / "rows"), "--report", str(report)]
    first = CliRunner().invoke(main, arguments)
    assert first.exit_code == 0, first.output
    assert "3 parts of the paper" in first.output
    assert "Table 1, MNIST" in first.output
    text = report.read_text(encoding="utf-8")
    assert all(place in text for place in ("Table 1", "Figure 4", "Figure 6", "LeNet"))
    blocks = {path: path.stat().st_mtime_ns for path in (tmp_path / "rows").rglob("*.parquet")}
    assert blocks
    again = CliRunner().invoke(main, arguments)
    assert "about 0 s" in again.output
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "rows").rglob("*.parquet")} == blocks


@pytest.mark.usefixtures("on_mnist")
def test_the_cost_is_told_and_nothing_is_measured(tmp_path):
    arguments = ["reproduce", "--quick", "--cost", "--results", str(tmp_path / "rows")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "about" in result.output
    assert not (tmp_path / "rows").exists()


def test_two_scales_exclude_each_other():
    result = CliRunner().invoke(main, ["reproduce", "--quick", "--full"])
    assert result.exit_code == 2
    assert "exclude each other" in result.output
