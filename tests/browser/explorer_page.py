"""What a person can do and see on the Attack page, for tests that drive a browser."""

import base64
import io
import re

import numpy as np
from PIL import Image

PATIENCE_MS = 90_000


class ExplorerPage:
    """The Attack page in a browser."""

    def __init__(self, page, address):
        self.page = page
        self.address = address
        self.strangers = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", self._note)

    def _note(self, request):
        if not request.url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:")):
            self.strangers.append(request.url)

    def open(self, query):
        self.page.goto(self.address + query)

    def wait_for_result(self, *said):
        """Wait until a result is drawn to its end and the line under the sliders says all of ``said``."""
        script = """said => {
            const idle = document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]');
            const status = document.querySelector('.st-key-status');
            const done = status && status.querySelector('.st-key-result_line');
            const drawn = document.querySelector('.st-key-overview');
            return idle && done && drawn && said.every(text => status.innerText.includes(text));
        }"""
        self.page.wait_for_function(script, arg=list(said), polling=100)  # ms; not with every frame
        return self.headline()

    def wait_until_idle(self):
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()

    def headline(self):
        return self.page.locator(".st-key-finding h2").inner_text()

    def number(self, label):
        metric = self.page.locator(".stMetric").filter(has=self.page.get_by_text(label, exact=True))
        return int(metric.locator("[data-testid=stMetricValue]").inner_text().replace(",", ""))

    def picture(self, alt):
        """Decode the picture that the browser received, one value per pixel of the original size."""
        image = self.page.locator(f".st-key-result img[alt^='{alt}']").first
        source = image.get_attribute("src")
        assert source.startswith("data:image/png;base64,")
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))).astype(int)
        pixels = pixels if pixels.ndim == 3 else pixels[:, :, None]
        times = self._times(pixels)
        assert (np.repeat(np.repeat(pixels[::times, ::times], times, 0), times, 1) == pixels).all()
        return pixels[::times, ::times]

    def _times(self, pixels):
        total = int(re.search(r"of ([\d,]+) pixels", self.headline())[1].replace(",", ""))
        return round((pixels.shape[0] * pixels.shape[1] / total) ** 0.5)

    def pictures(self):
        return self.picture("The original picture"), self.picture("The adversarial picture")

    def move(self, key, presses, arrow):
        """Move a slider with the keyboard."""
        slider = self.page.locator(f".st-key-{key} input[type=range]")
        slider.focus()
        for _ in range(presses):
            self.page.keyboard.press(arrow)

    def choose(self, key, option):
        """Click one button of a group."""
        self.page.locator(f".st-key-{key}").get_by_text(option, exact=True).click()

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def upload(self, name, data):
        self.page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        )

    def wait_for(self, text):
        self.page.get_by_text(text).first.wait_for()
