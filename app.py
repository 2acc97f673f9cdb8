"""The app: which pages there are."""

import streamlit as st

from sparsefool.view.startup import load_engine

st.set_page_config(
    page_title="SparseFool Explorer", page_icon="assets/icon.png", layout="wide", initial_sidebar_state=330
)
page = st.navigation([st.Page("pages/attack.py", title="Attack", icon=":material/blur_on:", default=True)])
load_engine()
page.run()
