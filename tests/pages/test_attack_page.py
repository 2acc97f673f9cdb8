import ast
import io
import json
import time

import numpy as np
import pytest
from PIL import Image
from pillow_heif import from_pillow

from sparsefool.backend.attack.run import run_attack
from sparsefool.backend.work.devices import DevicePool
from sparsefool.data.image_files import FORMATS
from sparsefool.data.samples import load_samples
from sparsefool.errors import ModelError, QueueFullError
from sparsefool.view.shared import runs
from sparsefool.view.shared.controls import picture
from tests.data.made_pictures import bomb
from tests.pages.attack_page import (
    APP,
    NOT_STORED,
    ROOT,
    headline_of,
    new_page,
    open_page,
    report_of,
    settle,
    texts,
)
from tests.pages.players import move, player
from tests.pages.sliders import move_slider, slider


def details(page):
    """Press the button of the details; give what they say."""
    assert not any(element.value.startswith("| This run |") for element in page.markdown)
    page.session_state["details_open"] = True
    settle(page)
    return next(element.value for element in page.markdown if element.value.startswith("| This run |"))


def words(page):
    return " ".join(element.value for element in page.markdown)


def run_until_cancelled(_, progress):
    while True:
        progress.report(3, 50, "Iteration 3 of at most 50")
        progress.check()
        time.sleep(0.01)


def test_opening_the_page_shows_a_fooled_network():
    page = open_page()
    report = report_of(page)
    assert report.success_8bit
    pixels = report.change_8bit.pixels
    assert headline_of(page) == (
        f"The network saw a 7. Change these {pixels} of 784 pixels and it sees a {report.after_8bit.name}."
    )
    assert {metric.label: metric.value for metric in page.metric}["Pixels"] == str(pixels)
    assert f"{report.forwards} forward, {report.backwards} backward" in details(page)
    assert not page.warning
    assert not page.error


def test_another_lambda_reuses_the_first_linearisation():
    page = open_page(picture="2", **NOT_STORED)
    move_slider(page, "lambda", 12.5)
    settle(page)
    assert report_of(page).request.lambda_ == 12.5
    assert report_of(page).boundary_reused
    assert "reused from an earlier run" in details(page)


def test_sparsest_is_a_choice_that_needs_no_lambda_and_fewer_pixels():
    page = open_page()
    plain = report_of(page)
    assert not slider(page, "lambda").disabled
    page.segmented_control(key="attack").set_value("sparsest")
    settle(page)
    report = report_of(page)
    assert report.success_8bit
    assert report.change_8bit.pixels < plain.change_8bit.pixels
    assert slider(page, "lambda").disabled
    assert "Sparsest · δ = 255" in words(page)
    assert f"| Steps | {len(report.steps) - 1}; {report.iterations} to fool" in details(page)
    assert report_of(open_page(attack="Sparsest")).adversarial.sha256 == report.adversarial.sha256


def test_few_features_are_a_choice_of_sparsest_that_a_link_restores():
    page = open_page(data="CIFAR-10", attack="Sparsest", device="cpu")
    plain = report_of(page)
    assert not plain.request.counts_features
    assert [metric.label for metric in page.metric][:2] == ["Pixels", "Time to find"]
    page.segmented_control(key="minimise").set_value("features")
    settle(page)
    report = report_of(page)
    change = report.change_8bit
    assert report.request.counts_features
    assert report.success_8bit
    assert report.boundary_reused, "the first linearisation does not depend on what is counted"
    assert change.features < plain.change_8bit.features
    assert f"{change.features} of 3,072 values, in {change.pixels} pixel" in headline_of(page)
    shown = [(metric.label, metric.value) for metric in page.metric][:2]
    assert shown == [("Values", str(change.features)), ("Pixels", str(change.pixels))]
    assert "Sparsest, few values · δ = 255" in " ".join(element.value for element in page.markdown)
    again = open_page(data="CIFAR-10", attack="Sparsest", minimise="Values", device="cpu")
    assert report_of(again).adversarial.sha256 == report.adversarial.sha256


@pytest.mark.parametrize(
    "address", [{"attack": "Sparsest"}, {"data": "CIFAR-10"}], ids=["one channel", "Paper"]
)
def test_what_is_counted_is_not_asked_where_it_makes_no_difference(address):
    page = new_page(minimise="Values", device="cpu", **address).run()
    assert "minimise" not in [group.key for group in page.segmented_control]
    assert not settle(page).warning
    assert not report_of(page).request.counts_features


def test_the_result_obeys_delta():
    page = open_page(delta="60", **{"lambda": "4"})
    report = report_of(page)
    before, after = report.request.picture.pixels.astype(int), report.adversarial.pixels
    assert report.request.delta == 60
    assert 0 < np.abs(after - before).max() <= 60


def test_every_attack_parameter_comes_from_the_address():
    page = open_page(
        picture="4", target="8", max_iter="7", candidates="3", device="cpu", delta="200", **{"lambda": "2.5"}
    )
    request = report_of(page).request
    assert request.parameters() == {
        "lambda_": 2.5,
        "delta": 200,
        "max_iter": 7,
        "num_candidates": 3,
        "overshoot": 0.02,
        "max_gradient_growth": 1.75,
        "target": 8,
    }
    assert request.device == "cpu"
    assert request.picture.name.endswith("03")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lambda", "abc"),
        ("lambda", "0.5"),
        ("lambda", "nan"),
        ("delta", "999"),
        ("delta", "-1"),
        ("picture", "5000"),
        ("model", "ResNet-18"),
        ("target", "cat"),
        ("max_iter", "1e9"),
        ("step", "77"),
        ("attack", "Densest"),
    ],
)
def test_an_unusable_value_in_the_address_is_reset_with_a_notice(name, value):
    page = open_page(**{name: value})
    assert f"{name}='{value}' in the address" in texts(page.warning)
    assert headline_of(page).startswith("The network saw a 7.")


def test_the_notice_goes_when_a_control_moves():
    page = open_page(delta="999")
    move_slider(page, "delta", 200)
    settle(page)
    assert not page.warning


def test_a_target_that_is_the_label_is_explained():
    page = open_page(target="7")
    assert "7" in texts(page.warning)
    assert not page.header


def test_a_network_that_cannot_be_fetched_is_explained_and_another_one_works(monkeypatch):
    def no_network(*_):
        raise ModelError("The weights of it cannot be fetched: no network.")

    monkeypatch.setattr("sparsefool.backend.models.load_model", no_network)
    page = settle(new_page(data="ImageNet", model="VGG-16 (528 MB download)"))
    assert "cannot be fetched: no network" in texts(page.error)
    page.segmented_control(key="data").set_value("mnist")
    monkeypatch.undo()
    monkeypatch.chdir(ROOT)
    assert headline_of(settle(page)).startswith("The network saw a 7.")


def test_not_being_fooled_says_what_to_do():
    page = open_page(delta="1", max_iter="1", **{"lambda": "1"})
    assert "it still sees a 7" in headline_of(page)
    assert "Not fooled" in texts(page.warning)
    assert "raise δ (now 1)" in texts(page.warning)


def test_a_picture_that_is_misread_from_the_start_is_said_to_be(monkeypatch):
    truth = picture.samples

    def lying(dataset, size):
        true = truth(dataset, size)
        return picture.Samples(true.pictures, tuple([4] * 20), true.class_names)

    monkeypatch.setattr(picture, "samples", lying)
    assert headline_of(open_page()).startswith("The network took this 4 for a 7. Change these")


def test_a_run_shows_itself_and_the_old_result_comes_back_when_it_is_cancelled(monkeypatch):
    page = open_page()
    before = headline_of(page)
    monkeypatch.setattr(runs, "run_attack", run_until_cancelled)
    move_slider(page, "lambda", 9.0)
    assert headline_of(page).startswith("Searching for the few pixels")
    assert "The attack so far" in words(page)
    assert "Adversarial" not in words(page)
    assert "the earlier run, λ = 1 · δ = 255" in " ".join(caption.value for caption in page.caption)
    assert page.progress
    page.button(key="cancel").click().run()
    settle(page)
    assert "Cancelled" in texts(page.info)
    assert headline_of(page) == "Earlier, with λ = 1 · δ = 255: " + before.replace("The", "the", 1)
    assert "Adversarial" in words(page)


def test_cancelling_says_where_and_offers_to_run_again(monkeypatch):
    answers = iter((run_until_cancelled, run_attack))
    monkeypatch.setattr(runs, "run_attack", lambda *asked: next(answers)(*asked))
    page = new_page(**NOT_STORED).run()
    page.button(key="cancel").click().run()
    settle(page)
    assert "cancelled" in texts(page.info)
    assert "iteration 3" in texts(page.info)
    page.button(key="again").click()
    assert headline_of(settle(page)).startswith("The network saw a 7.")


def test_a_full_queue_is_said_to_be_full(monkeypatch):
    def full(*_, **__):
        raise QueueFullError("16 runs already wait for cpu, the limit.")

    monkeypatch.setattr(DevicePool, "submit", full)
    page = settle(new_page(**NOT_STORED))
    assert "16 runs already wait" in texts(page.warning)
    monkeypatch.undo()
    monkeypatch.chdir(ROOT)
    page.button(key="again").click()
    assert headline_of(settle(page)).startswith("The network saw a 7.")


def test_a_fault_inside_a_run_leaves_the_page_standing(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(runs, "run_attack", broken)
    page = settle(new_page(**NOT_STORED))
    assert "unexpected ZeroDivisionError" in texts(page.error)


def test_fast_changes_end_with_the_last_one():
    page = new_page().run()
    for value in (4.0, 6.5, 11.0):
        move_slider(page, "lambda", value)
    settle(page)
    assert report_of(page).request.lambda_ == 11.0


def test_two_sessions_do_not_disturb_each_other():
    first, second = new_page(picture="1").run(), new_page(picture="2").run()
    assert first.session_state["runs"].session != second.session_state["runs"].session
    assert headline_of(settle(first)).startswith("The network saw a 7.")
    assert headline_of(settle(second)).startswith("The network saw a 2.")


def test_stepping_through_the_trajectory():
    page = open_page(delta="60", **{"lambda": "1"})
    last = report_of(page).iterations
    assert player(page, "step")["moment"] == player(page, "step")["last"] == last
    for step in (last - 1, 0):
        move(page, "step", step)
        page.run()
        assert player(page, "step")["moment"] == step
        assert any(f"**Iteration {step}**" in element.value for element in page.markdown)


def test_the_table_of_pixels_is_complete():
    page = open_page(view="Pixels")
    assert len(page.dataframe[0].value) == report_of(page).change_8bit.features


def test_everything_can_be_downloaded():
    page = open_page(view="Download and reproduce")
    labels = " ".join(button.proto.label for button in page.get("download_button"))
    assert all(ending in labels for ending in (".png", ".npz", ".json"))
    assert any("--model mnist/lenet" in code.value for code in page.code)


@pytest.mark.parametrize(("address", "times"), [({}, 36), ({"enlarge": "10"}, 10), ({"enlarge": "999"}, 36)])
def test_pictures_can_be_downloaded_enlarged(address, times):
    page = open_page(view="Download and reproduce", **address)
    labels = [button.proto.label for button in page.get("download_button")]
    assert f"Adversarial, {times} times larger (.png)" in labels
    assert f"Original, {times} times larger (.png)" in labels


def test_a_switch_in_the_address_that_is_neither_on_nor_off_is_reported():
    page = open_page(marks="maybe")
    assert "marks='maybe' in the address is not one of the choices" in texts(page.warning)


def encoded(image, format_, **options):
    file = io.BytesIO()
    if format_ == "HEIC":
        from_pillow(image).save(file, **options)
        return file.getvalue()
    image.save(file, format_, **options)
    return file.getvalue()


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def animation():
    frames = [Image.fromarray(noise(40, 40, 3)), Image.fromarray(255 - noise(40, 40, 3))]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


BAD_FILES = {
    "truncated.heic": encoded(Image.fromarray(noise(64, 64, 3)), "HEIC")[:900],
    "text.png": b"this is no picture",
    "truncated.jpg": encoded(Image.fromarray(noise(64, 64, 3)), "JPEG")[:300],
    "bomb.png": bomb(),
    "animation.gif": animation(),
    "dot.png": encoded(Image.fromarray(noise(1, 1, 3)), "PNG"),
    "empty.png": b"",
}

GOOD_FILES = {
    "photo.HEIC": encoded(Image.fromarray(noise(40, 40, 3)), "HEIC"),
    "photo": encoded(Image.fromarray(noise(40, 40, 3)), "JPEG"),
    "photo.jfif": encoded(Image.fromarray(noise(40, 40, 3)), "JPEG"),
    "photo.jpe": encoded(Image.fromarray(noise(40, 40, 3)), "AVIF"),
    "scan.tif": encoded(Image.fromarray(noise(40, 40, 3)), "TIFF", compression="tiff_lzw"),
    "deep.png": encoded(Image.fromarray(noise(40, 40).astype(np.uint16) * 257), "PNG"),
    "cmyk.jpg": encoded(Image.fromarray(noise(40, 40, 4), "CMYK"), "JPEG"),
    "palette.png": encoded(Image.fromarray(noise(40, 50, 3)).convert("P"), "PNG", transparency=3),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gets_a_message_and_the_page_goes_on(name):
    page = settle(new_page(source="File"))
    assert "No picture yet" in texts(page.info)
    page.file_uploader(key="file").upload(name, BAD_FILES[name])
    settle(page)
    assert name in texts(page.error)
    page.segmented_control(key="source").set_value("Samples")
    assert headline_of(settle(page)).startswith("The network saw a 7.")


def test_no_file_chooser_goes_by_the_ending_of_a_name():
    page = settle(new_page())
    (mask,) = page.file_uploader
    page.segmented_control(key="source").set_value("File")
    (picture,) = settle(page).file_uploader
    assert (list(mask.proto.type), list(picture.proto.type)) == ([], [])
    assert FORMATS in mask.proto.help
    assert f"{FORMATS}." in [each.value for each in page.caption]


@pytest.mark.parametrize("name", GOOD_FILES)
def test_an_odd_but_sound_file_is_attacked(name):
    page = settle(new_page(source="File"))
    page.file_uploader(key="file").upload(name, GOOD_FILES[name])
    settle(page)
    assert not page.error
    assert report_of(page).request.picture.name == name
    assert headline_of(page)


@pytest.mark.parametrize("path", [APP, *sorted((ROOT / "pages").glob("*.py"))], ids=lambda path: path.name)
def test_pages_know_only_the_view_and_the_errors(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module]
        allowed = ("streamlit", "pathlib", "collections.abc", "sparsefool.view", "sparsefool.errors")
        assert all(name.startswith(allowed) for name in names), names


def chart_of(page, key):
    (found,) = (each.proto for each in page.get("plotly_chart") if each.proto.id.endswith(f"-{key}"))
    return json.loads(found.spec)["layout"]


def test_titles_of_charts_are_read_from_the_last_row_of_a_lecture():
    usual, lecture = (
        chart_of(open_page(view="Trajectory", **more), "trajectory_chart")
        for more in ({}, {"lecture": "true"})
    )
    assert max(title["font"]["size"] for title in usual["annotations"]) < 20
    assert min(title["font"]["size"] for title in lecture["annotations"]) >= 20
    assert lecture["height"] > usual["height"]


def test_the_address_opens_a_test_image_that_is_no_sample():
    page = open_page(data="CIFAR-10", picture="217")
    assert report_of(page).request.picture.sha256 == load_samples("cifar10").picture(216).sha256
    assert any("Test image 216, true class: horse" in each.value for each in page.caption)
    assert list(page.pills(key="picture").options)[-1] == "217"
    page.pills(key="picture").set_value("3")
    settle(page)
    assert any("Sample 3, true class: ship" in each.value for each in page.caption)
    assert "217" in page.pills(key="picture").options, "the way back to it stays"


def test_advanced_controls_are_drawn_once_they_are_opened_or_set():
    page = open_page()
    assert not page.number_input
    closed = report_of(page)
    page.session_state["advanced_open"] = True
    settle(page)
    assert page.number_input(key="max_iter").value == 50
    assert report_of(page) is closed, "what is not drawn has the value with which it is drawn"
    page.number_input(key="max_iter").set_value(40)
    settle(page)
    assert report_of(page).request.max_iter == 40
    page.session_state["advanced_open"] = False
    page.run()
    assert page.query_params["max_iter"] == "40"
    assert report_of(page).request.max_iter == 40
    assert open_page(candidates="4").number_input(key="candidates").value == 4
