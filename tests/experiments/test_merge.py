import pandas as pd

from sparsefool.experiments.attack_settings import AttackSetting
from sparsefool.experiments.comparison import AttackRun, Comparison
from sparsefool.experiments.experiment import RunContext, identity
from sparsefool.experiments.merge import merge_comparisons
from sparsefool.experiments.runner import result_path, run_tasks
from sparsefool.store.tables import Table, read_table


def table(*pairs, weights="a", pixels=1, seed=0, date="2026-01-01", load=0.5):
    """Make a comparison of (network, attack) pairs with two images each."""
    rows = pd.DataFrame(
        [
            {"model": model, "attack": attack, "image": image, "pixels": pixels, "seconds": 2.0}
            for model, attack in pairs
            for image in range(2)
        ]
    )
    names = {"SparseFool": "sparsefool", "noise": "random_pixels", "JSMA": "jsma"}
    attack_runs = [
        {"model": model, "setting": {"attack": names[attack], "title": attack}, "images": 2}
        for model, attack in pairs
    ]
    return Table(
        rows,
        {
            "experiment": "comparison",
            "description": {"contests": attack_runs, "seed": seed},
            "weights_sha256": {model: weights for model, _ in pairs},
            "devices": [date],
            "versions": [{"torch": date}],
            "first_date": date,
            "date": date,
            "seconds": 10.0,
            "load_per_core": load,
        },
    )


def pairs(merged):
    rows = list(dict.fromkeys(zip(merged.rows["model"], merged.rows["attack"], strict=True)))
    attack_runs = merged.provenance["description"]["contests"]
    assert [(attack_run["model"], attack_run["setting"]["title"]) for attack_run in attack_runs] == rows
    assert set(merged.provenance["weights_sha256"]) == {model for model, _ in rows}
    return rows


def test_new_attacks_stand_beside_those_that_were_there_in_the_given_order():
    old = table(("net", "JSMA"), ("net", "SparseFool"), pixels=1)
    new = table(("net", "noise"), ("net", "SparseFool"), pixels=5, date="2026-02-02", load=0.25)
    order = [("net", "SparseFool"), ("net", "noise"), ("net", "JSMA")]
    merged = merge_comparisons(old, new, order)
    assert pairs(merged) == order
    assert merged.rows["pixels"].tolist() == [5, 5, 5, 5, 1, 1]
    assert merged.rows.index.tolist() == list(range(6))


def test_the_provenance_speaks_of_all_rows():
    old, new = table(("net", "JSMA")), table(("net", "noise"), date="2026-02-02", load=0.25)
    note = merge_comparisons(old, new).provenance
    assert note["devices"] == ["2026-01-01", "2026-02-02"]
    assert [each["torch"] for each in note["versions"]] == ["2026-01-01", "2026-02-02"]
    assert (note["first_date"], note["date"]) == ("2026-01-01", "2026-02-02")
    assert note["seconds"] == 10 + 4
    assert note["load_per_core"] == 0.5


def test_each_row_keeps_the_device_it_was_measured_on():
    old, new = table(("net", "JSMA")), table(("net", "noise"), date="2026-02-02")
    new.rows["device"] = "a GPU"
    merged = merge_comparisons(old, new)
    assert merged.rows["device"].tolist() == ["2026-01-01"] * 2 + ["a GPU"] * 2


def test_rows_of_other_weights_or_another_seed_are_left_out():
    new = table(("net", "noise"), weights="b")
    merged = merge_comparisons(table(("net", "JSMA"), ("other", "JSMA")), new)
    assert pairs(merged) == [("other", "JSMA"), ("net", "noise")]
    assert pairs(merge_comparisons(table(("other", "JSMA"), seed=1), new)) == [("net", "noise")]


def test_nothing_left_of_the_earlier_table_leaves_the_later_one_as_it_is():
    new = table(("net", "JSMA"), date="2026-02-02")
    merged = merge_comparisons(table(("net", "JSMA")), new)
    assert merged.rows.equals(new.rows)
    assert merged.provenance == new.provenance


def test_noise_does_not_outlive_the_sparsefool_whose_size_it_has():
    new = table(("net", "SparseFool"), ("other", "JSMA"))
    merged = merge_comparisons(table(("net", "noise"), ("net", "JSMA"), ("other", "noise")), new)
    assert set(pairs(merged)) == {
        ("net", "SparseFool"),
        ("net", "JSMA"),
        ("other", "JSMA"),
        ("other", "noise"),
    }


def test_the_merged_table_has_the_identity_of_the_comparison_that_measures_all_at_once(tmp_path):
    first, second = (
        AttackRun("mnist/lenet", AttackSetting("sparsefool", (("lambda_", value),), f"λ = {value:g}"), 2)
        for value in (1.0, 5.0)
    )
    tables = []
    for attack_runs in ((first,), (second,), (first, second)):
        planned = Comparison(attack_runs)
        list(run_tasks(planned, tmp_path, RunContext("cpu")))
        tables.append(read_table(result_path(planned, tmp_path)))
    merged = merge_comparisons(tables[0], tables[1])
    assert merged.provenance["identity"] == tables[2].provenance["identity"] == identity(planned)
    assert merged.rows.drop(columns="seconds").equals(tables[2].rows.drop(columns="seconds"))
