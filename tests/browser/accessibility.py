"""Axe-core on a page as it stands."""

import json

from axe_playwright_python.sync_playwright import Axe

SERIOUS = ("serious", "critical")
GAVE_UP = "Axe encountered an error"

OPTIONS = {"resultTypes": ["violations", "incomplete"]}
"""Of what is in order, axe need not collect every element."""

OF_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""The rules whose verdict depends on the colour scheme."""


def serious_violations(page, only=None):
    """Return examples of each serious or critical violation, and the rules that axe could not check.

    All rules are checked, or ``only`` some: :data:`OF_COLOURS`.
    What is still being drawn has neither its names nor its full contrast: a page with a finding is looked at
    once more, a little later.
    """
    return _violations(page, 100, only or {}) and _violations(page, 5000, only or {})


def _violations(page, wait_ms, only):
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(wait_ms)
    answer = Axe().run(page, options=OPTIONS | only).response
    found = {
        each["id"]: [node["html"][:160] for node in each["nodes"]][:3]
        for each in answer["violations"]
        if each["impact"] in SERIOUS
    }
    return found | {each["id"]: GAVE_UP for each in answer["incomplete"] if GAVE_UP in json.dumps(each)}
