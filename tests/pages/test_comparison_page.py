import json
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sparsefool import paths
from sparsefool.backend.comparison import comparison_request
from sparsefool.backend.experiments import run_experiment
from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import run_tasks
from sparsefool.store.tables import read_table, write_table
from sparsefool.view.comparison.images import matching_pictures
from sparsefool.view.shared import experiments
from sparsefool.view.shared.wording import day, device_words

ROOT = Path(__file__).parents[2]
SMALL = {"attacks": ["SparseFool", "Random noise"], "images": ["3"]}
MEASURED = ("SparseFool", "Random noise", "JSMA")


@pytest.fixture(autouse=True)
def folders(monkeypatch, tmp_path):
    """Empty folders of own and shipped results."""
    monkeypatch.setattr(paths, "OWN_RESULTS", tmp_path / "own")
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path / "shipped")
    return tmp_path


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A small comparison on MNIST: its experiment, its table and where its blocks are."""
    folder = tmp_path_factory.mktemp("stored")
    request = comparison_request("mnist", ("mnist/lenet",), MEASURED, 4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "SHIPPED_RESULTS", folder / "none")
        return request.experiment, run_experiment(request, folder=folder), folder


@pytest.fixture
def table(measured):
    return measured[1]


@pytest.fixture
def shipped(measured, folders):  # noqa: ARG001 - after the folders are set
    """The files of the small comparison, by attack, as if they came with the project."""
    experiment, _, blocks = measured
    store = RecordStore(blocks)
    return {run.name: store.ship(run.part) for run in experiment.attack_runs}


def new_page(**address):
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
    for name, value in {"data": "MNIST", "images": ["4"], **address}.items():
        page.query_params[name] = value
    page.switch_page("pages/comparison.py")
    return page


def settle(page):
    """Run the page until its job has ended and its result is drawn."""
    for _ in range(5):
        page.run()
        assert not page.exception
        job = page.session_state["comparison_runs"].job
        if job is None or job.finished:
            return page
        assert job.wait(60)
    raise AssertionError("the page goes on submitting jobs")


def texts(elements):
    return " ".join(f"{element.proto.title} {element.value}" for element in elements)


def words(page):
    return " ".join(element.value for element in [*page.caption, *page.markdown])


def lines(page):
    """The lines of the table by its headings; the number is parted from its interval by a bar."""
    html = next(each.proto.body for each in page.get("html") if '<div class="comparison"' in each.proto.body)
    headings = [re.sub("<.*?>", "", each) for each in re.findall(r'<th scope="col">(.*?)</th>', html)]
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', html)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row.replace("<small>", "|")) for row in rows]
    return [dict(zip(headings, row, strict=True)) for row in cells]


def attacks_in(page):
    return [line["Attack"] for line in lines(page)]


def press_run(page):
    page.button(key="run").click()
    return settle(page)


@pytest.mark.usefixtures("shipped")
def test_what_is_stored_is_shown_at_once_with_its_origin_and_what_is_missing(table):
    page = settle(new_page())
    assert attacks_in(page) == list(MEASURED)
    assert lines(page)[0]["Rounded"] == "4"
    for count, heading in (("pixels", "Pixels"), ("features", "Values")):
        median = table.rows[table.rows["attack"] == "SparseFool"][count].median()
        assert lines(page)[0][heading].partition("|")[0] == f"{median:g}"
    assert device_words(table.provenance["devices"][0]) in words(page)
    assert "not measured yet, so not shown: SparseFool, sparsest on LeNet" in words(page)
    assert not page.button(key="run").disabled
    assert not page.error
    assert not page.warning


@pytest.mark.usefixtures("shipped")
def test_a_choice_changes_what_is_shown(table):
    page = settle(new_page(images=["2"], attacks=["JSMA"]))
    assert attacks_in(page) == ["JSMA"]
    assert [line["Images"] for line in lines(page)] == ["2"]
    assert "not measured yet" not in words(page)
    rows = table.rows[(table.rows["attack"] == "JSMA") & (table.rows["image"] < 2)]
    files = words(settle(new_page(images=["2"], attacks=["JSMA"], section="Download and reproduce")))
    assert f"{rows['seconds'].sum():.0f} s of computing time" in files
    assert day(table.provenance["date"]) in files


@pytest.mark.usefixtures("shipped")
def test_nothing_else_is_shown_in_place_of_a_choice_that_is_not_measured(monkeypatch):
    usual = comparison_request("mnist", ("mnist/lenet",), MEASURED, 4).experiment
    monkeypatch.setattr("sparsefool.view.comparison.results.paper_comparison", lambda *_: usual)
    page = settle(new_page(attacks=["One-pixel attack"]))
    assert "Nothing of this choice on MNIST is stored here" in texts(page.info)
    assert not page.get("plotly_chart")


def test_noise_alone_is_explained():
    page = settle(new_page(attacks=["Random noise"]))
    assert "takes its size from SparseFool" in texts(page.warning)
    assert "Change the choice on the left" in texts(page.info)


def test_where_devices_differ_the_seconds_name_each_by_a_sign(shipped):
    assert "¹" not in lines(settle(new_page()))[0]["Seconds"]
    jsma = read_table(shipped["JSMA"])
    write_table(shipped["JSMA"], replace(jsma, rows=jsma.rows.assign(device="a GPU (cuda:0, 79 GiB)")))
    page = settle(new_page())
    signs = [line["Seconds"].partition("|")[0][-1] for line in lines(page)]
    assert signs == ["¹", "¹", "²"]
    assert "² a GPU." in words(page)


@pytest.mark.usefixtures("shipped")
def test_the_chart_comes_first_and_the_sentence_says_what_it_shows(table):
    page = settle(new_page())
    (chart,) = (json.loads(each.proto.spec) for each in page.get("plotly_chart"))
    (marks,) = (each for each in chart["data"] if each["mode"] == "markers")
    assert set(marks["customdata"]) <= set(MEASURED)
    assert {each["text"].partition(" (")[0] for each in chart["layout"]["annotations"]} == set(
        marks["customdata"]
    )
    sentence = next(each.value for each in page.subheader if each.value.startswith("Of the attacks"))
    least = table.rows[table.rows["attack"] == "SparseFool"]["pixels"].median()
    assert f"**SparseFool** changes the fewest pixels: {least:g} on LeNet" in sentence


def test_without_a_stored_result_it_says_so_and_offers_to_run():
    page = settle(new_page())
    assert "Nothing of this choice on MNIST is stored here" in texts(page.info)
    assert not page.button(key="run").disabled


def test_a_damaged_file_is_named_and_the_page_still_opens(shipped):
    shipped["JSMA"].write_bytes(b"damaged")
    page = settle(new_page())
    assert str(shipped["JSMA"]) in texts(page.error)
    assert not page.button(key="run").disabled
    assert str(shipped["JSMA"]) in texts(settle(new_page(section="Paper and here")).error)


def test_a_damaged_file_of_ones_own_is_named_and_can_be_measured_again(folders):
    page = press_run(settle(new_page(**SMALL)))
    path = next((folders / "own").rglob("sparsefool-*/*.parquet"))
    path.write_bytes(b"damaged")
    assert f"{path.name} is no readable table" in texts(settle(page).error)
    path.unlink()
    assert attacks_in(press_run(settle(page))) == ["SparseFool", "Random noise"]


def test_a_small_comparison_runs_to_its_end_and_is_there_after_a_reload():
    page = press_run(settle(new_page(**SMALL)))
    assert attacks_in(page) == ["SparseFool", "Random noise"]
    again = settle(new_page(**SMALL))
    assert attacks_in(again) == ["SparseFool", "Random noise"]
    assert [line["Images"] for line in lines(again)] == ["3", "3"]
    assert again.button(key="run").disabled


def test_cancelling_keeps_what_is_finished_and_another_run_goes_on(monkeypatch, folders):
    def one_part_only(request, progress):
        for advance in comparison_runs_of(request, folders, progress):
            progress.report(advance.done, advance.total, "SparseFool", advance.read())
            while advance.done:
                progress.check()
                time.sleep(0.01)

    answers = iter((one_part_only, run_experiment))
    monkeypatch.setattr(experiments, "run_experiment", lambda *asked: next(answers)(*asked))
    page = settle_until_rows(new_page(**SMALL))
    assert attacks_in(page) == ["SparseFool"]
    page.button(key="cancel").click().run()
    settle(page)
    assert "cancelled" in texts(page.info)
    assert "to continue from there" in words(page)
    finished = {path: path.stat().st_mtime_ns for path in (folders / "own").rglob("*.parquet")}
    assert finished
    page.button(key="again").click()
    assert attacks_in(settle(page)) == ["SparseFool", "Random noise"]
    assert all(path.stat().st_mtime_ns == written for path, written in finished.items())


def comparison_runs_of(request, folders, progress):
    return run_tasks(request.experiment, RunContext("cpu", RecordStore(folders / "own"), progress.check))


def settle_until_rows(page):
    page.run()
    page.button(key="run").click().run()
    deadline = time.monotonic() + 60
    while not page.get("plotly_chart") and time.monotonic() < deadline:
        time.sleep(0.2)
        page.run()
    assert page.session_state["comparison_runs"].running
    return page


@pytest.mark.parametrize(
    ("name", "value"),
    [("images", "0"), ("images", "many"), ("attacks", "Magic"), ("models", "ResNet")],
)
@pytest.mark.usefixtures("shipped")
def test_an_unusable_value_in_the_address_is_reset_with_a_notice(name, value):
    page = settle(new_page(**{name: value}))
    assert f"{name}='{value}' in the address" in texts(page.warning)


def test_nothing_chosen_is_said_and_cannot_be_run():
    page = settle(new_page())
    page.button_group(key="attacks").set_value([])
    settle(page)
    assert "Choose at least one attack" in texts(page.warning)
    assert page.button(key="run").disabled


def test_another_data_set_begins_with_its_own_networks_and_says_what_to_do_about_the_others():
    page = settle(new_page(images=["7"]))
    page.segmented_control(key="data").set_value("imagenet")
    settle(page)
    options = page.multiselect(key="models").options
    assert "EfficientNet-Lite0" in options
    assert "VGG-16 (528 MB download)" in options
    assert page.number_input(key="images").value == 20


@pytest.mark.usefixtures("shipped")
def test_an_image_is_shown_under_every_attack(table):
    page = settle(new_page(section="Image by image", image="2"))
    assert page.number_input(key="image").value == 2
    shown = words(page)
    for attack in ("Original", "SparseFool", "Random noise", "JSMA"):
        assert f"**{attack}**" in shown
    row = table.rows[(table.rows["image"] == 2) & (table.rows["attack"] == "SparseFool")].iloc[0]
    assert f"{row['predicted']} → **{row['fooling_label_8bit']}**" in shown
    assert f"**{row['pixels_8bit']} pixels**, about " in shown


def test_a_picture_is_found_by_its_number_or_a_part_of_its_class():
    names = ["cat", "fire truck", "truck"]
    assert matching_pictures(names, " TRUCK") == [1, 2]
    assert matching_pictures(names, "1") == [1]
    assert matching_pictures(names, "") == [0, 1, 2]
    assert matching_pictures(names, "zebra") == []


@pytest.mark.usefixtures("shipped")
def test_paper_and_here_shows_both_and_what_is_missing(monkeypatch):
    monkeypatch.setattr("sparsefool.analysis.paper.comparison.is_available", lambda _: False)
    small = {"mnist": comparison_request("mnist", ("mnist/lenet",), MEASURED, 4).experiment}
    monkeypatch.setattr("sparsefool.view.comparison.results.paper_comparison", small.get)
    page = settle(new_page(section="Paper and here"))
    claims, figures, missing = (each.value for each in page.table)
    assert "JSMA changes more pixels than SparseFool" in claims["Conclusion"].tolist()
    ours = figures[figures["Attack"] == "**SparseFool** (λ = 1, δ = 255)"].iloc[0]
    assert ours["Fooled, paper"] == "99.93 %"
    assert "100.0 %" in ours["Fooled, here"]
    assert "python -m sparsefool train cifar10/vgg19" in " ".join(missing["What to do"])
    assert "--model imagenet/vgg16" in " ".join(missing["What to do"])


@pytest.mark.usefixtures("shipped")
def test_everything_can_be_downloaded():
    page = settle(new_page(section="Download and reproduce"))
    labels = " ".join(button.proto.label for button in page.get("download_button"))
    assert all(ending in labels for ending in (".csv", ".parquet", ".json"))
    assert '--attack "Random noise"' in page.code[0].value
