"""Somebody in front of the console, with a token of an operator. Import the fixture `operator` from here."""

import pytest
import tokens
from person import Person


class Operator(Person):
    def sign_in(self, token=None):
        self.until("!document.querySelector('#sign-in').hidden")
        self.page.fill("#token", token or tokens.admin())
        self.page.click("#sign-button")
        return self

    def inside(self, token=None):
        self.sign_in(token)
        self.until("!document.querySelector('#house').hidden && document.querySelector('#state').textContent")
        return self

    def view(self, name):
        self.page.locator("#views").get_by_role("link", name=name, exact=True).click()
        return self

    def at(self, fragment):
        self.eval(f"location.hash = {fragment!r}")
        return self

    def press(self, name):
        self.page.locator("#main").get_by_role("button", name=name, exact=True).first.click()

    def answer(self, name):
        """In the question that is open."""
        question = self.page.locator("dialog[open]").element_handle()
        question.query_selector(f"button:text-is({name!r})").click()
        question.wait_for_element_state("hidden")

    def is_usable(self):
        """By eye, by ear and by keyboard, as far as a program can tell."""
        self.until("document.getAnimations().length === 0")
        assert self.eval("instruments.faint()") == []
        assert self.eval("instruments.nameless()") == []
        assert not self.eval("instruments.sticksOut()")


@pytest.fixture
def operator(chromium, house):
    """`operator(size=…)`: somebody who is signed in. At the end nobody may have met an error."""
    present = []

    def come(signed_in=True, **options):
        present.append(Operator(chromium, house.cable.url + "/console", **options))
        return present[-1].inside() if signed_in else present[-1]

    yield come
    for one in present:
        one.is_well()
        one.close()
