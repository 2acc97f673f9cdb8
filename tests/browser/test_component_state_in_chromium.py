"""What the user has done in a component outlasts what Streamlit does with the component's script."""

from pathlib import Path

import pytest

from sparsefool.view.components import frontend

pytestmark = pytest.mark.browser

SCRIPT = (Path(frontend.__file__).parent / "frontend.js").read_text(encoding="utf-8")

CALLED_LATE = """() => {
    class One {
        constructor() { this.count = 0 }
        remove() { this.removed = true }
    }
    const seen = []
    const show = () => lasting(document.body, One, one => { one.count += 1; seen.push(one) })
    const soon = () => new Promise(resolve => setTimeout(resolve, 20))
    const state = one => [one.count, Boolean(one.removed)]
    return (async () => {
        const [first, second] = [show(), show()]
        first()
        await soon()
        const third = show()
        second()
        await soon()
        const during = state(seen.at(-1))
        third()
        await soon()
        show()
        return [during, state(seen[0]), state(seen.at(-1))]
    })()
}"""


def test_the_state_lasts_until_the_last_run_ends(browser):
    page = browser.new_page()
    page.set_content("<body></body>")
    page.add_script_tag(content=SCRIPT)
    during, ended, anew = page.evaluate(CALLED_LATE)
    page.close()
    assert during == [3, False], "a former run's end, called late, takes nothing away"
    assert ended == [3, True]
    assert anew == [1, False]
