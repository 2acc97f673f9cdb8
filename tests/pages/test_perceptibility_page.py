import threading
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sparsefool import paths
from sparsefool.backend.sweeps.run import run_sweep
from sparsefool.view.perceptibility import delta_row, grid_map, sweeps
from sparsefool.view.perceptibility.map_charts import percent_text
from tests.pages.sliders import move_slider
from tests.tiny_model import TINY, put_in_place, tiny_classifier

ROOT = Path(__file__).parents[2]
FEW = (60.0, 255.0)


@pytest.fixture(autouse=True)
def _quick(monkeypatch, tmp_path):
    """A network made in no time, two δ, and no results but those of the project."""
    put_in_place(monkeypatch, tiny_classifier())
    monkeypatch.setattr(delta_row, "FIGURE_7", FEW)
    monkeypatch.setattr(grid_map, "GRIDS", {"Few": ((1.0, 3.0), FEW)})
    monkeypatch.setattr(paths, "OWN_RESULTS", tmp_path)


def open_page(**address):
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page("pages/perceptibility.py")
    for name, value in {"data": "CIFAR-10", "device": "cpu", **address}.items():
        page.query_params[name] = value
    return settle(page)


def settle(page):
    for _ in range(5):
        page.run()
        assert not page.exception
        works = [page.session_state[key] for key in ("row_runs", "map_runs") if key in page.session_state]
        if not any(work.running for work in works):
            return page
        assert all(work.job.wait(60) for work in works if work.job)
    raise AssertionError("the page goes on submitting jobs")


def said(page):
    boxes = [*page.warning, *page.info, *page.error]
    return " ".join(f"{each.proto.title} {each.value}" for each in boxes)


def test_a_picture_is_shown_over_delta_with_label_and_percentage():
    page = open_page()
    report = page.session_state["row_runs"].report
    assert report.request.model == TINY
    assert [point.delta for point in report.points] == list(FEW)
    table = page.dataframe[0].value
    assert table["pixels"].tolist() == [point.pixels for point in report.points]
    numbers = {metric.label: metric.value for metric in page.metric}
    assert numbers["Pixels changed"] == f"{report.points[-1].pixels:,}"
    assert numbers["SSIM"] == f"{report.points[-1].ssim:.4f}"


def test_another_delta_is_compared_without_attacking_again():
    page = open_page()
    job = page.session_state["row_runs"].job
    page.segmented_control(key="at").set_value("60")
    settle(page)
    assert page.session_state["row_runs"].job is job
    point = page.session_state["row_runs"].report.points[0]
    assert {each.label: each.value for each in page.metric}["Largest change"] == f"{point.max_change:.0f}"


def test_that_no_image_was_fooled_is_said(monkeypatch):
    monkeypatch.setattr(delta_row, "FIGURE_7", (1.0, 2.0))
    page = open_page(max_iter="1", **{"lambda": "1"})
    assert not any(point.success for point in page.session_state["row_runs"].report.points)
    assert "No image was fooled" in said(page)
    assert page.subheader[0].value.startswith("At every δ the network still sees ")


def test_that_no_image_was_fooled_is_said_of_a_map(monkeypatch):
    monkeypatch.setattr(grid_map, "GRIDS", {"Few": ((1.0,), (1.0, 2.0))})
    page = open_page(max_iter="1", show="λ × δ map")
    assert not any(point.success for point in page.session_state["map_runs"].report.points)
    assert "No image was fooled" in said(page)
    assert len(page.get("plotly_chart")) == 1


def test_no_picture_is_said():
    assert "No picture yet" in said(open_page(source="File"))


def test_a_map_that_is_not_stored_is_computed_at_once():
    page = open_page(show="λ × δ map")
    report = page.session_state["map_runs"].report
    assert len(report.points) == 4
    assert not report.stored
    fooling = [point for point in report.points if point.success]
    assert f"{len(fooling)} of 4 pairs fool the network" in page.subheader[0].value
    assert len(page.get("plotly_chart")) >= 1


@pytest.mark.parametrize("show", ["One picture", "λ × δ map"])
def test_a_sample_opens_with_its_stored_result_and_nothing_is_run(monkeypatch, show):
    monkeypatch.undo()
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sweeps, "run_sweep", lambda *_: pytest.fail("an attack was run"))
    page = open_page(data="MNIST", show=show, picture="3")
    runs = page.session_state["row_runs" if show == "One picture" else "map_runs"]
    assert runs.job is None
    assert runs.report.stored
    assert runs.report.before.name in page.subheader[0].value
    assert any("Stored result that comes with the project" in each.value for each in page.markdown)


def test_another_lambda_is_computed():
    page = open_page()
    first = page.session_state["row_runs"].report
    move_slider(page, "lambda", 2.0)
    second = settle(page).session_state["row_runs"].report
    assert (first.request.lambdas, second.request.lambdas) == ((3.0,), (2.0,))


def test_tiles_begin_with_the_original_and_the_chosen_one_is_marked():
    page = open_page(at="60")
    report = page.session_state["row_runs"].report
    (tiles,) = [each.proto.body for each in page.get("html") if "<figure" in each.proto.body]
    assert tiles.index(">Original<") < tiles.index(">δ = 60 · below<") < tiles.index(">δ = 255<")
    assert f"The original: the network sees {report.before.name}." in tiles


def test_what_is_done_is_drawn_while_the_rest_is_computed(monkeypatch):
    finished = threading.Event()

    def slowly(request, progress):
        report = run_sweep(request, progress)
        progress.report(1, 2, "One is done", report.points[-1:])
        assert finished.wait(60)
        return report

    monkeypatch.setattr(sweeps, "run_sweep", slowly)
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.switch_page("pages/perceptibility.py")
    for name, value in {"data": "CIFAR-10", "device": "cpu"}.items():
        page.query_params[name] = value
    for _ in range(100):
        page.run()
        if any(each.value == "1 of 2 pictures are done" for each in page.subheader):
            break
    (tiles,) = [each.proto.body for each in page.get("html") if "<figure" in each.proto.body]
    finished.set()
    assert tiles.count("computing…") == 1
    assert "At δ = 255 the network sees" in tiles


def test_an_error_in_percent_is_never_a_power_of_ten():
    assert [percent_text(each) for each in (100.0, 12.3, 9.76, 0.0123)] == [
        "100 %",
        "12 %",
        "9.8 %",
        "0.012 %",
    ]


def test_the_stored_result_is_there_when_the_page_opens():
    page = open_page(data="MNIST", show="Many pictures", over="λ (Figure 4)")
    assert any("comes with the project" in each.value and "n = 200" in each.value for each in page.caption)
    assert any("No value left its δ box" in each.value for each in page.caption)
    assert any("λ = 1 → 10. Fooled: 200 of 200, 100 % (" in each.value for each in page.markdown)
    assert any(
        "Over all images, one that is not fooled counts as more" in each.value for each in page.caption
    )
    assert len(page.get("download_button")) == 4


def test_a_chosen_network_that_is_not_measured_is_named_and_the_finding_comes_first():
    page = open_page(show="Many pictures")
    assert any("so not drawn: ResNet-18, adversarially trained" in each.value for each in page.caption)
    assert page.subheader[0].value.startswith(
        "ResNet-18, 100 pictures: half of them are fooled with at most "
    )


def test_without_a_stored_result_a_run_is_offered(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path)
    page = open_page(data="MNIST", show="Many pictures")
    assert "No stored result" in said(page)
    assert not page.button(key="run").disabled


def test_a_damaged_file_is_named_and_the_page_opens(monkeypatch, tmp_path):
    names = [path.name for path in paths.SHIPPED_RESULTS.glob("sparsefool-mnist-lenet-*.parquet")]
    for name in names:
        (tmp_path / name).write_bytes(b"damaged")
    monkeypatch.setattr(paths, "SHIPPED_RESULTS", tmp_path)
    page = open_page(data="MNIST", show="Many pictures")
    assert any(f"{name} is no readable table" in said(page) for name in names)
    assert page.button(key="run")


def test_more_images_than_there_are_is_said():
    page = open_page(data="MNIST", show="Many pictures", images="2000")
    assert "There are 1000 test images of mnist; 2000 were asked for." in said(page)
    assert page.button(key="run").disabled


def test_a_cancelled_map_says_so_and_keeps_the_earlier_one(monkeypatch):
    page = open_page(show="λ × δ map")
    first = page.session_state["map_runs"].report

    def until_cancelled(_, progress):
        while True:
            progress.check()
            time.sleep(0.01)

    monkeypatch.setattr(sweeps, "run_sweep", until_cancelled)
    page.number_input(key="max_iter").set_value(20).run()
    job = page.session_state["map_runs"].job
    page.button(key="cancel").click().run()
    settle(page)
    assert page.session_state["map_runs"].job is job
    assert "Cancelled The run was cancelled." in said(page)
    assert page.session_state["map_runs"].report is first
    assert len(page.get("plotly_chart")) >= 1
