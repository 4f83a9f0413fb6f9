"""The console as a page: whether everybody can read and use it, in each language, and what it shows of an idle house."""

import re

import pytest
import tokens
import wire
from house import House
from operator_desk import operator  # noqa: F401
from person import DESKTOP, PHONE


@pytest.fixture(scope="module")
def house():
    """One for all of these tests: none leaves anything behind that another would stumble on."""
    made = House()
    yield made
    made.cable.close()
    made.server.stop()


def test_who_waits_is_seen_and_why_two_were_matched(house, operator):
    olga = operator().view("Queue")
    people = []
    for identity, role, profile in (("sam", "student", {"subjects": [{"name": "algebra"}]}),
                                    ("mia", "mentor", {"skills": [{"name": "algebra", "level": 4}]})):
        people.append(wire.Client(house.server))
        people[-1].request("queue.enter", token=tokens.mint(identity, role=role, name=identity.title(), match=True),
                           profile=profile)
        if role == "student":
            olga.sees("Sam (sam)")
    found = people[0].event("match.found")
    olga.view("Matches")
    olga.page.locator("#main table").get_by_role("link", name=found["match"]).click()
    olga.sees("algebra")
    olga.is_usable()
    for one in people:
        one.close()


def test_trying_it_opens_both_sides(house, operator):
    olga = operator().view("Try it")
    olga.press("Mint tokens")
    sides = []
    for role in ("mentor", "student"):
        with olga.context.expect_page() as opened:
            olga.press(f"Open as {role}")
        sides.append(opened.value)
        sides[-1].on("pageerror", lambda error: olga.errors.append(str(error)))
    for side in sides:
        side.wait_for_selector("#join-button", state="visible")
        assert side.evaluate("sessionStorage.getItem('tandem.console')") is None
        side.click("#join-button")
    for side in sides:
        side.wait_for_selector(".tile:not(.me) video")
    shown = wire.call(house.server, "GET", "/v1/rooms/try-it", token=tokens.admin()).json
    assert {one["identity"] for one in shown["participants"]} == {"mia", "sam"}
    assert "openDevice" in olga.page.inner_text("pre")


@pytest.mark.parametrize("size, scheme", [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "dark"), ((320, 640), "light")],
                         ids=["desktop-light", "desktop-dark", "phone", "small"])
def test_everything_can_be_read_and_named_and_fits(house, operator, size, scheme):
    people = [wire.Client(house.server) for _ in range(2)]
    for one, (identity, role) in zip(people, (("mia", "mentor"), ("sam", "student")), strict=True):
        one.join(tokens.mint(identity, "first-call", role, name=identity.title()))
    olga = operator(size=size, scheme=scheme)
    olga.until("document.querySelectorAll(\".room[data-key='first-call'] li\").length === 2")
    olga.is_usable()
    for name in ("Queue", "Matches", "Recordings", "Sessions", "Workers", "Keys", "Audit", "Try it"):
        olga.view(name)
        olga.until("document.querySelector('#main').childElementCount > 1")
        olga.is_usable()
    olga.at("#rooms/first-call").until("document.querySelectorAll('.person').length === 2")
    olga.is_usable()
    for one in people:
        one.close()


def test_the_console_can_be_run_from_the_keyboard(house, operator):
    olga = operator()
    olga.page.locator("#views a").first.focus()
    for _ in range(5):
        olga.page.keyboard.press("Tab")
        assert olga.eval("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    olga.page.keyboard.press("Enter")
    olga.until("location.hash === '#workers' && document.activeElement.matches('#main h1')")


def test_every_word_is_there_in_every_language(house, operator):
    for language, title in (("de-AT", "Räume"), ("es", "Salas"), ("fr", "Salles")):
        olga = operator(locale=language)
        olga.sees(title)
        olga.is_usable()
    assert olga.eval("""import("/console/words.js").then(({ WORDS }) => Object.entries(WORDS)
      .filter(([, texts]) => texts.length !== 4 || texts.some((text) => !text)).map(([key]) => key))""") == []


def test_every_module_of_the_console_is_loaded_at_once(house, operator):
    olga = operator()
    page = olga.page.request.get(house.cable.url + "/console")
    named = set(re.findall(r'(?:href|src)="(/[\w/.]+\.js)"', page.text()))
    assert {url.removeprefix(house.cable.url) for url in olga.requests if url.endswith(".js")} == named
    assert "default-src 'none'" in page.headers["content-security-policy"]
