"""The app: which pages there are."""

import streamlit as st

from sparsefool.view.components.picture import draw_picture_layer
from sparsefool.view.presenting.panel import show_presentation
from sparsefool.view.shared.page import ICON, TITLE, prepare_app, sidebar_state
from sparsefool.view.shared.serving.turns import in_turn
from sparsefool.view.shared.streamlit_internals.kept_messages import in_step_with_browser

st.set_page_config(TITLE, ICON, layout="wide", initial_sidebar_state=sidebar_state())
st.logo(ICON, size="large")
page = st.navigation(
    [
        st.Page("pages/attack.py", title="Attack", icon=":material/blur_on:", default=True),
        st.Page("pages/how_it_works.py", title="How it works", icon=":material/school:"),
        st.Page("pages/perceptibility.py", title="Perceptibility", icon=":material/visibility:"),
        st.Page("pages/comparison.py", title="Comparison", icon=":material/leaderboard:"),
        st.Page("pages/transfer.py", title="Transfer", icon=":material/swap_horiz:"),
        st.Page("pages/regions.py", title="Regions", icon=":material/select_all:"),
    ]
)
with in_turn(), in_step_with_browser():
    prepare_app(page.url_path)
    show_presentation(page.url_path)
    content = st.container()
    draw_picture_layer()  # below the page, which its placeholder would push down while it loads
    with content:
        page.run()
