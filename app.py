"""The app: which pages there are."""

from pathlib import Path

import streamlit as st

from sparsefool.view.startup import load_engine

ICON = Path(__file__).parent / "assets" / "icon.png"

st.set_page_config("SparseFool Explorer", str(ICON), layout="wide", initial_sidebar_state=330)
st.logo(str(ICON), size="large")
page = st.navigation([st.Page("pages/attack.py", title="Attack", icon=":material/blur_on:", default=True)])
load_engine()
page.run()
