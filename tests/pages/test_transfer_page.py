from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sparsefool import paths
from sparsefool.analysis.transfer_rates import transfer_matrix
from sparsefool.store.tables import Table, read_table, write_table
from sparsefool.view.transfer import matrix
from tests.stored_transfer import IMAGES, LAMBDA, store_transfer

ROOT = Path(__file__).parents[2]


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
    assert "two different networks or more; it has mnist/lenet" in said(page)
    assert "No stored result" in said(page)
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
    assert any("n = 3 images" in each.value and "2026-01-02" in each.value for each in page.caption)
    assert len(page.get("plotly_chart")) == 1
    assert "Click a cell" in page.caption[-1].value or any(
        "Click a cell" in each.value for each in page.caption
    )


def test_a_clicked_cell_shows_what_transferred_and_what_did_not(tmp_path, monkeypatch):
    rows = read_table(store_transfer(tmp_path)).rows
    shown = []
    monkeypatch.setattr(matrix, "show_cell", lambda *given: shown.append(given[1:]))
    cell = next(each for each in transfer_matrix(rows) if each.source != each.target)
    chart = matrix.st.plotly_chart

    def clicked(*given, **named):
        chart(*given, **named)
        return {"selection": {"points": [{"customdata": [cell.source, cell.target]}]}}

    monkeypatch.setattr(matrix.st, "plotly_chart", clicked)
    stored_page(rounded="true", count="Both correct")
    assert shown[-1] == (cell.source, cell.target, True, True)


def test_the_seconds_of_a_busy_machine_are_said_to_be_too_long(tmp_path):
    path = store_transfer(tmp_path)
    table = read_table(path)
    assert not any("Other programs were running" in each.value for each in stored_page().caption)
    write_table(path, Table(table.rows, {**table.provenance, "load_per_core": 3.5}))
    assert any("up to 3.5 per core" in each.value for each in stored_page().caption)


def test_a_damaged_file_is_named_and_the_page_opens(tmp_path):
    path = store_transfer(tmp_path)
    path.write_bytes(b"damaged")
    page = stored_page()
    assert f"{path.name} is no readable table" in said(page)
