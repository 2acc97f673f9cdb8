"""The views that ship open as they are meant; what the browser asks for is done; nothing else is."""

from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from sparsefool.view.shared.prepared_views import LIST, PAGES, PLACE, parse_view, shipped_lists
from tests.pages.attack_page import APP
from tests.pages.players import component

SHIPPED = sorted({view.address for views in shipped_lists().values() for view in views.views})


def open_page(page="", **address):
    test = AppTest.from_file(str(APP), default_timeout=90)
    if page:
        test.switch_page(f"pages/{page}.py")
    for name, texts in address.items():
        test.query_params[name] = texts
    return test.run()


def ask(page, what, address="/", count=1):
    asked = {"run": "the browser", "count": count, "what": what, "address": address}
    page.session_state["clicker"] = {"asked": asked}
    return page.run()


def names(page):
    return [view["name"] for view in component(page, "clicker")["views"]]


@pytest.mark.thorough
@pytest.mark.parametrize("address", SHIPPED)
def test_a_view_that_ships_uses_every_part_of_its_address(address):
    view = parse_view("", address)
    page = open_page(view.page, **parse_qs(view.query))
    assert not page.exception
    assert [warning.value for warning in page.warning if "in the address" in warning.value] == []


@pytest.mark.parametrize("place", PAGES)
def test_no_control_of_a_page_has_the_name_of_a_query_parameter_of_the_list(place):
    page = open_page(place)
    assert not page.exception
    assert page.session_state["query_parameters"].names.isdisjoint((LIST, PLACE))


def test_a_view_is_added_once_and_the_list_goes_to_the_browser():
    page = ask(open_page("transfer"), "add", "/comparison?data=MNIST&lecture=true")
    assert names(page) == ["Comparison: MNIST"]
    page.run()
    assert names(page) == ["Comparison: MNIST"]
    ask(page, "add", "/regions", count=2)
    assert names(page) == ["Comparison: MNIST", "Regions"]
    assert component(page, "clicker")["text"].startswith(".")


def test_a_view_of_another_site_is_refused_in_words():
    page = ask(open_page("transfer"), "add", "//example.org/")
    assert names(page) == []
    assert "not the address of a page of this app" in page.sidebar.warning[0].value


def test_a_list_comes_with_the_address_and_a_damaged_one_is_refused_in_words():
    shipped = shipped_lists()["five-minutes"]
    assert names(open_page("transfer", views="five-minutes")) == [view.name for view in shipped.views]
    page = open_page("transfer", views=".damaged")
    assert names(page) == []
    assert "damaged" in page.sidebar.warning[0].value
