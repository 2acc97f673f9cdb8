import json

import numpy as np
import pytest

from sparsefool.analysis.enrichment import corrected, enrichment_of
from sparsefool.data.annotation_writing import annotation_line
from sparsefool.data.annotations import parse_annotations
from sparsefool.data.pictures import Picture
from sparsefool.data.regions import rectangle
from sparsefool.view.attack.tabs import parts_panel, region_panel
from sparsefool.view.shared.parts import session
from tests.pages.attack_page import new_page, open_page, report_of, settle, texts
from tests.pages.sliders import move_slider

OBJECT, HEAD = (3, 5, 26, 22), (6, 8, 14, 20)


@pytest.fixture(autouse=True)
def more_names(monkeypatch):
    """Offer the names that these tests use: AppTest can choose one, but not type one."""
    typed = (*session.SUGGESTED, " head ", "loop", "*[_a]_*", "middle", "x" * 40)
    monkeypatch.setattr(parts_panel, "SUGGESTED", typed)


def draw(page, corners, name):
    """Type a region as first row, first column, last row, last column, and keep it as a part."""
    page.text_input(key="region").set_value(",".join(map(str, corners)))
    settle(page)
    page.selectbox(key="part_name").set_value(name)
    settle(page)
    page.button(key="keep_part").click()
    return settle(page)


def drawn_page(**address):
    page = open_page(view="Region", **address)
    draw(page, OBJECT, "object")
    return draw(page, HEAD, "head")


def shown(elements):
    """Return texts as Markdown shows them, with what it would take for a mark."""
    return texts(elements).replace("\\", "")


def mask(corners):
    return rectangle(corners, (28, 28)).mask[None]


def changed(page):
    report = report_of(page)
    return (report.adversarial.pixels != report.request.picture.pixels).any(2)[None]


def expected(page):
    """Return the measure of object and head for the run that is shown, from the analysis alone."""
    weights, everywhere, group = changed(page).astype(float), np.ones((1, 28, 28), bool), np.zeros(1, int)
    return corrected(
        [
            enrichment_of("object", weights, mask(OBJECT), everywhere, group),
            enrichment_of("head", weights, mask(HEAD), mask(OBJECT), group),
        ]
    )


def html_of(page):
    return " ".join(element.proto.body for element in page.get("html"))


def table_of(page):
    return next(each.proto.body for each in page.get("html") if ">Enrichment</th>" in each.proto.body)


def kept(page):
    return list(page.session_state["drawn_parts"].values())


def layers(page):
    """Return how many pictures have an image without a text of its own laid over them."""
    return sum(
        'class="picture"' in each.proto.body and 'style="position:absolute;top:0' in each.proto.body
        for each in page.get("html")
    )


def test_named_parts_get_the_measure_of_the_analysis_for_the_run_that_is_shown():
    page = drawn_page()
    for found in expected(page):
        assert f"<b>{found.of_object.value:.2f}</b>" in table_of(page)
        assert f"({100 * found.share:.0f} %)" in table_of(page)
    on_object = changed(page) & mask(OBJECT)
    assert f"{(on_object & mask(HEAD)).sum()} of {on_object.sum()} (" in table_of(page)
    assert any("lie on the head, which covers" in each.value for each in page.markdown)
    assert any("One picture gives no interval" in each.value for each in page.caption)
    assert page.text_input(key="region").value == ""


def test_another_run_is_measured_anew():
    page = drawn_page()
    before = table_of(page)
    move_slider(page, "lambda", 6.0)
    settle(page)
    assert table_of(page) != before
    assert f"<b>{expected(page)[1].of_object.value:.2f}</b>" in table_of(page)


def test_parts_are_outlined_on_the_three_pictures_until_they_are_switched_off():
    page = drawn_page()
    assert layers(page) == 3
    page.toggle(key="outline_parts").set_value(False)
    settle(page)
    assert layers(page) == 0
    page.toggle(key="outline_parts").set_value(True)
    settle(page)
    assert layers(page) == 3


def test_what_is_drawn_under_a_name_that_there_is_is_added():
    page = drawn_page()
    draw(page, (20, 20, 25, 22), " head ")
    (one,) = kept(page)
    assert list(one.annotation.parts) == ["object", "head"]
    assert one.annotation.mask("head").sum() == mask(HEAD).sum() + 6 * 3


def test_parts_are_removed_one_by_one():
    page = drawn_page()
    page.button(key="remove_part_0").click()
    settle(page)
    assert "of image" in table_of(page)
    page.button(key="remove_part_0").click()
    settle(page)
    assert kept(page) == []
    assert layers(page) == 0


def test_parts_belong_to_their_picture():
    page = drawn_page()
    page.pills(key="picture").set_value("2")
    settle(page)
    assert layers(page) == 0
    draw(page, HEAD, "loop")
    page.pills(key="picture").set_value("1")
    settle(page)
    assert layers(page) == 3
    assert [list(each.annotation.parts) for each in kept(page)] == [["object", "head"], ["loop"]]


def test_a_region_that_confines_the_attack_stays_when_it_is_kept():
    page = open_page(view="Region", region="6,6,21,21", perturb="Only inside")
    page.selectbox(key="part_name").set_value("middle")
    settle(page)
    page.button(key="keep_part").click()
    settle(page)
    assert page.text_input(key="region").value == "6,6,21,21"
    assert kept(page)[0].annotation.mask("middle").sum() == 256


def test_a_name_is_shown_as_it_was_typed():
    page = draw(open_page(view="Region"), HEAD, "*[_a]_*")
    assert any("lie on the \\*\\[\\_a\\]\\_\\*, which" in each.value for each in page.markdown)
    assert "*[_a]_*" in table_of(page)


def test_a_name_that_is_too_long_is_refused():
    page = open_page(view="Region")
    draw(page, HEAD, "x" * 40)
    assert "1 to 30 characters" in shown(page.error)
    assert kept(page) == []


def test_more_parts_than_allowed_are_refused(monkeypatch):
    monkeypatch.setattr(session, "MOST_PARTS", 1)
    page = drawn_page()
    assert "has 2 parts; 1 are allowed" in shown(page.error)
    assert list(kept(page)[0].annotation.parts) == ["object"]


def uploaded(page, lines, name="parts.jsonl"):
    data = lines if isinstance(lines, bytes) else "\n".join(map(json.dumps, lines)).encode()
    next(each for each in page.file_uploader if each.key == "parts_file").upload(name, data)
    return settle(page)


LINE = {"dataset": "mnist", "image": 0, "size": [28, 28], "parts": {"head": [[8, 6, 21, 15]]}}


def test_what_is_downloaded_can_be_uploaded_again():
    page = drawn_page()
    lines = [json.loads(annotation_line(each.annotation)) for each in kept(page)]
    other = uploaded(open_page(view="Region"), lines)
    assert "2 parts of 1 picture" in shown(other.success)
    assert table_of(other) == table_of(page)
    assert layers(other) == 3


def test_uploaded_parts_replace_those_of_the_same_picture():
    lines = [LINE | {"dataset": "cifar10", "size": [32, 32], "image": number} for number in (0, 3)]
    page = uploaded(drawn_page(data="CIFAR-10"), lines)
    assert [list(each.annotation.parts) for each in kept(page)] == [["head"], ["head"]]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"\n", "no picture in parts.jsonl"),
        (b"{", "Line 1 of parts.jsonl: it is not JSON"),
        ([LINE, LINE], "comes twice"),
        ([LINE | {"dataset": "coco"}], "no numbered images of 'coco' here"),
        ([LINE | {"image": 10**6}], "has images 0 to"),
        ([LINE | {"size": [28, 14]}], "is annotated in 28 x 14 pixels"),
        ([LINE | {"parts": {"x" * 31: [[0, 0, 1, 1]]}}], "1 to 30 characters"),
        ([LINE | {"parts": {f"{i}": [[0, 0, 1, 1]] for i in range(13)}}], "13 parts; 12 are allowed"),
        ([LINE | {"parts": {"x": [[[0, 0], [9, 0], [9, i % 9]] for i in range(1400)]}}], "4,200 corners"),
        ([LINE | {"image": number} for number in range(201)], "At most 200 pictures"),
    ],
)
def test_an_unusable_file_is_explained_and_changes_nothing(lines, message):
    page = uploaded(open_page(view="Region"), lines)
    assert message in shown(page.error)
    assert kept(page) == []


def own_page(name="cat.png", shade=40):
    page = new_page(view="Region", source="File")
    settle(page)
    pixels = np.random.default_rng(shade).integers(0, 256, (28, 28, 1), dtype=np.uint8)
    return open_file(page, name, Picture(pixels, name).png())


def open_file(page, name, data):
    next(each for each in page.file_uploader if each.key == "file").upload(name, data)
    return settle(page)


def test_an_own_picture_is_known_by_its_files_name():
    page = draw(own_page(), HEAD, "head")
    (line,) = (annotation_line(each.annotation) for each in kept(page))
    assert parse_annotations(line, "it")[0].image == "cat.png"
    assert layers(page) == 3
    other = uploaded(own_page(), [json.loads(line)])
    assert layers(other) == 3


def test_another_file_of_the_same_name_has_parts_of_its_own():
    page = draw(own_page(), HEAD, "head")
    pixels = np.full((28, 28, 1), 90, dtype=np.uint8)
    open_file(page, "cat.png", Picture(pixels, "cat.png").png())
    assert layers(page) == 0
    draw(page, OBJECT, "object")
    assert [each.annotation.image for each in kept(page)] == ["cat.png", "cat.png (2)"]


def test_a_drawn_lasso_keeps_its_corners(monkeypatch):
    noted = {}
    state = {"chart": {"selection": {"box": [], "lasso": [{"x": [2.04, 9, 9, 9, 2], "y": [3, 3, 3, 8, 8]}]}}}
    monkeypatch.setattr(region_panel.st, "session_state", state)
    monkeypatch.setattr(region_panel, "put_region", lambda region: noted.update(region=region))
    monkeypatch.setattr(region_panel, "note_shapes", lambda _, shapes: noted.update(shapes=shapes))
    region_panel._take_shape("chart", (28, 28))
    (shape,) = noted["shapes"]
    assert shape == ((2.5, 3.5), (9.5, 3.5), (9.5, 8.5), (2.5, 8.5))
    part = session.Annotation("mnist", 0, (28, 28), {"x": (shape,)}).mask("x")
    assert (part == noted["region"].mask).all()
    assert part.any()
