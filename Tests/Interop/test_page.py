"""The page itself: what it says without a link or with a bad one, and whether everybody can read and use it."""

import re
import time

import pytest
import tokens
from person import DESKTOP, PHONE


def test_without_a_link_the_page_says_how_to_get_one(house, person):
    visitor = person(house.cable.url + "/")
    visitor.sees("You need a link to join")
    visitor.sees("tandem serve --dev")
    assert not visitor.page.is_visible("#lobby")


@pytest.mark.parametrize("token, text", [
    ("nonsense", "This link is not valid"),
    (lambda: tokens.mint("x", "first-call", claims={"iat": int(time.time()) - 90, "exp": int(time.time()) - 30}),
     "This link has expired"),
    (lambda: tokens.mint("x", "first-call", secret="guess"), "This link is not valid"),
], ids=["nonsense", "expired", "forged"])
def test_a_bad_link_is_explained(house, person, token, text):
    visitor = person(house.link_for(token() if callable(token) else token)).ready()
    visitor.page.fill("#name", "Sam")
    visitor.page.click("#join-button")
    visitor.sees(text)


def test_an_unreachable_server_is_explained(house, person):
    visitor = person(house.link("Student")).ready()
    visitor.expected += ["WebSocket connection", "ERR_"]
    house.cable.pull()
    visitor.page.click("#join-button")
    visitor.sees("The server can't be reached")
    house.cable.plug()
    visitor.join()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE, (320, 640)], ids=["desktop", "phone", "small"])
def test_everything_can_be_read_and_named_and_fits(house, person, size, scheme):
    def check(one):
        # Colours of a button that was just pressed fade in.
        one.until("document.getAnimations().length === 0")
        assert one.eval("instruments.faint()") == []
        assert one.eval("instruments.nameless()") == []
        assert not one.eval("instruments.sticksOut()")

    visitor = person(house.cable.url + "/", size=size, scheme=scheme)
    check(visitor)
    mia = person(house.link("Mentor"), size=size, scheme=scheme).ready()
    check(mia)
    mia.join()
    check(mia)
    sam = person(house.link("Student"), size=size, scheme=scheme).ready().join()
    sam.say("Good morning")
    mia.sees_the_other()
    mia.until("document.querySelector('#unread').textContent === '1'")
    check(mia)
    check(sam)
    mia.click("People")
    check(mia)
    mia.page.keyboard.press("Escape")
    assert not mia.page.is_visible("#panel")
    mia.click("Leave the call")
    check(mia)


def test_the_call_can_be_run_from_the_keyboard(house, person):
    mia = person(house.link("Mentor")).ready()
    mia.page.focus("#name")
    mia.page.keyboard.press("Enter")
    mia.until("!document.querySelector('#call').hidden")
    focused = []
    for _ in range(8):
        mia.page.keyboard.press("Tab")
        focused.append(mia.eval("document.activeElement.ariaLabel"))
        assert mia.eval("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert focused == ["Microphone", "Camera", "Share the screen", "Record", "Raise hand", "Chat", "People",
                       "Leave the call"]
    mia.page.focus("#chat-button")
    mia.page.keyboard.press("Enter")
    assert mia.eval("document.activeElement.id") == "chat-text"
    mia.page.keyboard.press("Escape")
    assert mia.eval("document.activeElement.id") == "chat-button"


def test_the_page_is_small(house):
    import gzip

    import wire

    page = wire.call(house.server, "GET", "/").body
    paths = set(re.findall(r'(?:href|src)="(/[\w/.]+)"', page.decode()))
    assert {"/call.js", "/call.css", "/tandem.js", "/tandem/room.js"} <= paths
    sizes = [len(gzip.compress(wire.call(house.server, "GET", path).body)) for path in ("/", *paths)]
    assert sum(sizes) < 60_000


def test_every_module_that_the_page_needs_is_loaded_at_once(house, person):
    visitor = person(house.cable.url + "/")
    visitor.sees("You need a link to join")
    named = set(re.findall(r'(?:href|src)="(/[\w/.]+\.js)"', visitor.page.request.get(house.cable.url + "/").text()))
    assert {url.removeprefix(house.cable.url) for url in visitor.requests if url.endswith(".js")} == named
