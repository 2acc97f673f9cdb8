import ast
import re

import pytest

from sparsefool.paths import ROOT
from sparsefool.view.attack.kept_runs import strip
from sparsefool.view.attack.tabs import pixel_map
from sparsefool.view.perceptibility import delta_row, sweep_texts
from sparsefool.view.shared.controls import advanced
from sparsefool.view.shared.glossary import GLOSSARY, entries, explain, explain_columns

LONGEST = 150
"""Characters of a sentence that is read at a glance."""


@pytest.mark.parametrize("key", GLOSSARY)
def test_a_word_is_explained_in_one_short_sentence(key):
    term = GLOSSARY[key]
    assert term.sentence.endswith(".")
    assert "." not in re.sub(r"\d\.\d", "", term.sentence[:-1])
    assert len(term.sentence) <= LONGEST
    assert not term.section or re.fullmatch(r"Section \d(\.\d)?", term.section)
    assert explain(key).startswith(term.sentence)


def test_no_two_words_have_one_name():
    names = [term.name.lower() for term in GLOSSARY.values()]
    assert len(set(names)) == len(names)


def test_several_words_are_explained_one_after_the_other():
    assert explain("pixel", "value") == f"{explain('pixel')} {explain('value')}"
    assert entries("ssim", "psnr") == f"**SSIM**: {explain('ssim')} **PSNR**: {explain('psnr')}"


def words_asked(path):
    """Return the keys of the glossary that a module asks for by name."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {
        argument.value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in {"explain", "entries"}
        for argument in call.args
        if isinstance(argument, ast.Constant)
    }


def test_pages_explain_words_that_the_glossary_has():
    asked = set().union(*map(words_asked, (ROOT / "sparsefool" / "view").rglob("*.py")))
    assert {"lambda", "delta", "target", "candidates", "pixel", "value", "margin", "ssim"} <= asked
    assert asked <= GLOSSARY.keys()


@pytest.mark.parametrize("page", ["attack", "comparison", "how_it_works", "perceptibility", "transfer"])
def test_every_page_takes_its_explanations_from_the_glossary(page):
    assert any(words_asked(path) for path in (ROOT / "sparsefool" / "view" / page).rglob("*.py"))


def test_the_tooltip_of_candidate_classes_begins_with_the_glossary():
    assert advanced.CANDIDATES_HELP.startswith(explain("candidates"))


@pytest.mark.parametrize("words", [strip._WORDS, sweep_texts._WORDS, {"a column": "pixel"}])
def test_the_columns_of_tables_explain_themselves(words):
    assert {column: each["help"] for column, each in explain_columns(words).items()} == {
        column: explain(key) for column, key in words.items()
    }


def test_tables_of_numbers_explain_pixels_values_and_likeness():
    assert delta_row._COLUMNS["pixels"]["help"] == explain("pixel")
    assert delta_row._COLUMNS["SSIM"]["help"] == explain("ssim")
    assert delta_row._COLUMNS["PSNR"]["help"] == explain("psnr")
    assert pixel_map._COLUMNS["channel"]["help"] == explain("value")
