import base64
import io
import re
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

from sparsefool.geometry.algorithm_steps import StepKind, algorithm_steps
from sparsefool.geometry.l1_trace import trace_l1_deepfool
from sparsefool.geometry.recorder import trace_attack
from sparsefool.geometry.two_pixels import WORLDS, as_image, two_pixel_classifier
from sparsefool.view.how_it_works.listings import LINEAR_SOLVER, SPARSEFOOL, listing_html
from sparsefool.view.how_it_works.prompts import PROMPTS
from sparsefool.view.how_it_works.stage_panel import score_difference
from sparsefool.view.how_it_works.stage_texts import stage_text
from sparsefool.view.how_it_works.two_pixel_map import CLASS_COLOURS, classifier_map
from sparsefool.view.how_it_works.two_pixel_scene import l1_scene, scene
from sparsefool.view.how_it_works.two_pixel_svg import two_pixel_svg


def recording_of(world="strong", place=(100, 20), lambda_=1.0, delta=255):
    image = as_image(torch.tensor([place]) / 255)
    return trace_attack(two_pixel_classifier(world), image, lambda_=lambda_, delta=delta, max_iter=20)


def of_prompt(prompt):
    choice = prompt.choice
    return recording_of(choice.classifier, choice.place, choice.lambda_, choice.delta)


def pictures(recording):
    return [
        ElementTree.fromstring(two_pixel_svg("strong", scene(recording, stage), 'x "here" & there'))
        for stage in algorithm_steps(recording)
    ]


def test_nothing_jumps_from_stage_to_stage():
    drawn = pictures(recording_of())
    assert len({picture.get("viewBox") for picture in drawn}) == 1
    assert len({str(picture.find(".//rect[@class='square']").attrib) for picture in drawn}) == 1


def test_the_square_is_a_square_and_its_levels_are_the_units_of_the_picture():
    square = pictures(recording_of())[0].find(".//rect[@class='square']")
    assert square.get("width") == square.get("height") == "255.0"


def test_the_picture_says_what_it_shows():
    assert pictures(recording_of())[0].get("aria-label") == 'x "here" & there'


def test_each_stage_draws_what_it_adds():
    recording = recording_of()
    drawn = dict(zip((stage.kind for stage in algorithm_steps(recording)), pictures(recording), strict=True))
    names = {kind: {"".join(each.itertext()) for each in svg.iter("text")} for kind, svg in drawn.items()}
    assert not {"xB", "w", "test", "x + r"} & names[StepKind.START]
    assert "xB" in names[StepKind.DEEPFOOL]
    assert {"xB", "w"} <= names[StepKind.NORMAL]
    assert "test" in names[StepKind.TEST]
    assert {"x", "x + r"} <= names[StepKind.END]
    assert "x(i)" in names[StepKind.NORMAL]


@pytest.mark.parametrize("name", [world.name for world in WORLDS])
def test_the_drawn_boundary_is_where_the_logits_are_equal(name):
    numbers = np.array(re.findall(r"-?[0-9.]+", classifier_map(name).boundary), dtype=np.float32).reshape(
        -1, 2
    )
    logits = two_pixel_classifier(name)(as_image(torch.from_numpy(numbers / 255)))
    margins = (logits[:, 1] - logits[:, 0]).abs()
    assert len(numbers) > 100
    assert float(margins.quantile(0.95)) < 0.05
    assert float(margins.max()) < 0.3


def test_each_stage_adds_what_it_is_about():
    recording = recording_of("linear", (60, 90))
    seen = {stage.kind: scene(recording, stage) for stage in algorithm_steps(recording)}
    first = recording.rounds[0]
    x_b = tuple((255 * first.boundary_point.image).flatten().tolist())
    assert seen[StepKind.START].box == (0.0, 0.0, 255.0, 255.0)
    assert seen[StepKind.START].deepfool == ()
    assert seen[StepKind.DEEPFOOL].boundary_point == x_b
    assert seen[StepKind.DEEPFOOL].tangent is None
    assert seen[StepKind.NORMAL].tangent.point == x_b
    assert seen[StepKind.NORMAL].moved is None
    assert seen[StepKind.PLANE].moved.normal == seen[StepKind.NORMAL].tangent.normal
    assert len(seen[StepKind.PLANE].path) == 1
    assert seen[StepKind.COORDINATE].path[-1] == pytest.approx(
        tuple((255 * first.solution).flatten().tolist())
    )
    assert seen[StepKind.TEST].tested is not None
    assert seen[StepKind.END].result[1] == tuple((255 * recording.result.adversarial).flatten().tolist())


def test_a_move_that_the_box_stops_shows_where_it_wanted_to_go():
    recording = recording_of("linear", (60, 90))
    first, second = (stage for stage in algorithm_steps(recording) if stage.kind is StepKind.COORDINATE)
    (_, stopped), (_, requested) = scene(recording, first).unclipped
    assert stopped == 255 < requested
    assert scene(recording, second).unclipped is None
    assert "stops the pixel at" in stage_text(first, recording, 1.0, 255).text
    assert "it meets the line" in stage_text(second, recording, 1.0, 255).text


def test_the_delta_box_is_drawn_where_the_engine_has_it():
    recording = recording_of("linear", (150, 90), delta=70)
    assert scene(recording, algorithm_steps(recording)[0]).box == pytest.approx((80, 20, 220, 160), abs=1e-3)


def test_every_stage_has_words_and_a_formula():
    for prompt in PROMPTS:
        recording = of_prompt(prompt)
        for stage in algorithm_steps(recording):
            shown = stage_text(stage, recording, prompt.choice.lambda_, prompt.choice.delta)
            assert shown.title
            assert shown.text
            assert shown.formulas


def test_the_prompts_show_what_they_ask_for():
    straight, narrow, bend, further, board, _ = (of_prompt(prompt) for prompt in PROMPTS)
    assert len(straight.rounds) == 1
    assert narrow.fooled
    assert narrow.rounds[0].updates[0].saturated
    assert len(bend.rounds) > len(further.rounds) == 1
    assert further.l1 > bend.l1
    assert len(board.rounds) > 2
    walk = trace_l1_deepfool(
        two_pixel_classifier(PROMPTS[5].choice.classifier),
        as_image(torch.tensor([PROMPTS[5].choice.place]) / 255),
    )
    assert walk.fooled
    assert not walk.fooled_when_clipped
    end = l1_scene(walk, len(walk.steps) + 1)
    assert max(end.path[-1]) > 255
    assert max(end.tested) <= 255


def test_the_listings_mark_the_lines_of_the_stage():
    assert (len(SPARSEFOOL), len(LINEAR_SOLVER)) == (9, 10)
    html = listing_html(2, (3, 4))
    assert html.count('class="now"') == 2
    assert html.index("DeepFool(") > html.index('class="now"')


def test_the_map_has_the_colour_of_the_networks_label_everywhere():
    picture = classifier_map("checkerboard").picture
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture.partition(",")[2]))))
    places = torch.tensor([[10, 10], [128, 128], [128, 40], [250, 30]])
    labels = two_pixel_classifier("checkerboard")(as_image((places + 0.5) / 255)).argmax(1)
    for (a, b), label in zip(places.tolist(), labels.tolist(), strict=True):
        red, green, blue, alpha = pixels[len(pixels) - 1 - (b + 48), a + 48]
        assert f"#{red:02X}{green:02X}{blue:02X}" == CLASS_COLOURS[label]
        assert alpha > 0


def labels_and_marks(picture):
    """Return the boxes of the labels in the picture, by their text, and of the points with a mark."""
    labels = []
    for text in picture.iter("text"):
        if text.get("font-weight") != "700" or text in guides(picture):
            continue
        name, size = "".join(text.itertext()), float(text.get("font-size"))
        labels.append((name, float(text.get("x")), float(text.get("y")), 0.55 * size * len(name), size))
    boxes = {
        name: (x - width / 2, y - 0.75 * size, x + width / 2, y + 0.2 * size)
        for name, x, y, width, size in labels
    }
    marks = [(float(circle.get("cx")), float(circle.get("cy"))) for circle in picture.iter("circle")]
    return boxes, marks


def guides(picture):
    return [text for each in picture.iter("g") if each.get("class") == "guide" for text in each.iter("text")]


def overlap(one, other):
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])


@pytest.mark.parametrize("size", [1.0, 1.3])
def test_no_label_overlaps_another_or_a_mark_at_any_stage(size):
    settings = [*(prompt.choice for prompt in PROMPTS[:5])]
    cases = [(each.classifier, each.place, each.lambda_, each.delta) for each in settings]
    cases += [
        (world.name, (a, b), 1.0, 255) for world in WORLDS for a in (5, 128, 250) for b in (5, 128, 250)
    ]
    for case in cases:
        recording = recording_of(*case)
        for number, stage in enumerate(algorithm_steps(recording)):
            svg = two_pixel_svg(case[0], scene(recording, stage), "", size)
            boxes, marks = labels_and_marks(ElementTree.fromstring(svg))
            for first, second in combinations(boxes, 2):
                assert not overlap(boxes[first], boxes[second]), (case, number, first, second)
            for name, (left, top, right, bottom) in boxes.items():
                assert left >= 46, (case, number, name)
                assert right <= 397, (case, number, name)
                assert not any(left < x < right and top < y < bottom for x, y in marks), (case, number, name)


def test_everything_that_the_text_points_at_is_in_the_picture():
    for prompt in PROMPTS[:5]:
        recording, choice = of_prompt(prompt), prompt.choice
        for stage in algorithm_steps(recording):
            shown = two_pixel_svg(choice.classifier, scene(recording, stage), "")
            marks = {name for names in re.findall(r'data-mark="(.*?)"', shown) for name in names.split()}
            text = stage_text(stage, recording, choice.lambda_, choice.delta).text
            for names in re.findall(r'data-points="(.*?)"', text):
                assert marks & set(names.split()), (prompt.label, stage.kind, names)


def test_a_difference_of_scores_is_never_a_zero_with_a_sign():
    assert score_difference(-0.001) == "just below 0"
    assert score_difference(0.001) == "just above 0"
    assert score_difference(-0.257) == "−0.26"
