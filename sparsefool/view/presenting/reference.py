"""Two pages that lie over the others: the keys, and the words."""

from html import escape

import streamlit as st

from sparsefool.view.shared.glossary import GLOSSARY

KEYS = (
    ("Page Down, Page Up", "next and previous prepared view, as a clicker sends"),
    ("→, ←", "next and previous moment of the player; without a player, the prepared views"),
    ("P", "play and pause"),
    ("B", "blink: original and adversarial picture in turn, in one place"),
    ("M", "marks of the changed pixels, on and off"),
    ("L", "lecture mode"),
    ("F", "full screen"),
    ("?", "this page"),
    ("Tab, Shift + Tab", "next and previous control; the first Tab leads past the sidebar"),
    ("Esc", "close"),
)
"""The keys of the app and what they do, where no field to write in has the focus."""

_STYLE = """<style>
.reference{border-collapse:collapse;width:100%}
.reference th,.reference td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;
border-bottom:1px solid #80808040}
.reference th{font-weight:600;width:11rem}
.reference kbd{font:inherit}
.reference small{opacity:.8;white-space:nowrap}
</style>"""


def show_keys() -> None:
    """Draw the page of keys."""
    rows = "".join(
        f"<tr><th scope=row><kbd>{escape(keys)}</kbd></th><td>{escape(what)}</td></tr>" for keys, what in KEYS
    )
    st.html(f"{_STYLE}<table class=reference>{rows}</table>")


def show_words() -> None:
    """Draw the glossary, in alphabetical order."""
    terms = sorted(GLOSSARY.values(), key=lambda term: (not term.name[0].isascii(), term.name.lower()))
    rows = "".join(
        f"<tr><th scope=row>{escape(term.name)}</th><td>{escape(term.sentence)} "
        f"{f'<small>{escape(term.section)}</small>' if term.section else ''}</td></tr>"
        for term in terms
    )
    st.html(f"{_STYLE}<table class=reference>{rows}</table>")
    st.caption("Sections are those of the SparseFool paper (Modas and others, CVPR 2019).")
