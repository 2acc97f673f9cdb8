"""What the documents tell a reader to type exists."""

import re
import shlex
from pathlib import Path

import click
import pytest

from sparsefool.cli.main import main

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"^(?:[A-Z_]+=\S+ )*(?:python -m )?sparsefool (.*)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def commands():
    blocks = [block for path in DOCUMENTS for block in _BLOCK.findall(path.read_text(encoding="utf-8"))]
    return list(dict.fromkeys(line for block in blocks for line in _COMMAND.findall(block)))


@pytest.mark.parametrize("line", commands())
def test_a_command_is_accepted(line):
    command, words = main, shlex.split(line, comments=True)
    context = click.Context(main)
    while isinstance(command, click.Group):
        command = command.get_command(context, words.pop(0))
        assert command is not None
    command.make_context(command.name, words, parent=context)


def test_there_are_commands():
    assert len(commands()) > 20


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_link_leads_somewhere(path):
    for target in _LINK.findall(path.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            name, _, anchor = target.partition("#")
            linked = path.parent / name if name else path
            assert linked.exists(), target
            assert not anchor or anchor in anchors(linked), target


def anchors(path):
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= 700
