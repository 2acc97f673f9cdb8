"""What the pages show of pictures that were attacked but are not in the app."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sparsefool import paths
from sparsefool.experiments.paper.comparison import paper_comparison
from sparsefool.experiments.paper.experiments import paper_regions, paper_sweep, paper_transfer
from tests.data.picture_rows import TITLE, made_set, measure

ROOT = Path(__file__).parents[2]
MODELS = ("cifar10/resnet18", "cifar10/vgg19")
ALL, FEW = 25, 20
"""Blocks have 20 pictures, the last one 5."""
NOT_HERE = f"{ALL} {TITLE}, not in the app"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Rows of 25 pictures of noise, the costly ones of the first 20, without the pictures."""
    folder = tmp_path_factory.mktemp("measured")
    with pytest.MonkeyPatch.context() as patch:
        set_paths(patch, folder)
        pictures = made_set(folder / "noise").pictures
        measure(paper_comparison("cifar10", MODELS, ["sparsefool"], ALL, pictures))
        measure(paper_comparison("cifar10", MODELS[:1], ["sparsest"], FEW, pictures))
        measure(paper_transfer("cifar10", MODELS, images=FEW, pictures=pictures))
        measure(paper_regions("cifar10", MODELS, images=FEW, pictures=pictures))
        measure(paper_sweep("cifar10", MODELS[:1], deltas=(10.0, 255.0), images=FEW, pictures=pictures))
    for path in (folder / "noise").rglob("*.png"):
        path.unlink()
    return folder


def set_paths(patch, folder):
    patch.setattr(paths, "OWN_RESULTS", folder / "rows")
    patch.setattr(paths, "SHIPPED_RESULTS", folder / "shipped")
    patch.setattr(paths, "OWN_SETS", folder / "sets")
    patch.setattr(paths, "SHIPPED_SETS", folder / "shipped sets")


@pytest.fixture(autouse=True)
def _measured(folder, monkeypatch):
    set_paths(monkeypatch, folder)


def open_page(name, **address):
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
    page.switch_page(f"pages/{name}.py")
    for key, value in {"data": "CIFAR-10", "measured_on_cifar10": "noise", **address}.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    assert not page.error
    return page


def words(page):
    boxes = [*page.warning, *page.info, *page.caption, *page.markdown, *page.header, *page.subheader]
    return " ".join(each.value for each in boxes)


def has_button(page, key="run"):
    return any(button.key == key for button in page.button)


def table_of_attacks(page):
    return next(each.proto.body for each in page.get("html") if '<div class="comparison"' in each.proto.body)


def test_the_comparison_tells_each_attack_on_as_many_pictures_as_there_are_rows_of():
    page = open_page("comparison", models=["ResNet-18"])
    assert page.header[0].value == f"Attacks side by side on {TITLE}"
    assert NOT_HERE in words(page)
    html = table_of_attacks(page)
    assert '"row">SparseFool</th><td>25</td>' in html
    assert '"row">SparseFool, sparsest</th><td>20</td>' in html
    assert "not measured yet, so not shown: Random noise" in words(page)
    assert "The command adds what is missing" in words(page)
    assert not has_button(page)
    assert page.number_input(key="count").value == ALL


def test_image_by_image_there_are_names_and_numbers_and_no_pictures():
    page = open_page("comparison", section="Image by image", models=["VGG-19"])
    table = page.dataframe[0].value
    assert len(table) == ALL
    assert set(table["picture"]) == {f"{number}.png" for number in range(ALL)}
    assert set(table["attack"]) == {"SparseFool"}
    assert {"true class", "then seen as", "pixels"} <= set(table)
    assert [str(number % 10) for number in range(10)] != table["true class"].tolist()[:10]


def test_the_command_that_repeats_it_names_the_pictures():
    page = open_page("comparison", section="Download and reproduce", models=["VGG-19"])
    assert '--data PICTURES --data-name "noise" --seed 0 --images 25' in page.code[0].value


def test_beside_the_paper_stand_the_chosen_pictures():
    page = open_page("comparison", section="Paper and here")
    assert NOT_HERE in words(page)
    figures = next(each.value for each in page.table if "Pixels, here" in each.value)
    ours = figures[figures["Attack"].str.contains("SparseFool")]
    assert set(ours["n"]) == {str(ALL)}


def test_beside_the_paper_it_is_said_that_such_pictures_can_be_chosen():
    page = open_page("comparison", data="MNIST", section="Paper and here")
    assert f"CIFAR-10 was also measured on {ALL} {TITLE}: choose CIFAR-10 and" in words(page)


def test_without_the_choice_the_test_images_are_shown():
    page = open_page("comparison", measured_on_cifar10="1,000 test images")
    assert page.header[0].value == "Attacks side by side on CIFAR-10"
    assert "not in the app" not in words(page)
    assert has_button(page)


def test_a_data_set_without_such_pictures_has_no_choice():
    page = open_page("comparison", data="MNIST")
    assert not [box for box in page.selectbox if "measured_on" in str(box.key)]


def test_transfer_is_told_on_the_pictures_that_were_measured():
    page = open_page("transfer", networks_cifar10=["ResNet-18", "VGG-19"])
    assert NOT_HERE in words(page)
    assert "Shown are the 20 that are measured so far." in words(page)
    assert len(page.get("plotly_chart")) == 2
    assert not has_button(page)


def test_the_pictures_of_a_cell_are_told_in_numbers(monkeypatch):
    from sparsefool.view.transfer import matrix

    chart = matrix.st.plotly_chart

    def clicked(*given, **named):
        chart(*given, **named)
        return {"selection": {"points": [{"customdata": MODELS}]}}

    monkeypatch.setattr(matrix.st, "plotly_chart", clicked)
    page = open_page("transfer")
    table = page.dataframe[0].value
    assert {"picture", "true class", "transferred", "target before", "target after"} <= set(table)
    assert 0 < len(table) <= FEW


def test_regions_are_told_on_the_pictures_that_were_measured():
    page = open_page("regions", view="Where the network looks")
    assert NOT_HERE in words(page)
    assert any("n = 20 images" in each.value for each in page.caption)


def test_a_sweep_is_told_on_the_pictures_that_were_measured(monkeypatch):
    from sparsefool.view.perceptibility import many_pictures

    monkeypatch.setattr(many_pictures, "_values", lambda *_: ((3.0,), (10.0, 255.0)))
    page = open_page("perceptibility", show="Many pictures")
    assert page.subheader[0].value.startswith("ResNet-18, 20 pictures")
    assert not has_button(page)


def test_a_damaged_file_of_a_set_is_named_and_the_page_opens(tmp_path, monkeypatch):
    (tmp_path / "cifar10-broken.json").write_text("{")
    monkeypatch.setattr(paths, "OWN_SETS", tmp_path)
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
    page.switch_page("pages/transfer.py")
    page.query_params["data"] = "CIFAR-10"
    page.run()
    assert not page.exception
    assert "cifar10-broken.json is damaged" in page.error[0].value
