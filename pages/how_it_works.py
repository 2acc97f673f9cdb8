"""A short lecture: why a few pixels are enough, in two dimensions and then on a real network."""

import streamlit as st

from sparsefool.view import lecture_layout, lessons
from sparsefool.view.address import AddressCheck
from sparsefool.view.network_panel import attack_address, show_network
from sparsefool.view.progress_panel import STYLE
from sparsefool.view.startup import enter_through_app
from sparsefool.view.world_panel import show_world

enter_through_app()
st.html(STYLE + lecture_layout.STYLE)
check = AddressCheck()
notices = st.container()
with lessons.prose("opening"):
    st.header("How it works: why a few pixels are enough", anchor=False)
    st.markdown(lessons.OPENING)
    st.subheader("1 · A world of two pixels", anchor="two-pixels")
    st.markdown(lessons.TWO_PIXELS)
show_world(check)
st.subheader("2 · What you have seen", anchor="what-you-have-seen")
lessons.show_lessons()
st.subheader("3 · A real network in the plane", anchor="real-network")
with lessons.prose("real_network"):
    st.markdown(lessons.REAL_NETWORK)
show_network(check)
st.subheader("4 · The same steps on a real image", anchor="real-image")
st.markdown(lessons.REAL_IMAGE)
st.page_link(
    "pages/attack.py",
    label="Open this picture and network on the Attack page",
    icon=":material/blur_on:",
    query_params=attack_address(),
)
with notices:
    for notice in check.notices(lessons.state()):
        st.warning(notice)
