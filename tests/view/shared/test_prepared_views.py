import base64
import json
import zlib
from urllib.parse import parse_qs

import pytest

from sparsefool.errors import ParameterError
from sparsefool.paths import ROOT
from sparsefool.view.shared.prepared_views import (
    LONGEST_TEXT,
    MAX_BYTES,
    MAX_VIEWS,
    PAGES,
    PreparedViews,
    parse_view,
    read_file,
    read_text,
    shipped_lists,
)


def three_views():
    addresses = (
        "/?data=MNIST&lambda=5",
        "/comparison?section=Paper+and+here",
        "/perceptibility?show=λ+×+δ+map",
    )
    return PreparedViews("A lecture", tuple(parse_view("", address) for address in addresses))


def names(views):
    return [view.name for view in views.views]


def test_the_pages_are_those_of_the_app():
    files = {path.stem for path in (ROOT / "pages").glob("*.py")}
    assert files - {"attack"} | {""} == PAGES.keys()


@pytest.mark.parametrize(
    "again", [lambda views: read_file(views.file()), lambda views: read_text(views.text())]
)
def test_a_list_comes_back_from_its_file_and_from_its_text(again):
    views = three_views()
    assert again(views) == views
    assert names(views) == ["Attack: MNIST, λ 5", "Comparison: Paper and here", "Perceptibility: λ × δ map"]


def test_a_list_is_changed_by_making_another():
    views = three_views()
    renamed = views.renamed(1, "  The\n paper ")
    assert names(renamed)[1] == "The paper"
    assert renamed.renamed(1, " ") is renamed
    first, second, third = names(views)
    assert names(views.moved(2, -1)) == [first, third, second]
    assert names(views.moved(0, -1)) == names(views)
    assert names(views.without(0)) == [second, third]
    assert names(views.with_view(parse_view("new", "/regions")))[-1] == "new"
    assert names(views) == [first, second, third]


def test_a_view_keeps_no_list_no_place_and_no_mode():
    view = parse_view("", "/transfer?views=x&place=3&lecture=true&embed=true&delta=20&model=a&model=b")
    assert parse_qs(view.query) == {"delta": ["20"], "model": ["a", "b"]}


def test_a_view_keeps_which_delta_is_looked_at():
    assert parse_qs(parse_view("", "/perceptibility?at=50").query) == {"at": ["50"]}


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/comparison",
        "//example.org/comparison",
        "javascript:alert(1)",
        "comparison",
        "/comparison/../attack",
        "/unknown",
        "/?" + "x" * 10_000,
        "//[",
    ],
)
def test_a_view_leads_to_a_page_of_this_app_only(address):
    with pytest.raises(ParameterError, match="address"):
        parse_view("name", address)


def content(**other):
    return {"format": "sparsefool views", "version": 1, "title": "", "views": [], **other}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b" " * (MAX_BYTES + 1),
        *(
            json.dumps(each).encode()
            for each in (
                [],
                content(version=2),
                content(views={}),
                content(views=["/"]),
                content(views=[{"name": 1, "address": "/"}]),
                content(views=[{"name": "x", "address": "/elsewhere"}]),
                content(views=[{"name": "x", "address": "/"}] * (MAX_VIEWS + 1)),
            )
        ),
    ],
)
def test_a_file_that_is_no_list_is_refused(data):
    with pytest.raises(ParameterError):
        read_file(data)


def packed(data):
    return "." + base64.urlsafe_b64encode(zlib.compress(data)).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "unknown",
        ".",
        ".abc",
        packed(b"no JSON"),
        packed(b"{}"),
        packed(b'[1, ["x", "/"]]'),
        packed(b'["title", 1]'),
        packed(b'["title", ["x", "/elsewhere"]]'),
        packed(b" " * 50_000_000),
        packed(b'["title", ["x", "/"]]')[:-6],
        packed(b'["title", ["x", "/"]]')[1:],
    ],
)
def test_a_text_that_stands_for_no_list_is_refused(text):
    with pytest.raises(ParameterError):
        read_text(text)


def test_a_full_list_takes_no_more_and_a_long_one_no_place_in_the_address():
    view = parse_view("", "/?region=" + "".join(f"{number * 7919 % 10007}," for number in range(500)))
    views = PreparedViews()
    for number in range(MAX_VIEWS):
        views = views.with_view(parse_view(f"{number}", f"{view.address}{number * 104729 % 99991}"))
    assert len(views.text()) <= LONGEST_TEXT
    assert read_file(views.file()) == views
    with pytest.raises(ParameterError, match="at most"):
        views.with_view(view)


def test_three_lists_ship():
    lists = shipped_lists()
    lengths = [len(views.views) for views in lists.values()]
    assert lengths == sorted(lengths), "the shortest first"
    assert set(lists) == {"five-minutes", "fifteen-minutes", "paper-figures"}
    for text, views in lists.items():
        assert views.text() == text
        assert len(views.views) >= 5
        assert len(set(names(views))) == len(views.views)
        assert views.moved(0, 1).text() != text
