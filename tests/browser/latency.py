"""Measure in a real browser how long a moved slider takes: ``python -m tests.browser.latency [QUERY]``.

From the key press that moves λ or δ to the new picture, decoded in the browser; the attack's own time is the
one that the page shows. What is left is the app's.
"""

import re
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import sync_playwright

from tests.browser.explorer_page import ExplorerPage
from tests.browser.running import ARGUMENTS, CHROMIUM, running_app

MOVES = (("lambda", "ArrowRight"), ("lambda", "ArrowLeft"), ("delta", "ArrowLeft"), ("delta", "ArrowRight"))
ROUNDS = 5

WATCH = """key => {
    const picture = () => document.querySelector(".st-key-result img[alt^='The adversarial'], "
        + ".st-key-result img[alt^='The perturbed']");
    const time = () => [...document.querySelectorAll('.stMetric')].find(each => /^Time/.test(each.innerText));
    const before = picture().src;
    window.moved = new Promise((done, fail) => {
        let begun = 0;
        const component = `.st-key-${key} [data-testid=stBidiComponentIsolated]`;
        const slider = document.querySelector(component).shadowRoot.querySelector('input[type=range]');
        slider.addEventListener('keydown', () => { begun = performance.now(); }, {once: true, capture: true});
        const look = async () => {
            const now = picture();
            const status = document.querySelector('.st-key-status');
            if (begun && now && now.src !== before && status?.querySelector('.st-key-result_line')) {
                await now.decode();
                done([performance.now() - begun, time().innerText]);
            } else if (begun && performance.now() - begun > 60000) fail(new Error('no new picture'));
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    });
}"""


def measure(page):
    """Move each slider there and back; return milliseconds from key press to picture, and of the attack."""
    found = []
    for key, arrow in MOVES * ROUNDS:
        page.wait_until_idle()
        page.page.evaluate(WATCH, key)
        page.move(key, 1, arrow)
        total, text = page.page.evaluate("() => window.moved")
        found.append((key, total, 1000 * float(re.search(r"([\d.]+) s", text)[1])))
    return found


def main(query="?data=CIFAR-10&delta=100"):
    """Print the medians of the moves of each slider."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        with running_app(Path(folder, "log.txt")) as address:
            page = ExplorerPage(
                chromium.new_context(viewport={"width": 1280, "height": 1000}).new_page(), address
            )
            page.open(query)
            page.wait_for_result()
            found = measure(page)
        chromium.close()
    for key in dict.fromkeys(key for key, _ in MOVES):
        totals, own = zip(
            *((total, total - attack) for name, total, attack in found if name == key), strict=True
        )
        print(
            f"{query} {key}: {median(totals):.0f} ms from the key press to the picture, of which the app's "
            f"{median(own):.0f} ms (90 % at most {quantiles(own, n=10)[-1]:.0f} ms), n = {len(own)}"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
