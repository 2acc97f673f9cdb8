"""The app: which pages there are."""

from pathlib import Path

import streamlit as st

from sparsefool.view.shared.page import apply_pending_widgets, apply_style, choose_lecture_mode, load_engine

ICON = Path(__file__).parent / "assets" / "icon.png"

st.set_page_config("SparseFool Explorer", str(ICON), layout="wide", initial_sidebar_state=330)
st.logo(str(ICON), size="large")
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
load_engine()
apply_style()
choose_lecture_mode()
apply_pending_widgets()
page.run()
