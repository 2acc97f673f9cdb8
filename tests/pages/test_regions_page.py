import re
import shutil
import time
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from sparsefool import paths
from sparsefool.analysis import enrichment, statistics
from sparsefool.analysis.findings.parts import PART_FINDINGS
from sparsefool.analysis.region_findings import mean_maps
from sparsefool.analysis.verdicts import in_words
from sparsefool.backend.networks import shares
from sparsefool.errors import DataError
from sparsefool.experiments.paper.experiments import paper_regions
from sparsefool.experiments.records.record import record_key
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import read_experiment
from sparsefool.view.regions import controls
from sparsefool.view.regions.classes import findings as class_findings
from sparsefool.view.regions.parts.examples import EXAMPLES, examples_of
from sparsefool.view.regions.report import activation_html, classes_html, networks_html, parts_html
from sparsefool.view.shared.pictures import changed_mask
from tests.pages import attack_page
from tests.pages.attack_page import ROOT, texts
from tests.pages.sliders import move_slider

KEY = "networks_runs"
SAME, LOOKS, CLASSES = "Same image, many networks", "Where the network looks", "By fooling class"


def new_page(**address):
    page = AppTest.from_file(str(ROOT / "pages" / "regions.py"), default_timeout=60)
    for name, value in {"data": "MNIST", **address}.items():
        page.query_params[name] = value
    return page


def open_page(**address):
    page = new_page(**address).run()
    assert not page.exception
    return page


def run(page):
    """Click the button that runs what is missing, and run the page until its result is drawn."""
    page.button(key="run").click()
    return attack_page.settle(page, KEY)


def report_of(page):
    return page.session_state[KEY].report


def said_by(elements):
    """Return texts with common spaces in the place of those that keep numbers together."""
    return " ".join(each.value for each in elements).replace("\u00a0", " ")


def html_of(page):
    return " ".join(element.proto.body for element in page.get("html"))


def test_it_opens_with_what_is_stored_and_runs_and_tests_nothing(monkeypatch):
    def never(*_, **__):
        raise AssertionError("nothing is computed when the page opens")

    monkeypatch.setattr(controls, "run_networks", never)
    monkeypatch.setattr(enrichment, "enrichment_of", never)
    monkeypatch.setattr(statistics, "_bootstrap", never)
    page = open_page(data="CIFAR-10")
    assert said_by(page.subheader).startswith("On 162 CIFAR-10 animals, 40 % of ResNet-18's perturbed pixels")
    assert "which covers 28 % of the animal: 1.3 times as many as at random (95 %:" in said_by(page.subheader)
    assert page.get("plotly_chart")
    assert KEY not in page.session_state


def test_the_address_chooses_the_finding():
    page = open_page(
        data="CIFAR-10",
        parts_of="airplanes",
        part="wings",
        parts_network="VGG-19",
        parts_count="by its change",
    )
    said = said_by(page.subheader)
    assert re.match(r"On \d+ CIFAR-10 airplanes, \d+ % of VGG-19's perturbed pixels \(each counted by", said)
    assert "lie on the wings, which cover " in said
    assert "makes no claim about this part" in said_by(page.markdown)


def test_a_part_that_there_is_not_is_said():
    page = open_page(data="CIFAR-10", part="trunk")
    assert "part='trunk' in the address is not one of the choices; head is used" in texts(page.warning)


@pytest.mark.parametrize("order", ["largest effect", "smallest effect"])
def test_examples_are_sorted_by_their_effect_and_have_a_way_to_the_attack_page(order):
    page = open_page(data="CIFAR-10", examples=order)
    found = examples_of(chosen_finding(), order == "largest effect")
    assert len(found) == EXAMPLES
    opened = [button.key for button in page.button if button.label == "Open in Attack"]
    assert opened == [f"open_{each.image}" for each in found]
    surplus = [(each.share - each.area) * each.on_object for each in found]
    assert surplus == sorted(surplus, reverse=order == "largest effect")
    shown = html_of(page)
    for each in found:
        assert f"{100 * each.share:.0f} % on the head, {100 * each.area:.0f} % of the animal" in shown
    assert shown.count("data:image/svg+xml;base64,") == 2 * EXAMPLES, "on picture and perturbed pixels"


def chosen_finding():
    return next(
        each
        for each in PART_FINDINGS.read("cifar10")
        if (each.model, each.setting, each.weighted, each.kind, each.found.part)
        == ("cifar10/resnet18", "lambda-3", False, "animals", "head")
    )


def test_an_example_is_what_was_measured():
    example = examples_of(chosen_finding())[0]
    changed = changed_mask(example.change.before, example.change.after)
    whole, part = (example.annotation.mask(name) for name in ("object", "head"))
    assert changed.sum() == example.pixels
    assert (changed & whole).sum() == example.on_object
    assert (changed & whole & part).sum() == round(example.share * example.on_object)


def test_findings_that_cannot_be_read_are_said(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "FINDINGS", tmp_path)
    assert "parts-cifar10.parquet" in texts(open_page(data="CIFAR-10").error)


def test_the_report_of_a_finding_has_sentence_chart_examples_numbers_and_method():
    finding = chosen_finding()
    beside = [each for each in PART_FINDINGS.read("cifar10") if each.kind == "animals" and not each.weighted]
    examples = examples_of(finding, count=2)
    html = re.sub(r"<script.*?</script>", "", parts_html(finding, beside, examples), flags=re.S)
    assert "On 162 CIFAR-10 animals, 40 %" in html
    assert html.count("data:image/png;base64,") == 2 * len(examples)
    assert "p, other pictures" in html
    assert "Holm" in html
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")


def test_without_annotated_parts_it_opens_with_where_the_network_looks():
    page = open_page()
    assert said_by(page.subheader).startswith("Of the perturbed pixels, ")
    assert "lie in the 20 % of the image that count most" in said_by(page.subheader)
    assert "MNIST's pictures have no parts such as a head" in said_by(page.caption)
    assert page.get("plotly_chart")


def test_stored_attacks_on_the_samples_are_shown_at_once():
    page = open_page(view=SAME)
    assert report_of(page) is None
    shown = html_of(page)
    assert shown.count("pixels in yellow") == 0
    assert "not run yet" not in shown
    for truth in ("7", "2", "1"):
        assert f"true class: {truth}" in shown
    assert "Add a network of your own" in texts(page.info)
    assert not page.error


def test_settings_that_are_not_stored_are_run_when_asked_for():
    page = open_page(view=SAME, **{"lambda": "1.5"})
    assert any("3 of 3 attacks have not been run" in each.value for each in page.markdown)
    assert html_of(page).count("not run yet") == 3
    run(page)
    shown = html_of(page)
    assert "not run yet" not in shown
    for row in report_of(page).results:
        told = row[0].report
        assert f"{told.before.name} → {told.after_8bit.name}" in shown
        assert f"{told.change_8bit.pixels} pixels" in shown


def test_networks_are_compared_pixel_by_pixel():
    page = open_page(data="CIFAR-10", view=SAME)
    said = said_by(page.subheader)
    assert re.match(
        r"On these 3 pictures, two networks share \d+( to \d+)? % of their perturbed pixels", said
    )
    assert "(n = 3 that fool both, too few for an interval). Perturbed pixels, on average where a " in said
    assert any("Shared pixels: ResNet-18 and VGG-19" in each.value for each in page.caption)
    told = said_by(page.markdown)
    assert (
        "Here this **holds in part**: two networks share 6 to 8 % of their pixels, but 36 to 45 % of their"
        in told
    )
    assert "n = 998 to 1,000" in told


def test_an_image_that_fooled_one_network_only_does_not_count_in_the_overlap():
    page = run(open_page(view=SAME, **{"lambda": "1.5"}))
    one = report_of(page)
    request = replace(one.request, runs=tuple(row * 2 for row in one.request.runs))
    rows = [[row[0].report, row[0].report] for row in one.results]
    rows[0][1] = replace(rows[0][1], success_8bit=False)
    html = re.sub(r"<script.*?</script>", "", networks_html(request, rows), flags=re.S)
    assert "2 images that fool both" in html


def test_the_maps_of_chosen_pictures_are_drawn_when_asked_for():
    page = open_page(view=LOOKS)
    assert "data:image/svg+xml;base64," not in html_of(page)
    run(page)
    stated = next(each.value for each in page.markdown if "(3 images)" in each.value)
    found = shares([row[0] for row in report_of(page).results])
    assert f"{100 * sum(found.label) / 3:.1f} % of the perturbed pixels" in stated
    assert "For intervals, 10 images are needed." in stated
    assert html_of(page).count("data:image/svg+xml;base64,") == 3


def test_all_pictures_can_be_taken_at_once_and_then_there_are_intervals():
    page = open_page(view=LOOKS, pictures="1")
    page.button(key="all_pictures").click().run()
    run(page)
    assert len(report_of(page).results) == 20
    stated = next(each.value for each in page.markdown if "(20 images)" in each.value)
    assert re.search(r"\(95 %: [\d.]+ to [\d.]+ %\)", stated)


@pytest.mark.parametrize("view", [SAME, LOOKS])
def test_no_picture_and_no_network_are_explained(view):
    page = open_page(view=view)
    page.pills(key="pictures").set_value([]).run()
    assert "at least one network and one picture" in texts(page.info)


def test_cancelling_keeps_the_earlier_result(monkeypatch):
    page = run(open_page(view=LOOKS))

    def endless(_, progress):
        while True:
            progress.report(1, 3, "Run 2 of 3")
            progress.check()
            time.sleep(0.01)

    monkeypatch.setattr(controls, "run_networks", endless)
    move_slider(page, "lambda", 9.0)
    page.button(key="run").click().run()
    assert page.progress
    page.button(key="cancel").click().run()
    attack_page.settle(page, KEY)
    assert "It had reached run 2 of 3" in texts(page.info)
    assert any("Faded below: the earlier result" in each.value for each in page.caption)


def measured_rows():
    return read_experiment(paper_regions("mnist"), RecordStore()).rows


def open_classes(**address):
    return open_page(view=CLASSES, pictures="1", **address)


def images_in(page):
    """Return the numbers of the images of the chosen cell, in the order in which they are drawn."""
    return [int(number) for number in re.findall(r"Image (\d+), called", html_of(page))]


def test_the_measured_table_is_shown_by_class_with_a_smoothed_map_of_each():
    page = open_classes()
    rows = measured_rows()
    fooled = rows[rows["success_8bit"]]
    assert page.dataframe[0].value.to_numpy().sum() == len(fooled)
    page.selectbox(key="original_class").set_value(4).run()
    maps = mean_maps(rows, "mnist/lenet", 4)
    shown = html_of(page)
    for each in maps[: class_findings.MOST_CLASSES]:
        assert f"Where the perturbations of the {each.n} images that become {each.fooling_label} lie" in shown
        assert f"n = {each.n}, brightest: " in shown


def test_the_pair_of_classes_that_the_paper_names_comes_first():
    page = open_page(data="CIFAR-10", view=CLASSES)
    assert page.selectbox(key="original_class").value == 2
    assert page.selectbox(key="fooling_class").value == 0
    assert said_by(page.subheader).startswith("bird → airplane: the perturbations do not clearly lie")
    said = said_by(page.markdown)
    assert "3 of 51 pairs of classes differ" in said
    assert "any class → deer" in said
    assert "above the head" in said


def test_where_the_fooling_classes_were_not_compared_it_says_so():
    said = said_by(open_classes().caption)
    assert "To tell takes many pictures of a class. It has been tested on CIFAR-10 only." in said


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
    assert "0123" in html
    assert "http" not in html


def test_a_damaged_file_is_named_and_the_page_opens(monkeypatch, tmp_path):
    name = f"{record_key(paper_regions('mnist').parts()[1].record)}.parquet"
    (tmp_path / name).write_bytes(b"damaged")
    attack = f"{record_key(paper_regions('mnist').parts()[0].record)}.parquet"
    shutil.copy(paths.SHIPPED_RESULTS / attack, tmp_path)
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path)
    page = open_page(view=CLASSES, pictures="1")
    assert f"{name} is no readable table" in texts(page.error)
    assert "experiment regions mnist --ship" in texts(page.info)


def test_without_a_measured_table_the_page_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path)
    monkeypatch.setattr(paths, "OWN_RESULTS", tmp_path)
    page = open_page(view=CLASSES, pictures="1")
    assert "experiment regions mnist --ship" in texts(page.info)


def test_the_report_on_activation_maps_has_the_verdicts():
    html = re.sub(
        r"<script.*?</script>", "", activation_html(measured_rows(), {"identity": "0123"}), flags=re.S
    )
    assert f"LeNet {in_words(True, 0)}, +" in html
    assert "0123" in html
