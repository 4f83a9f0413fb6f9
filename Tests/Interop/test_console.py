"""The operator's console: who may look, what is seen of rooms and recordings, and what is asked before it is done."""

import re
import time

import tokens
import wire
from operator_desk import operator  # noqa: F401

LINE = ".room[data-key='first-call'] li"


def http(house, method, path, body=None):
    answer = wire.call(house.server, method, path, body, tokens.admin())
    assert answer.status < 300, answer.body
    return answer.json if answer.body else None


def recorded(call, seconds=2.5):
    """A short recording of Mia and Sam, by their own page."""
    house, mia, sam = call
    mia.click("Record")
    for one in (mia, sam):
        one.page.click("#consent-yes")
    mia.until("document.querySelector('#recording-mark').dataset.state === 'recording'")
    time.sleep(seconds)
    mia.click("Record")
    mia.until("document.querySelector('#recording-mark').hidden")
    ends = time.monotonic() + 30
    while (found := http(house, "GET", "/v1/recordings")["items"][0])["state"] != "ready":
        assert time.monotonic() < ends, found
        time.sleep(0.1)
    return found["id"]


def test_nobody_but_an_operator_gets_in(house, operator):
    visitor = operator(signed_in=False)
    visitor.expected += ["status of 40"]
    for token, text in (("nonsense", "This token is not valid"),
                        (tokens.mint("ana", "first-call", "mentor"), "does not give the right admin"),
                        (tokens.admin(claims={"iat": int(time.time()) - 90, "exp": int(time.time()) - 30}), "has expired")):
        visitor.sign_in(token)
        visitor.sees(text)
        assert not visitor.page.is_visible("#house")
    visitor.is_usable()
    token = tokens.admin()
    visitor.inside(token)
    assert token not in visitor.page.url and not any(token in url for url in visitor.requests)
    assert all(url.startswith((house.cable.url, "data:")) for url in visitor.requests)
    # A reload stays in; who signs out leaves nothing behind.
    visitor.page.reload()
    visitor.until("!document.querySelector('#house').hidden")
    visitor.page.click("#sign-out")
    visitor.until("!document.querySelector('#sign-in').hidden && sessionStorage.length === 0")
    assert visitor.eval("localStorage.length") == 0 and visitor.context.cookies() == []


def test_the_console_sees_the_room_and_moderates_it(call, operator):
    house, mia, sam = call
    olga = operator()
    # Live figures of real media, without a request after those that opened the view.
    olga.until(f"document.querySelectorAll({LINE!r}).length === 2")
    olga.until(f"[...document.querySelectorAll({LINE!r})].every((line) => /[1-9].*bit/.test(line.textContent))", patience=30)
    assert re.search(r"Mia.*mentor", olga.page.inner_text(LINE), re.S)
    before = len(olga.requests)
    olga.until("document.querySelector('.tile .line').getAttribute('d').split('L').length > 3")
    assert len(olga.requests) == before

    olga.page.click("#main .room h2 a")
    olga.page.locator(".person[aria-label='Sam'] .tracks li").first.wait_for()
    sam_card = olga.page.locator(".person[aria-label='Sam']")
    sam_card.get_by_role("button", name="Mute", exact=True).first.click()
    sam_card.get_by_text("muted", exact=True).wait_for()
    mia.hears_nothing()
    olga.press("Lock")
    mia.until("!document.querySelector('#locked').hidden")
    olga.sees("Locked")
    assert http(house, "GET", "/v1/rooms/first-call")["locked"]

    # Asked first: no is no, and the keyboard is on the harmless answer.
    sam_card.get_by_role("button", name="Remove", exact=True).click()
    olga.sees("Remove Sam?")
    assert olga.eval("document.activeElement.textContent") == "Cancel"
    olga.is_usable()
    olga.page.keyboard.press("Escape")
    olga.until("!document.querySelector('dialog') && document.activeElement.textContent === 'Remove'")
    assert len(http(house, "GET", "/v1/rooms/first-call")["participants"]) == 2
    sam_card.get_by_role("button", name="Remove", exact=True).click()
    olga.answer("Remove")
    sam.until("!document.querySelector('#message').hidden")
    olga.until("document.querySelectorAll('.person').length === 1")

    olga.press("Close the room")
    olga.answer("Close the room")
    mia.until("!document.querySelector('#message').hidden")
    olga.expected += ["status of 404"]
    olga.sees("There is no open room first-call")
    olga.view("Audit")
    for act in ("participant.kick", "participant.mute", "room.close"):
        olga.sees(act)


def test_a_recording_is_played_held_and_erased(call, operator):
    house, mia, sam = call
    recording = recorded(call)
    olga = operator().view("Recordings")
    olga.page.get_by_role("link", name=recording).click()
    olga.until("document.querySelector('.player audio')?.duration > 2")
    assert olga.eval("document.querySelectorAll('.lanes li').length") == 2
    assert olga.eval("document.querySelector('.wave.voice-0').getAttribute('d').length") > 50
    olga.press("Play")
    olga.until("document.querySelector('.player audio').currentTime > 0.4")
    olga.press("Pause")
    olga.until("document.querySelector('.player audio').paused")
    # By keyboard: the waves are a slider.
    olga.page.focus(".waves")
    olga.page.keyboard.press("End")
    olga.until("Number(document.querySelector('.waves').ariaValueNow) >= 2")
    olga.page.keyboard.press("Home")
    olga.until("document.querySelector('.waves').ariaValueNow === '0'")
    with olga.page.expect_download() as download:
        olga.press("Download mix.opus")
    content = download.value.path().read_bytes()
    assert content[:4] == b"OggS"
    olga.is_usable()

    olga.press("Put under hold")
    olga.page.fill("dialog input", "case 12")
    olga.answer("Put under hold")
    olga.sees("Legal hold: case 12")
    olga.expected += ["status of 409"]
    olga.press("Erase")
    olga.answer("Erase")
    olga.sees("case 12")
    assert http(house, "GET", f"/v1/recordings/{recording}")["hold"] == "case 12"
    olga.press("Release")
    olga.answer("Release")
    olga.until("!document.querySelector('#main').textContent.includes('Legal hold')")
    olga.press("Erase")
    olga.sees("Erase this recording?")
    olga.answer("Cancel")
    assert http(house, "GET", f"/v1/recordings/{recording}")["state"] == "ready"
    olga.press("Erase")
    olga.answer("Erase")
    olga.until("location.hash === '#recordings'")
    assert http(house, "GET", "/v1/recordings")["items"] == []

    # The same call as a session that explains itself.
    olga.view("Sessions")
    olga.page.locator("#main td a").first.click()
    olga.sees("Mia joined.")
    olga.until("document.querySelectorAll('.strip .stay').length === 2")
    olga.is_usable()


def test_keys_are_made_and_revoked(house, operator):
    olga = operator().view("Keys")
    olga.press("Create a key")
    olga.page.fill("dialog input", "billing")
    olga.answer("Create a key")
    olga.sees("The secret is shown this once")
    key, secret = olga.page.locator("dialog code").all_inner_texts()
    olga.is_usable()
    olga.answer("Done")
    token = tokens.mint("biller", role="observer", admin=True, key=key, secret=secret)
    assert wire.call(house.server, "GET", "/v1/rooms", token=token).status == 200
    other = operator(signed_in=False).inside(token)
    olga.press(f"Revoke {key}")
    olga.answer("Cancel")
    assert wire.call(house.server, "GET", "/v1/rooms", token=token).status == 200
    olga.press(f"Revoke {key}")
    olga.answer("Revoke")
    olga.sees("revoked")
    # Whoever watches by that key is out by itself.
    other.sees("This token is not valid")


def test_a_lost_server_is_said_and_found_again(house, operator):
    olga = operator()
    olga.expected += ["WebSocket connection", "ERR_"]
    house.cable.pull()
    olga.sees("Connection lost")
    house.cable.plug()
    olga.until("document.querySelector('#state').dataset.state === 'on'", patience=30)
