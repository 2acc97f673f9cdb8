"""The only modules that use Streamlit's private API; tests fail when Streamlit changes it."""
