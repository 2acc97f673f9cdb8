import re
import shutil
import time
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from sparsefool import paths
from sparsefool.analysis.overlap import overlap_of
from sparsefool.analysis.region_findings import mean_maps
from sparsefool.analysis.verdicts import in_words
from sparsefool.backend.networks import NetworksReport, shares
from sparsefool.errors import DataError
from sparsefool.experiments.paper import paper_regions
from sparsefool.experiments.records.record import record_key
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import read_experiment
from sparsefool.view.regions import class_findings, live
from sparsefool.view.regions.report import classes_html, networks_html
from tests.pages import attack_page
from tests.pages.attack_page import ROOT, texts
from tests.pages.sliders import move_slider

KEY = "networks_runs"
SAME = "Same image, many networks"


def settle(page, key):
    """Run the page; where it attacks anything, until that has ended and its result is drawn."""
    page.run()
    assert not page.exception
    return attack_page.settle(page, key) if key in page.session_state else page


def new_page(**address):
    page = AppTest.from_file(str(ROOT / "pages" / "regions.py"), default_timeout=60)
    for name, value in {"data": "MNIST", **address}.items():
        page.query_params[name] = value
    return page


def open_page(**address):
    return settle(new_page(**address), KEY)


def report_of(page):
    return page.session_state[KEY].report


def html_of(page):
    return " ".join(element.proto.body for element in page.get("html"))


def test_it_opens_with_what_is_stored_and_runs_nothing():
    page = open_page()
    assert KEY not in page.session_state
    assert page.subheader[0].value.startswith("Of the perturbed pixels, ")
    assert "lie in the 20 % of the image that count most" in page.subheader[0].value
    assert page.get("plotly_chart")


def test_every_picture_is_shown_with_what_its_network_makes_of_it():
    page = open_page(view=SAME)
    report = report_of(page)
    assert len(report.results) == 3
    shown = html_of(page)
    for row, truth in zip(report.results, report.request.truths, strict=True):
        told = row[0].report
        assert f"true class: {truth}" in shown
        assert f"{told.before.name} → {told.after_8bit.name}" in shown
        assert f"{told.change_8bit.pixels} pixels" in shown
    assert "Choose a second network" in texts(page.info)
    assert not page.error


def test_two_networks_are_compared_pixel_by_pixel(monkeypatch):
    page = open_page(view=SAME)
    one = report_of(page)
    request = replace(one.request, runs=tuple(row * 2 for row in one.request.runs))
    two = NetworksReport(request, tuple((row[0], row[0]) for row in one.results))
    monkeypatch.setattr(live, "run_networks", lambda *_: two)
    move_slider(page, "lambda", 4.0)
    settle(page, KEY)
    (sentence,) = (each.value for each in page.markdown if "LeNet and LeNet share" in each.value)
    masks = [(row[0].changed, row[0].changed) for row in two.results]
    chance = overlap_of(("a", "b"), masks).chance
    assert f"share 100.00 % of their pixels, {100 * chance:.2f} % by habit of place" in sentence
    assert "cannot be told with n = 3" in sentence
    assert any("LeNet and LeNet 100.0%, random places" in each.value for each in page.caption)


def test_an_image_that_fooled_one_network_only_does_not_count_in_the_overlap():
    one = report_of(open_page(view=SAME))
    request = replace(one.request, runs=tuple(row * 2 for row in one.request.runs))
    rows = [[row[0], row[0]] for row in one.results]
    rows[0][1] = replace(rows[0][1], report=replace(rows[0][1].report, success_8bit=False))
    report = NetworksReport(request, tuple(map(tuple, rows)))
    assert "2 images that fool both" in re.sub(r"<script.*?</script>", "", networks_html(report), flags=re.S)


def test_where_on_the_image_states_the_shares():
    page = open_page(view="Where on the image")
    stated = next(each.value for each in page.markdown if "top 20 % of the activation map" in each.value)
    found = shares([row[0] for row in report_of(page).results])
    assert f"{sum(found.label) / 3:.1%} of the perturbed pixels" in stated
    assert "(3 images)" in stated
    assert "For intervals, 10 images are needed." in stated
    assert html_of(page).count("data:image/svg+xml;base64,") == 3


def test_all_pictures_can_be_taken_at_once_and_then_there_are_intervals():
    page = open_page(view="Where on the image", pictures="1")
    page.button(key="all_pictures").click()
    settle(page, KEY)
    assert len(report_of(page).results) == 20
    stated = next(each.value for each in page.markdown if "top 20 % of the activation map" in each.value)
    assert re.search(r"\(95 %: [\d.]+% to [\d.]+%\)", stated)


def test_no_picture_and_no_network_are_explained():
    page = open_page(view=SAME)
    page.pills(key="pictures").set_value([]).run()
    assert "at least one network and one picture" in texts(page.info)


def test_cancelling_keeps_the_earlier_result(monkeypatch):
    page = open_page(view=SAME)

    def endless(_, progress):
        while True:
            progress.report(1, 3, "Run 2 of 3")
            progress.check()
            time.sleep(0.01)

    monkeypatch.setattr(live, "run_networks", endless)
    move_slider(page, "lambda", 9.0)
    assert page.progress
    page.button(key="cancel").click().run()
    settle(page, KEY)
    assert "It had reached run 2 of 3" in texts(page.info)
    assert any("Faded below: the earlier result" in each.value for each in page.caption)
    assert "true class: 7" in html_of(page)


def measured_rows():
    return read_experiment(paper_regions("mnist"), RecordStore()).rows


def open_classes(**address):
    return open_page(view="Many images", pictures="1", **address)


def images_in(page):
    """Return the numbers of the images of the chosen cell, in the order in which they are drawn."""
    return [int(number) for number in re.findall(r"Image (\d+), called", html_of(page))]


def test_the_measured_table_is_shown_by_class():
    page = open_classes()
    rows = measured_rows()
    fooled = rows[rows["success_8bit"]]
    assert page.dataframe[0].value.to_numpy().sum() == len(fooled)
    assert any(f"LeNet ({len(fooled)} images)" in each.value for each in page.markdown)
    page.selectbox(key="original_class").set_value(4)
    settle(page, KEY)
    first = mean_maps(rows, "mnist/lenet", 4)[0]
    assert f"n = {first.n}, " in html_of(page)
    assert f"image {first.images[0]}: " in html_of(page)


def test_the_address_opens_the_images_of_a_cell():
    page = open_classes(original_class="2", fooling_class="4")
    found = next(each for each in mean_maps(measured_rows(), "mnist/lenet", 2) if each.fooling_label == 4)
    assert any(each.value == f"**2 → 4: n = {found.n} images**" for each in page.markdown)
    assert images_in(page) == list(found.images)
    assert f"Image {found.images[0]}, called 2, becomes 4 with " in html_of(page)
    assert not any("more are not" in each.value for each in page.caption)


def test_of_many_images_some_are_drawn_and_the_rest_is_counted():
    page = open_classes(original_class="4", fooling_class="9")
    found = next(each for each in mean_maps(measured_rows(), "mnist/lenet", 4) if each.fooling_label == 9)
    assert found.n > class_findings.MOST_IMAGES
    assert images_in(page) == list(found.images[: class_findings.MOST_IMAGES])
    assert any(f"{found.n - class_findings.MOST_IMAGES} more are not" in each.value for each in page.caption)


def test_a_cell_without_images_says_so():
    page = open_classes(original_class="2", fooling_class="2")
    assert "No image called 2 became 2." in texts(page.info)
    assert images_in(page) == []


def test_classes_that_there_are_not_are_reset_with_a_notice():
    page = open_classes(original_class="12", fooling_class="bird")
    assert "original_class='12' in the address is not one of the choices" in texts(page.warning)
    assert "fooling_class='bird' in the address is not one of the choices" in texts(page.warning)


def test_images_that_are_not_there_are_said(monkeypatch):
    def missing(*_):
        raise DataError("There are no test images.")

    monkeypatch.setattr(class_findings, "adversarial_picture", missing)
    page = open_classes()
    assert "There are no test images." in texts(page.error)
    assert page.get("download_button")


def test_the_report_of_the_classes_holds_the_table_the_images_and_the_provenance():
    rows = measured_rows()
    findings = class_findings.ClassFindings(rows, "mnist/lenet", tuple("0123456789"), 2, 4)
    html = re.sub(r"<script.*?</script>", "", classes_html(findings, {"identity": "0123"}), flags=re.S)
    assert findings.cell is not None
    assert f"2 → 4: n = {findings.cell.n} images" in html
    assert html.count("data:image/png;base64,") == 2 * (findings.cell.n + len(findings.maps))
    assert "before / after" in html
    assert f"LeNet {in_words(True, 0)}, +" in html, "the verdicts are in the report"
    assert "0123" in html
    assert "http" not in html


def test_a_damaged_file_is_named_and_the_page_opens(monkeypatch, tmp_path):
    name = f"{record_key(paper_regions('mnist').parts()[1].record)}.parquet"
    (tmp_path / name).write_bytes(b"damaged")
    attack = f"{record_key(paper_regions('mnist').parts()[0].record)}.parquet"
    shutil.copy(paths.SHIPPED_RESULTS / attack, tmp_path)
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path)
    page = open_page(view="Many images", pictures="1")
    assert f"{name} is no readable table" in texts(page.error)
    assert "experiment regions mnist --ship" in texts(page.info)


def test_without_a_measured_table_the_page_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path)
    monkeypatch.setattr(paths, "OWN_RESULTS", tmp_path)
    page = open_page(view="Many images", pictures="1")
    assert "experiment regions mnist --ship" in texts(page.info)
