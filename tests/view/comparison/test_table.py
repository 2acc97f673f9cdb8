from html import escape

import pandas as pd
import pytest

from sparsefool.analysis.summaries import summarise_by
from sparsefool.store.tables import Table
from sparsefool.view.comparison.charts import overview_figure
from sparsefool.view.comparison.findings import comparison_finding
from sparsefool.view.comparison.measures import PIXELS, VALUES
from sparsefool.view.comparison.results import command_for
from sparsefool.view.comparison.table import lines_csv, table_html
from sparsefool.view.shared.glossary import explain


def test_a_table_is_taken_away_as_plain_text():
    lines = [{"Attack": "**JSMA** (θ = 1)", "": ":green[:material/check:] holds"}]
    assert lines_csv(lines).decode() == "Attack,\nJSMA (θ = 1),holds\n"


def make_rows(model="mnist/lenet", attack="JSMA", **changes):
    columns = {
        "model": model,
        "attack": attack,
        "image": [0, 1, 2],
        "success": [True, True, False],
        "success_8bit": True,
        "pixels": [4, 9, 0],
        "features": [5, 12, 0],
        "pixels_per_image": 784,
        "iterations": 1,
        "forwards": [2, 3, 40],
        "backwards": 1,
        "planes_behind": 0,
        "seconds": [0.1, 0.2, 4.0],
    }
    return pd.DataFrame(columns | changes)


def summaries(*parts):
    return summarise_by(pd.concat(parts), ("model", "attack"))


def figure_of(found, count=PIXELS):
    return overview_figure(found, count, 13, "#000000", 410)


def markers(figure):
    return [trace for trace in figure.data if trace.mode == "markers"]


def test_a_mark_is_what_is_counted_against_the_seconds_and_few_images_have_no_interval():
    (marks,) = markers(figure_of(summaries(make_rows())))
    assert (marks.x[0], marks.y[0]) == (pytest.approx(4.3 / 3), 6.5)
    assert marks.error_y.array[0] == marks.error_y.arrayminus[0] == 0
    assert markers(figure_of(summaries(make_rows()), VALUES))[0].y[0] == 8.5
    (marks,) = markers(figure_of(summaries(*[make_rows()] * 20)))
    assert (marks.y[0] - marks.error_y.arrayminus[0], marks.y[0] + marks.error_y.array[0]) == (4, 9)


def test_an_attack_that_fools_few_images_is_hollow_and_says_how_many():
    weak = make_rows(attack="Weak", success_8bit=[True, False, False])
    figure = figure_of(summaries(make_rows(), weak))
    (marks,) = markers(figure)
    assert list(marks.marker.symbol) == ["circle", "circle-open"]
    assert [each.text for each in figure.layout.annotations] == ["JSMA", "Weak (fools 33.3 %)"]


def test_networks_have_colours_and_symbols_and_an_attack_has_one_label():
    parts = [make_rows(m, a) for m in ("cifar10/resnet18", "cifar10/vgg19") for a in ("JSMA", "SparseFool")]
    figure = figure_of(summaries(*parts))
    assert len({(trace.marker.color, trace.marker.symbol[0]) for trace in markers(figure)}) == 2
    assert sorted(each.text for each in figure.layout.annotations) == ["JSMA", "SparseFool"]
    assert sum(trace.mode == "lines" for trace in figure.data) == 2


def test_what_fooled_no_image_is_not_drawn():
    nothing = make_rows(attack="None", success=False, success_8bit=False)
    (marks,) = markers(figure_of(summaries(make_rows(), nothing)))
    assert marks.customdata == ("JSMA",)
    assert not figure_of(summaries(nothing)).data


def test_the_sentence_names_who_changes_least_among_those_that_nearly_always_fool():
    ours, few = make_rows(attack="SparseFool"), make_rows(attack="Few", pixels=[2, 3, 0])
    seldom = make_rows(attack="Seldom", pixels=1, success_8bit=[True, False, False])
    said = comparison_finding(summaries(ours, few, seldom), PIXELS, "SparseFool")
    assert said == (
        "Of the attacks that fool at least 90 % of the images, **Few** changes the fewest pixels: 2.5 on "
        "LeNet (medians). SparseFool changes 6.5."
    )
    assert comparison_finding(summaries(seldom), PIXELS, "SparseFool") == (
        "No attack that is shown fools 90 % of the images."
    )


def test_where_networks_differ_the_sentence_names_each():
    parts = [make_rows("cifar10/resnet18", "A"), make_rows("cifar10/vgg19", "B")]
    weak = make_rows("cifar10/resnet18-linf", "A", success_8bit=False)
    said = comparison_finding(summaries(*parts, weak), VALUES, "A")
    assert "fewest values are changed by **A** on ResNet-18 (8.5); **B** on VGG-19 (8.5) (medians)." in said
    assert said.endswith("On ResNet-18, adversarially trained no attack that is shown fools so many.")


def test_the_table_has_one_line_for_each_attack_and_escapes_names():
    html = table_html(summaries(make_rows(), make_rows(attack="<b>")))
    assert html.count('<th scope="row">') == 2
    assert "&lt;b&gt;" in html
    assert "66.7<small>20.8 to 93.9</small>" in html
    assert "<td>6.5</td>" in html, "two fooled images have no interval"


def test_the_command_names_networks_attacks_and_images():
    runs = [
        {"model": "mnist/lenet", "name": "JSMA", "images": 20},
        {"model": "mnist/lenet", "name": "SparseFool", "images": 40},
    ]
    stored = Table(make_rows(), {"description": {"runs": runs}})
    assert command_for(stored).endswith(
        'comparison mnist --model mnist/lenet --attack "JSMA" --attack "SparseFool" --images 40'
    )


def test_the_headings_of_the_table_explain_themselves():
    html = table_html(summaries(make_rows()))
    for text, word in (("Pixels", "pixel"), ("Values", "value"), ("Passes", "pass"), ("Rounded", "8_bit")):
        assert f'<abbr title="{escape(explain(word))}">{text}</abbr>' in html
