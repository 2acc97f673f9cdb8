import re

import pytest

from sparsefool.paths import ROOT
from sparsefool.view.shared.controls import attack
from sparsefool.view.shared.glossary import GLOSSARY, explain

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


def test_pages_explain_words_that_the_glossary_has():
    view = ROOT / "sparsefool" / "view"
    asked = {
        key
        for path in view.rglob("*.py")
        for key in re.findall(r"explain\(['\"](\w+)['\"]\)", path.read_text())
    }
    assert {"lambda", "delta", "target", "candidates", "pixel", "value"} <= asked <= GLOSSARY.keys()


def test_the_tooltip_of_candidate_classes_begins_with_the_glossary():
    assert attack._CANDIDATES_HELP.startswith(explain("candidates"))
