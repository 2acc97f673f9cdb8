import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image
from sparsefool.view.world_figure import world_figure

from sparsefool.experiments.geometry.l1_walk import walk_l1
from sparsefool.experiments.geometry.recorder import record
from sparsefool.experiments.geometry.stages import Kind, stages
from sparsefool.experiments.geometry.two_pixels import as_image, two_pixel_classifier
from sparsefool.view.algorithms import LINEAR_SOLVER, SPARSEFOOL, listing_html
from sparsefool.view.stage_texts import words
from sparsefool.view.world_controls import PROMPTS
from sparsefool.view.world_map import CLASS_COLOURS, world_map
from sparsefool.view.world_scene import l1_scene, scene


def recording_of(world="strong", place=(100, 20), lambda_=1.0, delta=255):
    image = as_image(torch.tensor([place]) / 255)
    return record(two_pixel_classifier(world), image, lambda_=lambda_, delta=delta, max_iter=20)


def of_prompt(prompt):
    return recording_of(prompt.world, prompt.place, prompt.lambda_, prompt.delta)


def figures(recording):
    return [world_figure("strong", scene(recording, stage), "#000000") for stage in stages(recording)]


def test_nothing_jumps_from_stage_to_stage():
    layouts = [figure.layout for figure in figures(recording_of())]
    fixed = {
        (each.width, each.height, each.uirevision, each.xaxis.range, each.yaxis.range, str(each.margin))
        for each in layouts
    }
    assert len(fixed) == 1
    assert len({len(figure.data) for figure in figures(recording_of())}) == 1


def test_one_level_is_as_long_in_both_directions():
    layout = figures(recording_of())[0].layout
    inner_width = layout.width - layout.margin.l - layout.margin.r
    assert inner_width == layout.height - layout.margin.t - layout.margin.b
    assert layout.xaxis.range == layout.yaxis.range


def test_each_stage_adds_what_it_is_about():
    recording = recording_of("linear", (60, 90))
    seen = {stage.kind: scene(recording, stage) for stage in stages(recording)}
    first = recording.rounds[0]
    x_b = tuple((255 * first.boundary_point.image).flatten().tolist())
    assert seen[Kind.START].box == (0.0, 0.0, 255.0, 255.0)
    assert seen[Kind.START].deepfool == ()
    assert seen[Kind.DEEPFOOL].boundary_point == x_b
    assert seen[Kind.DEEPFOOL].tangent is None
    assert seen[Kind.NORMAL].tangent.point == x_b
    assert seen[Kind.NORMAL].moved is None
    assert seen[Kind.PLANE].moved.normal == seen[Kind.NORMAL].tangent.normal
    assert len(seen[Kind.PLANE].path) == 1
    assert seen[Kind.COORDINATE].path[-1] == pytest.approx(tuple((255 * first.solution).flatten().tolist()))
    assert seen[Kind.TEST].tested is not None
    assert seen[Kind.END].result[1] == tuple((255 * recording.result.adversarial).flatten().tolist())


def test_a_move_that_the_box_stops_shows_where_it_wanted_to_go():
    recording = recording_of("linear", (60, 90))
    first, second = (stage for stage in stages(recording) if stage.kind is Kind.COORDINATE)
    (_, stopped), (_, wanted) = scene(recording, first).wanted
    assert stopped == 255 < wanted
    assert scene(recording, second).wanted is None
    assert "stops it at **255**" in words(first, recording, 1.0, 255).text
    assert "it meets the line" in words(second, recording, 1.0, 255).text


def test_the_delta_box_is_drawn_where_the_engine_has_it():
    recording = recording_of("linear", (150, 90), delta=70)
    assert scene(recording, stages(recording)[0]).box == pytest.approx((80, 20, 220, 160), abs=1e-3)


def test_every_stage_has_words_and_a_formula():
    for prompt in PROMPTS:
        recording = of_prompt(prompt)
        for stage in stages(recording):
            said = words(stage, recording, prompt.lambda_, prompt.delta)
            assert said.title
            assert said.text
            assert said.formulas


def test_the_prompts_show_what_they_ask_for():
    straight, narrow, bend, further, board, _ = (of_prompt(prompt) for prompt in PROMPTS)
    assert len(straight.rounds) == 1
    assert narrow.fooled
    assert narrow.rounds[0].moves[0].stopped
    assert len(bend.rounds) > len(further.rounds) == 1
    assert further.l1 > bend.l1
    assert len(board.rounds) > 2
    walk = walk_l1(two_pixel_classifier(PROMPTS[5].world), as_image(torch.tensor([PROMPTS[5].place]) / 255))
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
    picture = world_map("checkerboard").picture
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture.partition(",")[2]))))
    places = torch.tensor([[10, 10], [128, 128], [128, 40], [250, 30]])
    labels = two_pixel_classifier("checkerboard")(as_image((places + 0.5) / 255)).argmax(1)
    for (a, b), label in zip(places.tolist(), labels.tolist(), strict=True):
        red, green, blue, alpha = pixels[len(pixels) - 1 - (b + 48), a + 48]
        assert f"#{red:02X}{green:02X}{blue:02X}" == CLASS_COLOURS[label]
        assert alpha > 0


def test_every_place_of_the_square_is_near_one_that_can_be_clicked():
    *_, places = figures(recording_of())[0].data
    assert (min(places.x), max(places.x), min(places.y), max(places.y)) == (0, 255, 0, 255)
    assert places.hoverinfo != "skip"
    assert all(trace.hoverinfo == "skip" for trace in figures(recording_of())[0].data[:-1])
