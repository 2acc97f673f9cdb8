"""The pages as the server sees them, without a browser; the Attack page, its result and its headline."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
APP = ROOT / "app.py"

NOT_STORED = {"lambda": "1.5"}
"""An address whose attack does not come with the project, so that the page runs it."""


def settle(page, key="runs"):
    """Run the page until its job has ended and its result is drawn."""
    for _ in range(5):
        page.run()
        assert not page.exception
        job = page.session_state[key].job
        if job is None or (job.finished and not page.progress):
            return page
        assert job.wait(60)
    raise AssertionError("the page goes on submitting jobs")


def new_page(**address):
    page = AppTest.from_file(str(APP), default_timeout=60)
    for name, value in {"data": "MNIST", **address}.items():
        page.query_params[name] = value
    return page


def open_page(**address):
    return settle(new_page(**address))


def report_of(page):
    return page.session_state["runs"].report


def headline_of(page):
    return page.header[0].value


def texts(elements):
    return " ".join(f"{element.proto.title} {element.value}" for element in elements)
