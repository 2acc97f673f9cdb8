from streamlit.testing.v1 import AppTest

from tests.pages.sliders import slider

PAGE = """
import streamlit as st
from sparsefool.view.shared import query_parameters, widgets

query_parameters.start_lookups()
number = widgets.number_input("A number", 1, 9, 5, "number")
word = widgets.choose_one("A word", ("one", "two"), "word")
words = widgets.choose_several("Words", ("one", "two"), "words", default=("two",))
if st.checkbox("more"):
    widgets.slider("Another", 0.0, 1.0, 0.5, "other")
for notice in query_parameters.unusable_values():
    st.warning(notice)
"""


def open_page(**asked):
    page = AppTest.from_string(PAGE)
    for name, value in asked.items():
        page.query_params[name] = value
    return page.run()


def notices(page):
    return [each.value for each in page.warning]


def test_values_that_can_be_used_are_taken_without_a_word():
    page = open_page(number="7", word="two", words=["one", "two"])
    assert (page.number_input[0].value, page.segmented_control[0].value) == (7, "two")
    assert page.multiselect[0].value == ["one", "two"]
    assert notices(page) == []


def test_each_value_that_cannot_be_used_is_named_with_what_is_used_instead():
    page = open_page(number="12", word="three", words=["two", "four"])
    assert len(notices(page)) == 3
    assert "number='12' in the address is not a whole number from 1 to 9; 5 is used." in notices(page)
    assert "word='three' in the address is not one of the choices; one is used." in notices(page)
    assert any(each.startswith("words='four'") for each in notices(page))


def test_a_notice_stays_until_a_control_is_moved():
    page = open_page(number="not a number")
    assert len(notices(page.run())) == 1
    page.number_input[0].set_value(6).run()
    assert notices(page) == []
    assert notices(page.run()) == []


def test_a_widget_that_is_drawn_later_finds_its_value_then():
    page = open_page(other="2")
    assert notices(page) == []
    page.checkbox[0].check().run()
    assert notices(page) == ["other='2' in the address is not a number from 0 to 1; 0.5 is used."]


def test_what_is_not_finite_is_no_number_and_long_texts_are_cut():
    (nan,) = notices(open_page(number="nan"))
    assert "nan" in nan
    (long,) = notices(open_page(word="x" * 100))
    assert "x" * 40 + "…" in long
    assert "x" * 41 not in long


def test_a_number_that_is_not_whole_is_named_only_where_whole_ones_are_taken():
    page = open_page(number="3.7", other="0.7")
    assert notices(page) == ["number='3.7' in the address is not a whole number from 1 to 9; 3 is used."]
    page.checkbox[0].check().run()
    assert slider(page, "other").value == 0.7
    assert len(notices(page)) == 1
    assert notices(open_page(number="3.0")) == []
