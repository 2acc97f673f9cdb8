"""A short lecture: why a few pixels are enough, in two dimensions and then on a real network."""

import streamlit as st

from sparsefool.view.how_it_works import lessons
from sparsefool.view.how_it_works.decision_plane import offer_attack_page, show_network, show_stored_planes
from sparsefool.view.how_it_works.two_pixel_panel import show_two_pixels
from sparsefool.view.shared.page import lecture_mode, page_frame

with page_frame():
    st.html(lessons.LAYOUT + lessons.LECTURE_LAYOUT * lecture_mode())
    with lessons.prose("opening"):
        st.header("How it works: why a few pixels are enough", anchor=False)
        st.markdown(lessons.OPENING)
    show_two_pixels()
    st.subheader("What you have seen", anchor="what-you-have-seen")
    lessons.show_lessons()
    st.subheader("A real network in the plane", anchor="real-network")
    with lessons.prose("real_network"):
        st.markdown(lessons.REAL_NETWORK)
    complete = show_stored_planes()
    controls = show_network(ready=not complete)
    st.subheader("The same steps on a real image", anchor="real-image")
    st.markdown(lessons.REAL_IMAGE)
    offer_attack_page(controls)
