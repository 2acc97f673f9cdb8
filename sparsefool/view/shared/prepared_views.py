"""Prepared views: addresses of this app to step through, as a file and as a text for the address."""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sparsefool.errors import ParameterError
from sparsefool.once import once
from sparsefool.paths import ASSETS

PAGES = {
    "": "Attack",
    "how_it_works": "How it works",
    "perceptibility": "Perceptibility",
    "comparison": "Comparison",
    "transfer": "Transfer",
    "regions": "Regions",
}
"""The pages of this app: their titles, by their place in the address."""

MAX_VIEWS, MAX_NAME, MAX_ADDRESS = 60, 80, 6_000
"""The most views in a list, and the most characters of a name and of an address."""

MAX_BYTES = 400_000
"""The largest file, in bytes."""

LONGEST_TEXT = 4_000
"""The most characters that a list may take in the address; a longer one is kept by the session alone."""

LIST, PLACE, LECTURE = "views", "place", "lecture"
"""Query parameters that belong to the presentation and not to a view: its list, the place in it, the mode."""

_FORMAT = "sparsefool views"
_FOLDER = ASSETS / "views"
_DESCRIBED = {"data": "", "model": "", "picture": "picture ", "lambda": "λ ", "delta": "δ "}
_TABS = ("view", "section", "show")


@dataclass(frozen=True)
class View:
    """One state of one page: its page, its query string, and what it is called."""

    page: str
    query: str
    name: str

    @property
    def address(self) -> str:
        """The address below that of the app, such as ``/comparison?data=MNIST``."""
        return f"/{self.page}?{self.query}" if self.query else f"/{self.page}"


@dataclass(frozen=True)
class PreparedViews:
    """A list of views.

    Attributes:
        title: of the list.
        views: in their order.
        shipped: its place in ``assets/views`` without the ending; empty for a list of one's own.
    """

    title: str = "My views"
    views: tuple[View, ...] = ()
    shipped: str = ""

    def with_view(self, view: View) -> "PreparedViews":
        """Return the list with a view at its end.

        Raises:
            ParameterError: the list is full.
        """
        if len(self.views) >= MAX_VIEWS:
            raise ParameterError(f"A list has at most {MAX_VIEWS} views. Remove one first.")
        return self._own((*self.views, view))

    def renamed(self, index: int, name: str) -> "PreparedViews":
        """Return the list with another name for the view at ``index``; an empty one changes nothing."""
        name = _clean(name)
        if not name or name == self.views[index].name:
            return self
        views = list(self.views)
        views[index] = replace(views[index], name=name)
        return self._own(views)

    def moved(self, index: int, by: int) -> "PreparedViews":
        """Return the list with the view at ``index`` moved by so many places, as far as there are places."""
        views = list(self.views)
        view = views.pop(index)
        views.insert(min(max(index + by, 0), len(views)), view)
        return self._own(views)

    def without(self, index: int) -> "PreparedViews":
        """Return the list without the view at ``index``."""
        return self._own((*self.views[:index], *self.views[index + 1 :]))

    def _own(self, views: Iterable[View]) -> "PreparedViews":
        title = PreparedViews.title if self.shipped else self.title
        return PreparedViews(title, tuple(views))

    def text(self) -> str:
        """Return the text for the address; empty for no views, and for a list that is too long."""
        if self.shipped or not self.views:
            return self.shipped
        content = [self.title, *([view.name, view.address] for view in self.views)]
        packed = zlib.compress(json.dumps(content, ensure_ascii=False).encode(), 9)
        text = "." + base64.urlsafe_b64encode(packed).decode().rstrip("=")
        return text if len(text) <= LONGEST_TEXT else ""

    def file(self) -> bytes:
        """Return the list as a JSON file."""
        views = [{"name": view.name, "address": view.address} for view in self.views]
        content = {"format": _FORMAT, "version": 1, "title": self.title, "views": views}
        return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def read_file(data: bytes) -> PreparedViews:
    """Return the list in a JSON file.

    Raises:
        ParameterError: it is too large, no such list, or leads to anything but this app's pages.
    """
    if len(data) > MAX_BYTES:
        raise ParameterError(f"A list of views has at most {MAX_BYTES // 1000} kB; this file is larger.")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ParameterError("This file is not a list of views: it is not JSON.") from error
    match content:
        case {"format": "sparsefool views", "version": 1, "title": str(title), "views": list(views)}:
            return PreparedViews(_clean(title) or PreparedViews.title, _checked(map(_entry, views)))
    raise ParameterError("This file is not a list of views that this app has saved.")


def read_text(text: str) -> PreparedViews:
    """Return the list that a text from the address stands for.

    Raises:
        ParameterError: it stands for none.
    """
    if text in shipped_lists():
        return shipped_lists()[text]
    try:
        packed = base64.urlsafe_b64decode(text.removeprefix(".") + "===")
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(packed, MAX_BYTES)
        title, *views = json.loads(data)
        if text[:1] != "." or not unpacker.eof or not isinstance(title, str):
            raise ValueError
    except (ValueError, TypeError, zlib.error, RecursionError) as error:
        raise ParameterError("The list of views in the address is damaged, so it is not used.") from error
    return PreparedViews(
        _clean(title) or PreparedViews.title,
        _checked(tuple(view) if isinstance(view, list) else () for view in views),
    )


@once()
def shipped_lists() -> Mapping[str, PreparedViews]:
    """Return the lists that come with the app, the shortest first, by what stands for each in the address."""
    lists = [replace(read_file(each.read_bytes()), shipped=each.stem) for each in _FOLDER.glob("*.json")]
    return {each.shipped: each for each in sorted(lists, key=lambda each: (len(each.views), each.shipped))}


def parse_view(name: str, address: str) -> View:
    """Return the view at an address below that of the app.

    Raises:
        ParameterError: it is no address of a page of this app, or too long.
    """
    if len(address) > MAX_ADDRESS:
        raise ParameterError(f"An address has at most {MAX_ADDRESS:,} characters; one here has more.")
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise ParameterError(f"{_shown(address)} is not an address.") from error
    page = parts.path.removeprefix("/")
    if parts.scheme or parts.netloc or not address.startswith("/") or page not in PAGES:
        raise ParameterError(f"{_shown(address)} is not the address of a page of this app.")
    kept = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if key not in (LIST, PLACE, LECTURE) and not key.startswith("embed")
    ]
    view = View(page, urlencode(kept), _clean(name))
    return view if view.name else replace(view, name=describe(view))


def describe(view: View) -> str:
    """Return a name for a view: its page and the settings that a person recognises it by."""
    settings = parse_qsl(view.query)
    said = [_DESCRIBED[key] + value for key, value in settings if key in _DESCRIBED]
    said += [value for key, value in settings if key in _TABS]
    return _clean(": ".join([PAGES[view.page], *([", ".join(said)] if said else [])]))


def _entry(view: Any) -> tuple[Any, ...]:
    return (view.get("name"), view.get("address")) if isinstance(view, dict) else ()


def _checked(entries: Iterable[tuple[Any, ...]]) -> tuple[View, ...]:
    views: list[View] = []
    for entry in entries:
        match entry:
            case (str(name), str(address)) if len(views) < MAX_VIEWS:
                views.append(parse_view(name, address))
            case _:
                raise ParameterError(
                    f"A list has at most {MAX_VIEWS} views, each with a name and an address."
                )
    return tuple(views)


def _clean(name: str) -> str:
    return " ".join("".join(each for each in name if each.isprintable() or each.isspace()).split())[:MAX_NAME]


def _shown(address: str) -> str:
    return repr(address if len(address) <= 60 else address[:60] + "…")
