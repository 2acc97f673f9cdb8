"""docs/benchmarks.md and README.md hold what the shipped rows give."""

import pytest

from tests.independent import paper, tables


@pytest.mark.parametrize("path", tables.DOCUMENTS, ids=lambda path: path.name)
def test_what_comes_from_the_rows_is_up_to_date(path):
    text = path.read_text(encoding="utf-8")
    assert text == tables.filled(text), "run python -m tests.independent.tables --write"


def test_each_table_is_in_one_document():
    places = [
        found[1] for path in tables.DOCUMENTS for found in tables.PLACE.findall(path.read_text("utf-8"))
    ]
    assert sorted(places) == sorted(tables.BLOCKS)


@pytest.mark.skipif(not paper.PATH.is_file(), reason="the paper's text is not here")
def test_the_papers_figures():
    for model, figures in tables.PAPER.items():
        place = "Section 4.2" if model.endswith("-linf") else "Table 1"
        assert figures == paper.figures()[place, model, "SparseFool"][:2]
