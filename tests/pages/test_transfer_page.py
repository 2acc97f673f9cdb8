from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sparsefool import paths
from sparsefool.analysis.transfer_rates import Rate, TransferRate, taken_classes, transfer_matrix
from sparsefool.store.tables import Table, read_table, write_table
from sparsefool.view.shared.wording import answered
from sparsefool.view.transfer import matrix
from sparsefool.view.transfer.matrix import uncounted
from sparsefool.view.transfer.matrix_chart import cell_lines
from tests.stored_transfer import IMAGES, LAMBDA, store_transfer

ROOT = Path(__file__).parents[2]
RESNET18, LITE0 = "cifar10/resnet18", "imagenet/efficientnet-lite0"


@pytest.fixture(autouse=True)
def _no_results(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "OWN_RESULTS", tmp_path)
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path / "shipped")


def open_page(**address):
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page("pages/transfer.py")
    for name, value in address.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def said(page):
    boxes = [*page.warning, *page.info, *page.error]
    return " ".join(f"{each.proto.title} {each.value}" for each in boxes)


def stored_page(**address):
    return open_page(data="ImageNet", images_imagenet=str(IMAGES), **{"lambda": str(LAMBDA)}, **address)


def test_one_network_only_is_said():
    page = open_page(data="MNIST")
    assert "MNIST has a single network here, and a transfer needs two" in said(page)
    assert "No stored result" not in said(page)
    assert page.button(key="run").disabled


def test_networks_of_different_input_sizes_are_said():
    page = open_page(data="ImageNet")
    page.multiselect(key="networks_imagenet").set_value(["imagenet/vgg16", "imagenet/inception_v3"]).run()
    assert "must take the same images" in said(page)


def test_more_images_than_there_are_is_said():
    assert "There are 20 test images of imagenet; 21" in said(
        open_page(data="ImageNet", images_imagenet="21")
    )


def test_the_stored_matrix_is_there_with_its_origin(tmp_path):
    store_transfer(tmp_path)
    page = stored_page()
    assert any("n = 3 images" in each.value for each in page.caption)
    assert len(page.get("plotly_chart")) == 2
    assert any("Click a cell" in each.value for each in page.caption)
    assert not any("8-bit" in each.label for each in page.toggle)


def written(page, start):
    return next(each.value for each in page.markdown if each.value.startswith(start))


def test_the_findings_are_said_with_their_n(tmp_path):
    rows = store_transfer(tmp_path)
    page = stored_page()
    cells = [cell for cell in transfer_matrix(rows) if cell.source != cell.target]
    unclear = [cell for cell in cells if cell.beyond_noise is None]
    assert len(unclear) == len(cells) == 6, "three images are too few"
    assert page.subheader[0].value.startswith("The perturbations fool another network on ")
    assert "(n\u00a0=\u00a03)" in page.subheader[0].value
    assert page.subheader[0].value.endswith("It cannot be told for any of the 6 pairs.")
    finding = written(page, "**Of the transferred images that both networks saw alike, ")
    pairs = sum(each.taken_alike.n > 0 for each in taken_classes(rows))
    assert finding.endswith(f"{answered([None] * pairs)}.**")
    assert "cannot be told with n = 3" in written(page, "- EfficientNet-Lite0 → EfficientNet-Lite1")


def test_the_paper_s_table_stands_beside_a_transfer_on_its_data_set(tmp_path):
    store_transfer(tmp_path)
    table = stored_page().dataframe[0].value
    assert table.loc["DenseNet-161", "VGG-16"] == 28.2


def test_a_clicked_cell_shows_what_transferred_and_what_did_not(tmp_path, monkeypatch):
    rows = store_transfer(tmp_path)
    shown = []
    monkeypatch.setattr(matrix, "show_cell", lambda *given: shown.append(given[1:]))
    cell = next(each for each in transfer_matrix(rows) if each.source != each.target)
    chart = matrix.st.plotly_chart

    def clicked(*given, **named):
        chart(*given, **named)
        return {"selection": {"points": [{"customdata": [cell.source, cell.target]}]}}

    monkeypatch.setattr(matrix.st, "plotly_chart", clicked)
    stored_page(count="Both correct")
    assert shown[-1] == (cell.source, cell.target, True, None)


def test_the_images_of_a_cell_are_those_that_fooled_the_source(tmp_path, monkeypatch):
    rows = store_transfer(tmp_path)
    source, target = rows["source"].iloc[0], rows["target"].iloc[-1]
    rows.loc[(rows["source"] == source) & (rows["image"] == 1), "success_8bit"] = False
    monkeypatch.chdir(ROOT)

    def show(rows, source, target):
        from sparsefool.view.transfer.images import show_cell

        show_cell(rows, source, target, correct=False)

    page = AppTest.from_function(show, args=(rows, source, target), default_timeout=60).run()
    assert not page.exception
    drawn = " ".join(element.proto.body for element in page.get("html"))
    assert [f"Test image {image}," in drawn for image in range(IMAGES)] == [True, False, True]
    assert sum("of 2**" in each.value for each in page.markdown) == 2


def blocks(folder):
    return sorted(folder.rglob("*.parquet"))


def test_the_seconds_of_a_busy_machine_are_said_to_be_too_long(tmp_path):
    store_transfer(tmp_path)
    path = blocks(tmp_path)[0]
    table = read_table(path)
    write_table(path, Table(table.rows, {**table.provenance, "load_per_core": 123.5}))
    assert any("up to 123.5 per core" in each.value for each in stored_page().caption)


def test_a_damaged_file_is_named_and_the_page_opens(tmp_path):
    store_transfer(tmp_path)
    path = blocks(tmp_path)[0]
    path.write_bytes(b"damaged")
    page = stored_page()
    assert f"{path.name} is no readable table" in said(page)


def cell_of(source, target, **changes):
    usual = {"attacked": 1000, "lost": 0, "fooled": Rate(205, 998), "noise": Rate(30, 998)}
    return TransferRate(source, target, **(usual | {"beyond_noise": True} | changes))


def test_a_cell_holds_the_rate_the_noise_the_verdict_and_the_paper_s_rate():
    lines = cell_lines(cell_of("imagenet/vgg16", "imagenet/resnet101"))
    assert lines[0] == "20.5 %"
    assert lines[2] == "205 of 998"
    assert lines[3] == "noise 3.0 %"
    assert lines[5:] == ["more than noise", "paper: 10.8 %"]
    own = cell_of(RESNET18, RESNET18, fooled=Rate(998, 998), lost=2, beyond_noise=None)
    assert cell_lines(own)[2:] == ["998 of 1,000", "only these count"]
    assert cell_lines(cell_of(RESNET18, "b", attacked=0, fooled=Rate(0, 0), noise=Rate(0, 0))) == [
        "no image",
        "n = 0",
    ]


def test_images_that_rounding_lost_are_not_said_to_have_resisted():
    own = cell_of(RESNET18, RESNET18, fooled=Rate(998, 998), lost=2)
    assert uncounted([own]) == [
        "ResNet-18: 2 of the 1,000 images attacked do not count: 2 fooled it until rounded to 8 bits."
    ]
    lite = cell_of(LITE0, LITE0, attacked=20, fooled=Rate(14, 14), lost=1)
    assert uncounted([lite]) == [
        "EfficientNet-Lite0: 6 of the 20 images attacked do not count: 5 did not fool it and 1 fooled "
        "it until rounded to 8 bits."
    ]
    assert uncounted([cell_of(RESNET18, RESNET18, attacked=998), cell_of(RESNET18, LITE0)]) == []
