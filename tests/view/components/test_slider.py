import math

import pytest
from streamlit.testing.v1 import AppTest

from sparsefool.view.components.slider import fit
from tests.pages.sliders import move_slider, slider

PAGE = """
import streamlit as st
from sparsefool.view.shared import query_parameters, widgets

def count():
    st.session_state["moves"] = st.session_state.get("moves", 0) + 1

query_parameters.start_lookups()
if st.button("Set"):
    st.session_state["level"] = 7
widgets.slider("Level", 0, 255, 255, "level", scale="log", on_change=count)
widgets.slider("Way", 1.0, 20.0, 3.0, "way", step=0.5, disabled=st.checkbox("off"))
query_parameters.end_lookups()
"""


def open_page(**asked):
    page = AppTest.from_string(PAGE)
    for name, value in asked.items():
        page.query_params[name] = value
    return page.run()


def test_a_moved_slider_is_in_the_session_and_in_the_address_unless_it_is_at_its_default():
    page = move_slider(open_page(), "level", 60)
    assert (page.session_state["level"], page.session_state["moves"]) == (60, 1)
    assert page.query_params == {"level": "60"}
    assert slider(page, "level").heard == ["the browser", 1]
    move_slider(page, "level", 255)
    assert page.query_params == {}


def test_a_value_that_the_session_sets_reaches_the_slider():
    page = move_slider(open_page(), "level", 60)
    page.button[0].click().run()
    assert slider(page, "level").value == 7
    assert page.query_params == {"level": "7"}
    move_slider(page, "level", 60)
    assert slider(page, "level").value == 60, "the same message again would be no change"


@pytest.mark.parametrize(
    ("sent", "taken"), [(-3, 0), (1e9, 255), (60.4, 60), ("60", 255), (math.nan, 255), (None, 255)]
)
def test_what_a_client_sends_is_checked(sent, taken):
    page = move_slider(open_page(), "level", sent)
    assert not page.exception
    assert page.session_state["level"] == taken


def test_a_disabled_slider_cannot_be_moved():
    page = open_page(way="5")
    page.checkbox[0].check().run()
    assert slider(page, "way").disabled
    assert move_slider(page, "way", 9).session_state["way"] == 5


@pytest.mark.parametrize("text", ["nan", "-1", "256", "many", ""])
def test_an_address_that_cannot_be_used_gives_the_default(text):
    page = open_page(level=text)
    assert slider(page, "level").value == 255
    assert "level" not in page.query_params


def test_whole_ranges_have_whole_values():
    assert (fit(2.6, 0, 9), fit(11, 0, 9), fit(2.6, 0.0, 9.0)) == (3, 9, 2.6)
    assert isinstance(fit(3, 0.0, 9.0), float)
