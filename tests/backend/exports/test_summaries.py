import io

import pandas as pd
import pytest

from sparsefool.analysis.summaries import summarise_by
from sparsefool.backend.comparison import comparison_request
from sparsefool.backend.experiments import run_experiment
from sparsefool.backend.exports.summaries import summary_csv, summary_latex


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    request = comparison_request("mnist", ("mnist/lenet",), ("SparseFool", "ℓ1-DeepFool, unclipped"), 7)
    return run_experiment(request, folder=tmp_path_factory.mktemp("own")).rows


def test_numbers_are_numbers_with_their_units_in_the_names(rows):
    table = pd.read_csv(io.BytesIO(summary_csv(summarise_by(rows, ("model", "attack")))))
    ours = table[table["attack"] == "SparseFool"].iloc[0]
    of_ours = rows[(rows["attack"] == "SparseFool")]
    assert ours["n"] == 7
    assert ours["fooling_rate_percent"] == 100 * of_ours["success"].mean()
    assert ours["pixels_median"] == of_ours["pixels"].median()
    assert ours["pixels_median_percent"] == pytest.approx(100 * of_ours["pixels"].median() / 784)
    assert ours["features_median"] == of_ours["features"].median()
    assert ours["features_median_low"] <= ours["features_median"] <= ours["features_median_high"]
    assert ours["seconds_per_image_mean"] == pytest.approx(of_ours["seconds"].mean())
    numbers = table.drop(columns=["model", "attack", "device"])
    assert all(pd.api.types.is_numeric_dtype(numbers[column]) for column in numbers)


def test_the_latex_table_has_a_line_per_attack_and_no_bare_percent_sign(rows):
    latex = summary_latex(summarise_by(rows, ("model", "attack"))).decode()
    assert latex.count(r"\toprule") == latex.count(r"\bottomrule") == 1
    assert latex.index("Pixels, median &") < latex.index("Features, median &") < latex.index(r"\midrule")
    body = latex[latex.index(r"\midrule") : latex.index(r"\bottomrule")]
    assert body.count(r"\\") == 2
    assert "LeNet & SparseFool & 7 & 100.0 (" in body
    assert latex.count("%") == latex.count(r"\%")
