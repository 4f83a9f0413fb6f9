"""Somebody in front of a browser: what they click, and what they see and hear."""

import pathlib
import time

INSTRUMENTS = (pathlib.Path(__file__).parent / "instruments.js").read_text()
DESKTOP, PHONE = (1280, 800), (390, 844)


class Person:
    def __init__(self, browser, link=None, size=DESKTOP, scheme="light", before="", locale="en-US"):
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme,
                                           locale=locale)
        self.context.add_init_script(INSTRUMENTS + before)
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.errors = []
        #: Parts of console lines that this test causes itself.
        self.expected = []
        self.requests = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda line: line.type in {"error", "warning"} and self.errors.append(line.text))
        self.page.on("request", lambda request: self.requests.append(request.url))
        if link:
            self.page.goto(link)

    def eval(self, expression):
        return self.page.evaluate(expression)

    def until(self, expression, patience=15):
        """The value of an expression once it is true. The page's policy forbids Playwright's own way of waiting."""
        ends = time.monotonic() + patience
        while not (value := self.eval(expression)):
            assert time.monotonic() < ends, f"still not: {expression}; {self.errors}; {self.page.inner_text('body')}"
            time.sleep(0.05)
        return value

    def sees(self, text, patience=15):
        self.page.get_by_text(text).filter(visible=True).first.wait_for(state="visible", timeout=patience * 1000)

    def ready(self):
        """In the lobby, with camera and microphone open."""
        self.until("document.querySelector('#preview').videoWidth > 0 && document.querySelector('#cameras').value")
        return self

    def join(self):
        self.page.click("#join-button")
        self.until("!document.querySelector('#call').hidden")
        return self

    def click(self, name):
        self.page.locator("#call").get_by_role("button", name=name, exact=True).click()

    def say(self, text):
        if not self.page.is_visible("#chat-panel"):
            self.page.click("#chat-button")
        self.page.fill("#chat-text", text)
        self.page.keyboard.press("Enter")

    def sees_the_other(self):
        """Decoded frames that go on, and are not black."""
        first = self.until("(({ bright, frames }) => bright > 0.5 && frames)(instruments.picture())")
        self.until(f"instruments.picture().frames > {first} + 3")

    def gets_pictures(self):
        """Decoded frames that go on, by the browser's own count, whether it shows them or not."""
        count = """instruments.connections[0].getStats().then((report) => [...report.values()]
          .reduce((sum, { framesDecoded }) => sum + (framesDecoded ?? 0), 0))"""
        first = self.eval(count)
        self.until(f"{count}.then((now) => now > {first} + 3)")

    def hears(self, hz):
        self.until(f"(({{ hz, level }}) => Math.abs(hz - {hz}) < 15 && level > -60)(instruments.tone())")

    def hears_nothing(self):
        self.until("instruments.tone().level < -90")

    def is_told(self, text):
        self.until(f"document.querySelector('#banner').textContent.includes({text!r})")

    def is_well(self):
        assert self.eval("instruments.violations") == []
        unexpected = [line for line in self.errors if not any(part in line for part in self.expected)]
        assert unexpected == []

    def close(self):
        self.context.close()
