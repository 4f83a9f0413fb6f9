"""Pictures of the operator's console: a lesson with two who take turns to speak, and some rooms around it."""

import contextlib
import time

import tokens
import wire
from house import House
from operator_desk import Operator
from person import DESKTOP, PHONE, Person

#: Instead of the device's steady tone: somebody who speaks from one moment of each seven seconds to another, in syllables.
VOICE = """
(() => {
  const [from, until, hz] = TURN;
  const devices = navigator.mediaDevices;
  const real = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await real(wanted);
    if (!wanted.audio) return stream;
    for (const track of stream.getAudioTracks()) {
      stream.removeTrack(track);
      track.stop();
    }
    const context = new AudioContext();
    const gain = new GainNode(context, { gain: 0 });
    const out = context.createMediaStreamDestination();
    const tone = new OscillatorNode(context, { frequency: hz, type: "triangle" });
    tone.connect(gain).connect(out);
    tone.start();
    setInterval(() => {
      const now = Date.now() % 7000;
      const talks = now >= from && now < until && Math.sin(now / 70) > -0.7;
      gain.gain.setTargetAtTime(talks ? 0.15 + 0.5 * Math.abs(Math.sin(now / 330) * Math.cos(now / 130)) : 0, context.currentTime, 0.02);
    }, 30);
    stream.addTrack(out.stream.getAudioTracks()[0]);
    return stream;
  };
})();
"""
TURNS = {"mia": "[0, 3600, 220]", "sam": "[3900, 6600, 150]"}


def shot(olga, folder, name):
    olga.until("document.getAnimations().length === 0 && document.querySelector('#notice').hidden")
    olga.page.screenshot(path=folder / f"console-{name}.png")


def around(house, group):
    """Others who are in rooms, without media."""
    for room, people in (("geometry-3", (("ines", "mentor"), ("tom", "student"))), ("spanish-b1", (("luz", "mentor"),))):
        for identity, role in people:
            client = group.enter_context(contextlib.closing(wire.Client(house.server)))
            client.join(tokens.mint(identity, room, role, name=identity.title()))


def record(mia, sam, seconds):
    mia.click("Record")
    for one in (mia, sam):
        one.page.click("#consent-yes")
    mia.until("document.querySelector('#recording-mark').dataset.state === 'recording'")
    time.sleep(seconds)
    mia.click("Record")


def take(browser, folder, mia_look, sam_look):
    house = House()
    with contextlib.ExitStack() as group:
        group.callback(house.server.stop)
        group.callback(house.cable.close)
        around(house, group)
        mia, sam = (group.enter_context(contextlib.closing(Person(browser, house.link(role), before=look + VOICE.replace("TURN", TURNS[one]))))
                    for one, role, look in (("mia", "Mentor", mia_look), ("sam", "Student", sam_look)))
        views = [(group.enter_context(contextlib.closing(Operator(browser, house.cable.url + "/console", size=size, scheme=scheme))), name)
                 for size, scheme, name in ((DESKTOP, "light", "desktop-light"), (PHONE, "dark", "phone-dark"))]
        shot(views[0][0], folder, "sign-in-desktop-light")
        for one in (mia, sam):
            one.ready().join()
        for olga, _ in views:
            olga.inside()
        record(mia, sam, 24)
        for olga, name in views:
            olga.until("document.querySelectorAll('.room').length === 3")
            shot(olga, folder, f"rooms-{name}")
            olga.at("#rooms/first-call").until("document.querySelectorAll('.person').length === 2")
            shot(olga, folder, f"room-{name}")
            olga.page.locator(".person[aria-label='Sam']").get_by_role("button", name="Remove", exact=True).click()
            shot(olga, folder, f"question-{name}")
            olga.answer("Cancel")
            olga.view("Workers").until("document.querySelectorAll('#main .card').length > 0")
            shot(olga, folder, f"workers-{name}")
            olga.view("Recordings").page.locator("#main td a").first.click()
            olga.until("document.querySelector('.player audio')?.duration > 2")
            olga.page.locator(".turns button").nth(2).click()
            shot(olga, folder, f"recording-{name}")
        mia.page.click("#leave-button")
        sam.page.click("#leave-button")
        for olga, name in views:
            olga.view("Sessions").page.get_by_role("row").filter(has_text="first-call").get_by_role("link").first.click()
            olga.until("document.querySelectorAll('.strip .stay').length >= 2")
            shot(olga, folder, f"session-{name}")
            olga.view("Try it").press("Mint tokens")
            olga.sees("Open as mentor")
            shot(olga, folder, f"try-{name}")
