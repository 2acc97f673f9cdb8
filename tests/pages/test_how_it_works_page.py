import re
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sparsefool import paths
from sparsefool.backend.planes.stored import EXAMPLES, stored_plane
from sparsefool.errors import ModelError
from sparsefool.store.tables import read_table, write_table
from sparsefool.view.how_it_works import decision_plane
from sparsefool.view.how_it_works.plane_numbers import finding
from sparsefool.view.how_it_works.prompts import PROMPTS
from tests.pages.players import click_picture, move, player
from tests.pages.sliders import move_slider, slider

ROOT = Path(__file__).parents[2]
WORLD = {"p1": "100", "p2": "20", "world": "Strongly curved"}


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def open_page(**address):
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page("pages/how_it_works.py")
    for name, value in {"data": "MNIST", **address}.items():
        page.query_params[name] = value
    return run(page)


def run(page):
    page.run()
    assert not page.exception
    return page


def settle(page):
    for _ in range(5):
        run(page)
        job = page.session_state["plane_runs"].job
        if job is None or (job.finished and not page.progress):
            return page
        assert job.wait(60)
    raise AssertionError("the page goes on submitting jobs")


def html(page):
    return " ".join(element.proto.body for element in page.get("html"))


def stage_numbers(page):
    """Return what the numbers beside the picture of two pixels say, by their titles."""
    cells = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html(page))
    return {title: re.sub("<.*?>", "", value) for title, value in cells}


def question(page):
    return re.sub("<.*?>", "", re.findall(r'<div class="question".*?>(.*?)</div>', html(page))[0])


def said(page):
    stage = re.sub("<.*?>", "", html(page)).replace("&nbsp;", " ")
    return " ".join([stage, *(element.value for element in (*page.markdown, *page.caption))])


def texts(elements):
    return " ".join(f"{element.proto.title} {element.value}" for element in elements)


def levels(shown):
    return int(shown["Change so far"].removesuffix(" levels"))


def go(page, stage):
    move(page, "stage", stage)
    return run(page)


def to_the_end(page):
    return go(page, player(page, "stage")["last"])


def title(page):
    return re.sub("<.*?>", "", re.findall(r"<h5>(.*?)</h5>", html(page))[0])


def test_it_begins_with_the_image_as_a_point():
    page = open_page(**WORLD)
    assert "The image is a point" in said(page)
    assert "100 and 20" in said(page)
    assert stage_numbers(page)["Change so far"] == "0 levels"
    assert not page.warning


def test_stepping_forwards_and_backwards_goes_through_every_stage():
    page = open_page(**WORLD)
    last = player(page, "stage")["last"]
    titles = [title(page), *(title(go(page, stage)) for stage in range(1, last + 1))]
    assert titles[-1] == "Fooled after 3 rounds"
    assert len([title for title in titles if "Test" in title]) == 3
    assert title(go(page, last - 1)) == titles[-2] == "Test: fooled"


def test_moves_of_the_browser_are_heard_once_and_what_it_says_is_checked():
    page = open_page(**WORLD)
    move(page, "stage", 4)
    assert player(run(page), "stage")["moment"] == 4
    assert player(page, "stage")["heard"] == ["the browser", 1]
    page.button(key="try_2").click()
    assert player(run(page), "stage")["moment"] == 0
    assert player(run(page), "stage")["moment"] == 0
    last = player(page, "stage")["last"]
    assert player(go(page, last + 50), "stage")["moment"] == last
    assert player(go(page, -3), "stage")["moment"] == 0
    for nonsense in ("seven", {"run": 1}, {"run": "r", "count": 2, "moment": "7"}, None):
        page.session_state["stage_player"] = {"moved": nonsense}
        assert player(run(page), "stage")["moment"] == 0


def test_a_reloaded_browser_begins_to_count_anew():
    page = go(go(open_page(**WORLD), 3), 5)
    move(page, "stage", 2, run="another browser")
    assert player(run(page), "stage")["moment"] == 2


def test_a_click_in_the_picture_moves_x_and_a_later_slider_moves_it_again():
    page = open_page(**WORLD)
    click_picture(page, 200, 60)
    run(page)
    assert (slider(page, "p1").value, slider(page, "p2").value) == (200, 60)
    assert "200 and 60" in said(page)
    move_slider(page, "p1", 30)
    assert "30 and 60" in said(run(page))
    click_picture(page, 999, -4, count=2)
    run(page)
    assert (slider(page, "p1").value, slider(page, "p2").value) == (255, 0)


def test_the_address_says_which_stage():
    assert player(open_page(**WORLD, stage="6"), "stage")["moment"] == 6
    far = open_page(**WORLD, stage="600")
    assert player(far, "stage")["moment"] == player(far, "stage")["last"]
    assert "stage='600'" in " ".join(warning.value for warning in far.warning)


def test_a_larger_lambda_redraws_at_once_and_stays_at_the_end():
    page = to_the_end(open_page(**WORLD))
    near = stage_numbers(page)
    move_slider(page, "world_lambda", 3.0)
    run(page)
    assert "Fooled after 1 round" in said(page)
    assert levels(stage_numbers(page)) > levels(near)
    assert player(page, "stage")["moment"] == player(page, "stage")["last"]


def test_a_smaller_delta_needs_the_other_pixel_too():
    page = to_the_end(open_page(world="Linear", p1="150", p2="90"))
    assert stage_numbers(page)["Pixels changed"] == "1 of 2"
    move_slider(page, "world_delta", 70)
    assert stage_numbers(run(page))["Pixels changed"] == "2 of 2"


@pytest.mark.parametrize("number", range(len(PROMPTS)))
def test_a_prompt_sets_the_controls_and_goes_to_the_start(number):
    page = to_the_end(open_page())
    page.button(key=f"try_{number}").click()
    run(page)
    prompt = PROMPTS[number].choice
    assert (slider(page, "p1").value, slider(page, "p2").value) == prompt.place
    assert slider(page, "world_lambda").value == prompt.lambda_
    assert slider(page, "world_delta").value == prompt.delta
    assert player(page, "stage")["moment"] == 0


@pytest.mark.parametrize("number", range(len(PROMPTS)))
def test_a_prompt_answers_once_it_was_tried_and_remembers_it(number):
    page = open_page()
    page.button(key=f"try_{number}").click()
    run(page)
    assert PROMPTS[number].question in question(page)
    assert "the answer appears here" in question(page)
    to_the_end(page)
    answer = question(page).removeprefix(PROMPTS[number].question)
    assert len(answer) > 20
    assert "the answer appears here" not in answer
    assert answer in question(go(page, 0))


def test_a_prompt_is_answered_whoever_set_the_controls():
    page = to_the_end(open_page(world="Strongly curved", p1="100", p2="20"))
    assert "It took 3 rounds" in question(page).replace("Here it", "It")
    move_slider(page, "world_lambda", 3.0)
    run(page)
    assert "Gained: one round" in question(page)


def test_l1_deepfool_fails_when_it_is_clipped():
    page = open_page(world="Linear", p1="60", p2="90", method="ℓ1-DeepFool")
    page = to_the_end(page)
    assert "Clipped: it fails" in said(page)
    assert stage_numbers(page)["The network says"] == "A"
    page = go(page, player(page, "stage")["last"] - 1)
    assert "outside the square" in said(page)
    assert stage_numbers(page)["The network says"] == "B"


def test_unusable_values_in_the_address_are_named():
    page = open_page(p1="900", world="spiral", world_lambda="x", plane_seed="-1")
    notices = " ".join(warning.value for warning in page.warning)
    assert "p1='900'" in notices
    assert "world='spiral'" in notices
    assert "world_lambda='x'" in notices


def test_nothing_runs_on_the_network_until_it_is_asked_for():
    page = open_page()
    assert page.session_state["plane_runs"].job is None


@pytest.mark.parametrize("plane", ["Through x, x_B, final x", "Normal and random"])
def test_the_plane_of_a_network_shows_the_engines_numbers(plane):
    page = settle(open_page(look="true", plane=plane, **{"lambda": "1"}))
    report = page.session_state["plane_runs"].report
    assert report.labels.shape == (81, 81)
    assert f"{report.model} on {report.device}" in said(page)
    assert f"{report.flatness.rms:.0f} levels from the line" in said(page)
    assert report.start_label in report.names


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_stored_planes_are_there_at_once_with_a_reading_for_each_number(example):
    page = open_page(data="MNIST")
    report = stored_plane(example)
    assert page.session_state["plane_runs"].job is None
    assert f"{report.flatness.rms:.0f} levels from the line that was assumed." in said(page)
    assert finding(report) in said(page)


def test_the_first_stored_plane_is_flat_and_the_second_is_bent():
    flat, bent = (stored_plane(example) for example in EXAMPLES)
    assert "almost straight" in finding(flat)
    assert "bends" in finding(bent)
    assert bent.rounds == len(bent.turns) + 1


@pytest.fixture
def other_planes(tmp_path, monkeypatch):
    """Give the folder from which planes are read in this test: a copy."""
    folder = tmp_path / "planes"
    shutil.copytree(paths.SHIPPED_PLANES, folder)
    monkeypatch.setattr(paths, "SHIPPED_PLANES", folder)
    stored_plane.cache_clear()
    yield folder
    stored_plane.cache_clear()


def empty_record(path):
    table = read_table(path)
    write_table(path, replace(table, provenance={**table.provenance, "report": {}}))


@pytest.mark.parametrize(
    "spoil", [Path.unlink, empty_record, lambda path: path.write_bytes(path.read_bytes()[:900])]
)
def test_a_missing_or_damaged_plane_is_named_and_one_can_still_be_computed(other_planes, spoil):
    spoil(other_planes / "bent.parquet")
    page = open_page()
    (notice,) = page.warning
    assert "bent.parquet" in notice.value
    assert "sparsefool experiment planes --ship" in notice.value
    assert finding(stored_plane(EXAMPLES[0])) in said(page)
    assert network_expander(page).proto.expanded
    assert "What you have seen" in [heading.value for heading in page.subheader]
    page.toggle(key="look").set_value(True)
    assert "mnist/lenet on" in said(settle(run(page)))


def test_the_controls_of_another_plane_are_folded_while_the_stored_planes_are_there():
    assert not network_expander(open_page()).proto.expanded


def network_expander(page):
    (found,) = (each for each in page.expander if each.label.startswith("Another picture, network"))
    return found


def test_another_lambda_gives_another_plane_and_switching_off_ends_it():
    page = settle(open_page(look="true"))
    first = page.session_state["plane_runs"].report
    move_slider(page, "lambda", 3.0)
    second = settle(page).session_state["plane_runs"].report
    assert first.lambda_ == 1.0
    assert second.lambda_ == 3.0
    assert second.rounds <= first.rounds
    page.toggle(key="look").set_value(False)
    run(page)
    assert page.session_state["plane_runs"].job is None
    assert "mnist/lenet on" not in said(page)


def test_a_long_survey_shows_its_progress_and_can_be_cancelled(monkeypatch):
    def endless(_, progress):
        while True:
            progress.report(3, 6561, "Regions: 3 of 6,561 points")
            progress.check()
            time.sleep(0.01)

    monkeypatch.setattr(decision_plane, "run_plane", endless)
    page = open_page(look="true")
    page.button(key="cancel").click()
    assert "Cancelled" in texts(settle(page).info)


def test_the_coarse_grid_is_drawn_while_the_rest_is_asked_for_and_stays_when_cancelled(monkeypatch):
    known = settle(open_page(look="true")).session_state["plane_runs"].report

    def half_way(_, progress):
        progress.report(9, 100, "Regions: 9 of 100 points", replace(known, stride=4))
        while True:
            progress.check()
            time.sleep(0.01)

    monkeypatch.setattr(decision_plane, "run_plane", half_way)
    page = open_page(look="true")
    assert "One point in 16 so far" in said(page)
    assert "mnist/lenet on" not in said(page)
    page.button(key="cancel").click()
    settle(page)
    assert "Cancelled" in texts(page.info)
    assert "One point in 16 so far" in said(page)


def test_a_large_network_begins_with_fewer_points_and_says_how_long_more_take(monkeypatch):
    asked = []

    def note(request, _):
        asked.append(request.points)
        raise ModelError("Enough.")

    monkeypatch.setattr(decision_plane, "run_plane", note)
    page = settle(open_page(data="ImageNet", look="true"))
    assert asked == [41]
    assert "81 × 81 four" in said(page)
    settle(open_page(data="ImageNet", look="true", plane_grid="81 × 81"))
    settle(open_page(look="true"))
    assert asked == [41, 81, 81]


def test_a_network_that_cannot_be_loaded_gets_a_message(monkeypatch):
    def out_of_reach(*_):
        raise ModelError("The weights are out of reach.")

    monkeypatch.setattr(decision_plane, "run_plane", out_of_reach)
    assert "The weights are out of reach." in texts(settle(open_page(look="true")).error)
