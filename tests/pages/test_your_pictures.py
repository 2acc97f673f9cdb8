import json
import math
import time
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from sparsefool.analysis.enrichment import enrichment_of
from sparsefool.backend.drawn_parts import PartsReport
from sparsefool.view.regions import your_pictures
from tests.pages.attack_page import ROOT, settle, texts
from tests.pages.sliders import move_slider

KEY = "parts_runs"


def open_tab(dataset="MNIST", **more):
    page = AppTest.from_file(str(ROOT / "pages" / "regions.py"), default_timeout=60)
    page.query_params.update({"data": dataset, "view": "Your pictures", **more})
    page.run()
    assert not page.exception
    return page


def line(image, head=(6, 8, 22, 16)):
    parts = {"object": [[4, 3, 24, 26]], "head": [list(head)]}
    return {"dataset": "mnist", "image": image, "size": [28, 28], "parts": parts}


def opened(*lines):
    page = open_tab()
    data = "\n".join(map(json.dumps, lines)).encode()
    next(each for each in page.file_uploader if each.key == "parts_file").upload("parts.jsonl", data)
    return settle(page, KEY)


def run(page):
    page.button(key="run").click()
    return settle(page, KEY)


def report_of(page):
    return page.session_state[KEY].report


def html_of(page):
    return " ".join(element.proto.body for element in page.get("html"))


def test_without_parts_it_says_where_they_are_drawn_and_runs_nothing():
    page = open_tab()
    assert "No part has been drawn" in " ".join(each.value for each in page.markdown)
    assert page.button(key="draw_parts")
    assert page.session_state[KEY].job is None


@pytest.mark.parametrize(("dataset", "parts"), [("CIFAR-10", 5), ("ImageNet", 5)])
def test_without_parts_it_shows_what_is_stored_of_a_sample_and_runs_nothing(dataset, parts, monkeypatch):
    monkeypatch.setattr("sparsefool.backend.attack.run.with_model", None)
    page = open_tab(dataset)
    shown = html_of(page)
    assert page.session_state[KEY].job is None
    assert "An example" in " ".join(each.value for each in page.markdown)
    assert shown.count("with its parts outlined") == 1
    assert shown.count("perturbed, in yellow, with the parts outlined") == 3
    assert shown.count("<tr") == 1 + 3 * parts
    move_slider(page, "lambda", 5.0)
    settle(page, KEY)
    assert html_of(page).count("perturbed, in yellow, with the parts outlined") == 3


def test_an_example_that_is_not_stored_is_not_run():
    page = open_tab("CIFAR-10", max_iter="10")
    assert page.session_state[KEY].job is None
    assert any("An example is stored for the networks" in each.value for each in page.caption)
    assert "outlined" not in html_of(page)


def test_nothing_runs_before_the_button_and_then_the_measure_is_that_of_the_analysis():
    page = opened(*map(line, range(10)))
    assert "10 pictures" in " ".join(each.value for each in page.markdown)
    assert page.session_state[KEY].job is None
    run(page)
    report = report_of(page)
    fooled = [(row[0], masks[0]) for row, masks in zip(report.attacks, report.masks, strict=True)]
    fooled = [(one, masks) for one, masks in fooled if one.success_8bit]
    weights = np.stack([(one.adversarial.pixels != one.request.picture.pixels).any(2) for one, _ in fooled])
    heads, objects = (np.stack([masks[name] for _, masks in fooled]) for name in ("head", "object"))
    assert (heads[0].sum(), objects[0].sum()) == (16 * 8, 20 * 23)
    found = enrichment_of("head", weights.astype(float), heads, objects, np.zeros(len(fooled), int))
    shown = html_of(page)
    assert found.n == 10
    assert f"<b>{found.of_object.value:.2f}</b>" in shown
    low, high = report.measures["mnist/lenet"][1].enrichment.interval
    assert low < found.of_object.value < high
    assert f"{low:.2f} to {high:.2f}" in shown
    assert any("LeNet: of the perturbed pixels on the object" in each.value for each in page.markdown)
    assert page.button(key="run").disabled


def test_nine_pictures_have_no_interval():
    page = run(opened(*map(line, range(9))))
    assert math.isnan(report_of(page).measures["mnist/lenet"][1].enrichment.interval[0])
    assert "from 10 pictures on" in html_of(page)


def test_a_part_that_few_pictures_have_says_on_how_many_it_rests():
    page = run(opened(line(0), line(1), line(2) | {"parts": {"tail": [[0, 0, 3, 3], [9, 9, 20, 20]]}}))
    by_part = {each.part: each for each in report_of(page).measures["mnist/lenet"]}
    assert [by_part[name].n for name in ("object", "head", "tail")] == [2, 2, 1]
    assert [by_part[name].of for name in ("object", "head", "tail")] == ["image", "object", "image"]


def test_pictures_that_fool_no_network_are_not_measured(monkeypatch):
    page = run(opened(line(0)))
    whole = report_of(page)
    held = replace(whole.attacks[0][0], success_8bit=False)
    monkeypatch.setattr(
        your_pictures,
        "run_parts",
        lambda request, _: PartsReport(request, ((held,),), whole.masks, {"mnist/lenet": ()}),
    )
    move_slider(page, "lambda", 5.0)
    settle(page, KEY)
    run(page)
    assert "No picture fools LeNet" in " ".join(each.value for each in page.markdown)


def test_other_settings_fade_the_result_and_a_cancelled_run_keeps_it(monkeypatch):
    page = run(opened(line(0)))

    def endless(_, progress):
        while True:
            progress.report(0, 1, "mnist/lenet: run 1 of 1")
            progress.check()
            time.sleep(0.01)

    monkeypatch.setattr(your_pictures, "run_parts", endless)
    move_slider(page, "lambda", 5.0)
    settle(page, KEY)
    assert any("Faded below: the earlier result" in each.value for each in page.caption)
    page.button(key="run").click().run()
    assert page.progress
    page.button(key="cancel").click().run()
    settle(page, KEY)
    assert "The run was cancelled" in texts(page.info)
    assert "Enrichment</th>" in html_of(page)


def test_an_own_picture_that_was_not_opened_is_left_out_and_named():
    page = opened(line(0), line("cat.png"))
    told = " ".join(each.value for each in page.markdown)
    assert "2 parts of 1 picture" in told
    assert "Not opened on the Attack page yet, so left out: cat\\.png" in told


def test_pictures_of_another_data_set_wait_for_it():
    page = opened(line(0) | {"dataset": "cifar10", "size": [32, 32]})
    assert "No part has been drawn on a picture for the networks of MNIST" in " ".join(
        each.value for each in page.markdown
    )


def test_no_network_is_explained():
    page = opened(line(0))
    page.multiselect(key="networks").set_value([])
    settle(page, KEY)
    assert "Choose at least one network" in texts(page.info)
    assert page.button(key="run").disabled
