"""How every page writes answers, classes, days and devices; numbers: :mod:`sparsefool.formats`."""

import re
from collections.abc import Sequence
from datetime import datetime

from sparsefool.formats import counted

_NO_ARTICLE = {
    *("binoculars", "brass", "broccoli", "carbonara", "chain mail", "corn", "dough", "espresso"),
    *("Great Pyrenees", "guacamole", "hay", "hen-of-the-woods", "ice cream", "mashed potato"),
    *("parallel bars", "red wine", "sunglasses", "swimming trunks", "toilet tissue"),
}
"""Names of classes that are plurals or cannot be counted."""

_AS_YOU = ("uni", "eu", "ur", "us")
"""Beginnings with a vowel that is spoken as a consonant."""


def answered(verdicts: Sequence[bool | None]) -> str:
    """Return an answer that was found for several pairs: ``Yes for 4 of 6 pairs; it cannot be told for 2``.

    Args:
        verdicts: one or more: yes, no, or None where it cannot be told.
    """
    words = {True: "yes", False: "no", None: "it cannot be told"}
    counts = {word: verdicts.count(verdict) for verdict, word in words.items() if verdict in verdicts}
    (first, most), *others = counts.items()
    if len(verdicts) == 1:
        pairs = "the one pair"
    elif others:
        pairs = f"{most} of {len(verdicts)} pairs"
    elif verdicts[0] is None:
        pairs = "either pair" if most == 2 else f"any of the {most} pairs"
    else:
        pairs = "both pairs" if most == 2 else f"all {most} pairs"
    return "; ".join([f"{first.capitalize()} for {pairs}", *(f"{word} for {n}" for word, n in others)])


def glued(text: str) -> str:
    """Return a text in which a number and what it is of, or its unit, stay on one line."""
    return re.sub(r"\b([npδλ]) ([=<]) ", "\\1\u00a0\\2\u00a0", text).replace(" %", "\u00a0%")


def with_article(name: str) -> str:
    """Return the name of a class with its article: a cat, an 8, binoculars."""
    if name in _NO_ARTICLE or name.startswith("class "):
        return name
    lower = name.lower()
    vowel = lower[:1] in tuple("aeiou") and not lower.startswith(_AS_YOU)
    return f"{'an' if vowel or lower.startswith(('8', 'hourglass')) or lower in ('11', '18') else 'a'} {name}"


def this_one(name: str) -> str:
    """Return the name of a class as that of the picture shown: this cat, these binoculars."""
    plural = name in _NO_ARTICLE and name.endswith("s")
    return f"{'these' if plural else 'this'} {name}"


def is_plural(part: str) -> bool:
    """Return whether the name of a part is that of several things, as far as its last letters tell: eyes."""
    return part.endswith("s") and not part.endswith("ss")


def day(moment: str) -> str:
    """Return the day of a moment in ISO 8601, such as ``28 November 2026``."""
    when = datetime.fromisoformat(moment)
    return f"{when.day} {when:%B %Y}"


def device_words(device: str) -> str:
    """Return a device in short: without its memory, and with its threads in good English."""
    name = re.sub(r" \([^()]*\)", "", device)
    return re.sub(r", (\d+) threads?$", lambda found: f", {counted(int(found[1]), 'thread')}", name)
