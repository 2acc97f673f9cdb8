"""What the pages say where a limit of the server is reached, and that it holds without the page's help."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from sparsefool import paths
from sparsefool.backend import models
from sparsefool.backend.comparison import comparison_request
from sparsefool.backend.serving.limits import VARIABLE, limits
from sparsefool.view.attack.kept_runs import history
from sparsefool.view.shared import experiments
from sparsefool.view.shared.serving import admission, uploads
from sparsefool.zoo import own_networks
from tests.own_network import weights_file
from tests.pages.attack_page import APP, new_page, open_page, report_of, settle, texts
from tests.pages.sliders import move_slider
from tests.pages.test_comparison_page import SMALL
from tests.pages.test_own_network import opened, submit

SWITCHED_OFF = "switched off on this server"


@pytest.fixture(autouse=True)
def _nothing_uploaded_before():
    uploads._uploads.clear()


def captions(page):
    return " ".join(each.value for each in page.caption)


def page_of(name, **address):
    page = AppTest.from_file(str(APP), default_timeout=60)
    page.switch_page(f"pages/{name}.py")
    page.query_params.update({"data": "MNIST", **address})
    page.run()
    assert not page.exception
    return page


def digit():
    return report_of(open_page()).request.picture.png()


def test_a_file_that_the_session_has_no_room_for_is_refused_with_what_to_do(set_limits):
    original = digit()
    set_limits(megabytes_per_session=1)
    page = settle(new_page(source="File"))
    page.file_uploader(key="file").upload("seven.png", original + bytes(1_000_000))
    settle(page)
    assert "seven.png was not taken. The file has 1.0 MB" in texts(page.error)
    assert "at most 1.0 MB for a page" in texts(page.error)
    page.file_uploader(key="file").upload("seven.png", original)
    settle(page)
    assert not page.error
    assert report_of(page).request.picture.name == "seven.png"


def test_more_files_in_a_minute_than_allowed_are_refused(set_limits):
    original = digit()
    set_limits(uploads_per_minute=2)
    page = settle(new_page(source="File"))
    for number in range(3):
        page.file_uploader(key="file").upload(f"{number}.png", original)
        settle(page)
        assert bool(page.error) == (number == 2)
    assert "This server takes 2 files a minute" in texts(page.error)


@pytest.mark.parametrize(("name", "key"), [("mask.png", "mask_file"), ("parts.jsonl", "parts_file")])
def test_every_uploader_says_why_a_file_was_refused(set_limits, name, key):
    open_page()  # from then on, uploads are checked
    set_limits(megabytes_per_session=1)
    page = open_page() if key == "mask_file" else page_of("regions", view="Your pictures")
    next(each for each in page.file_uploader if each.key == key).upload(name, bytes(1_000_001))
    page.run()
    assert not page.exception
    assert f"{name} was not taken" in texts(page.error).replace("\\", "")


def test_weights_that_are_too_large_for_the_session_are_refused(set_limits):
    page = opened()
    set_limits(megabytes_per_session=1)
    submit(page, weights_file() + bytes(1_000_000))
    assert "mine.pt was not taken" in texts(page.error)
    assert not own_networks._networks


def test_a_network_in_use_takes_room_of_other_uploads():
    data = weights_file()
    submit(opened(), data)
    assert [network[1] for network in uploads._uploads._in_use.values()] == [len(data)]
    for name in list(own_networks._networks):
        models.forget_network(name)


def test_networks_of_ones_own_can_be_switched_off(set_limits):
    page = opened()
    set_limits(own_networks=False)
    submit(page, weights_file())  # in a form that was drawn before
    assert not own_networks._networks
    assert report_of(page).request.model == "cifar10/resnet18"
    assert SWITCHED_OFF in captions(page)
    assert not [each for each in page.file_uploader if each.key == "own_file"]


def test_a_link_to_a_librarys_network_is_of_no_use_where_they_are_switched_off(set_limits):
    set_limits(own_networks=False)
    page = open_page(data="ImageNet", model="timm/test_resnet.r160_in1k", source="File")
    assert SWITCHED_OFF in texts(page.warning)


@pytest.mark.parametrize(("name", "key"), [("comparison", "comparison_runs"), ("transfer", "transfer_runs")])
def test_experiments_can_be_switched_off(set_limits, name, key):
    page = page_of(name)
    runs = page.session_state[key]
    set_limits(experiments=False)
    page.run()
    assert page.button(key="run").disabled
    assert "new measurements are switched off" in captions(page)
    runs.start(comparison_request("mnist", ("mnist/lenet",), ("SparseFool",), 1))  # a page drawn before
    assert runs.job is None
    page.run()
    assert not page.exception
    assert "new measurements are switched off" in texts(page.warning)


def test_the_attack_page_needs_no_experiments(set_limits):
    set_limits(experiments=False, own_networks=False)
    page = open_page(**{"lambda": "1.25"})
    assert report_of(page).request.lambda_ == 1.25
    assert "switched off" not in captions(page) + texts(page.warning)


def test_an_experiment_ends_after_its_time_and_says_so(set_limits, monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "OWN_RESULTS", tmp_path / "own")
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path / "shipped")
    set_limits(seconds_per_experiment=1)

    def endless(_, progress):
        while True:
            progress.report(1, 3, "SparseFool")
            progress.check()
            time.sleep(0.01)

    monkeypatch.setattr(experiments, "run_experiment", endless)
    page = page_of("comparison", **SMALL)
    page.button(key="run").click()
    settle(page, "comparison_runs")
    assert "An experiment may take 1 s on this server" in texts(page.info)
    assert "to continue from there" in captions(page)


def test_kept_runs_take_the_room_that_uploads_leave(monkeypatch):
    monkeypatch.setattr(history, "DRAG_SECONDS", 0)
    page = open_page()
    move_slider(page, "lambda", 2.25)
    runs = settle(page).session_state["run_history"].runs
    assert len(runs) == 2
    monkeypatch.setattr(history, "room_left", lambda: 0)
    move_slider(page, "lambda", 3.25)
    settle(page)
    runs = page.session_state["run_history"].runs
    assert [run.report for run in runs] == [report_of(page)], "the one that is shown stays"


def test_a_full_server_says_so_and_lets_the_page_in_later(monkeypatch):
    places = [False, False, True]
    monkeypatch.setattr(admission, "_take_place", lambda: places.pop(0) if places else True)
    page = new_page()
    page.run()
    assert not page.exception
    assert "The server is full" in texts(page.warning)
    assert "goes on by itself" in texts(page.warning)
    assert not page.header
    settle(page)
    assert not page.warning
    assert page.header


def test_limits_that_cannot_be_read_are_named_on_the_page(monkeypatch):
    monkeypatch.setenv(VARIABLE, "/no/limits.toml")
    limits.cache_clear()
    try:
        page = new_page()
        page.run()
        assert not page.exception
        assert "/no/limits.toml" in texts(page.error)
        assert not page.header
    finally:
        monkeypatch.delenv(VARIABLE)
        limits.cache_clear()
