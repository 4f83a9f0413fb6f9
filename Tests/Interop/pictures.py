"""Takes the pictures of docs/pictures anew: `.venv/bin/python Tests/Interop/pictures.py`.

The people in front of the cameras are painted, since a test picture shows nobody. With a word such as `console` only
those whose names begin with it are taken anew.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Contract")]

import console_pictures  # noqa: E402
from conftest import FLAGS, House  # noqa: E402
from person import DESKTOP, PHONE, Person  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

PICTURES = HERE.parents[1] / "docs" / "pictures"

SITTER = """
(() => {
  const look = LOOK;
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
  const pen = canvas.getContext("2d");
  const disc = (x, y, rx, ry, fill) => {
    pen.fillStyle = fill;
    pen.beginPath();
    pen.ellipse(x, y, rx, ry, 0, 0, 7);
    pen.fill();
  };
  const box = (x, y, w, h, r, fill) => {
    pen.fillStyle = fill;
    pen.beginPath();
    pen.roundRect(x, y, w, h, r);
    pen.fill();
  };
  function paint() {
    const wall = pen.createLinearGradient(0, 0, 1280, 720);
    look.wall.forEach((colour, index) => wall.addColorStop(index, colour));
    pen.fillStyle = wall;
    pen.fillRect(0, 0, 1280, 720);
    box(90, 120, 250, 18, 6, look.shelf);
    look.books.forEach((colour, index) => box(110 + index * 34, 120 - 84 - (index % 3) * 12, 26, 84 + (index % 3) * 12, 4, colour));
    box(960, 90, 220, 160, 10, look.frame);
    box(976, 106, 188, 128, 4, look.print);
    const sway = Math.sin(performance.now() / 900) * 4;
    pen.save();
    pen.translate(sway, 0);
    if (look.long) box(486, 210, 308, 420, 150, look.hair);
    box(400, 560, 480, 300, 170, look.shirt);
    box(592, 470, 96, 140, 44, look.shade);
    disc(640, 370, 122, 150, look.skin);
    pen.save();
    pen.beginPath();
    pen.rect(480, 180, 320, look.long ? 150 : 130);
    pen.clip();
    disc(640, 350, 136, 150, look.hair);
    pen.restore();
    disc(594, 378, 11, 13, "#2b211c");
    disc(686, 378, 11, 13, "#2b211c");
    pen.strokeStyle = "#7c3f35";
    pen.lineWidth = 7;
    pen.lineCap = "round";
    pen.beginPath();
    pen.arc(640, 424, 40, 0.35, Math.PI - 0.35);
    pen.stroke();
    pen.restore();
  }
  setInterval(paint, 40);
  paint();
  const devices = navigator.mediaDevices;
  const real = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await real(wanted);
    for (const track of stream.getVideoTracks()) {
      stream.removeTrack(track);
      track.stop();
    }
    if (wanted.video) stream.addTrack(canvas.captureStream(25).getVideoTracks()[0]);
    return stream;
  };
  const list = devices.enumerateDevices.bind(devices);
  devices.enumerateDevices = async () => (await list()).filter(({ deviceId }) => deviceId !== "default").slice(0, 3)
    .map(({ kind, deviceId }) => ({ kind, deviceId, label: kind === "videoinput" ? "Built-in camera" : "Built-in microphone" }));
})();
"""
MIA = SITTER.replace("LOOK", """{ wall: ["#e8d9c5", "#cdb89b"], shelf: "#8a6a4a", frame: "#fff8ec", print: "#7fa99b",
  books: ["#b5533c", "#2f6f73", "#d9a441", "#5b4b8a", "#2f6f73"], skin: "#e0ac86", shade: "#c9926c", hair: "#4a2f23",
  shirt: "#2f6f73", long: true }""")
SAM = SITTER.replace("LOOK", """{ wall: ["#c9dbe6", "#9fbccd"], shelf: "#4d6372", frame: "#f7fbff", print: "#e0a458",
  books: ["#24445c", "#d96c4f", "#24445c", "#e9c46a", "#6d8ea0"], skin: "#8d5a3c", shade: "#75472d", hair: "#1d1512",
  shirt: "#d96c4f", long: false }""")


KEPT = {"lobby-desktop-light", "call-desktop-light", "call-desktop-dark", "lobby-phone-dark", "chat-phone-dark",
        "call-phone-light", "consent-desktop-light", "consent-phone-dark", "recording-desktop-light",
        "recording-phone-dark", "screen-desktop-dark"}


def shot(one, name):
    if name not in KEPT:
        return
    one.until("document.getAnimations().length === 0 && document.querySelector('#banner').hidden")
    # Sharp only once the bandwidth has been found out.
    one.until("(document.querySelector('.tile:not(.me) video')?.videoWidth ?? 1280) >= 1280", patience=30)
    one.until("document.querySelector('#lobby').hidden || +document.querySelector('#level').ariaValueNow > 40")
    one.page.screenshot(path=PICTURES / f"{name}.png")


def meet(browser, house, size, scheme):
    mia = Person(browser, house.link("Mentor"), size, scheme, MIA).ready()
    sam = Person(browser, house.link("Student"), size, scheme, SAM).ready()
    return mia, sam


TALK = """import("/call/common.js").then(({ call: { room } }) => room.emit("talk", { type: "talk", participants: [
  { participant: room.self.id, share: 0.4 }, { participant: [...room.participants.keys()][0], share: 0.6 }] }))"""


def lesson(mia, sam, place, scheme):
    """Consent, the red mark, the talk meter, and a shown screen."""
    mia.click("Record")
    sam.sees("May your voice be recorded?")
    shot(sam, f"consent-{place}-{scheme}")
    for one in (mia, sam):
        one.page.click("#consent-yes")
    mia.until("document.querySelector('#recording-mark').dataset.state === 'recording'")
    mia.eval(TALK)
    shot(mia, f"recording-{place}-{scheme}")
    if place == "desktop":
        sam.click("Share the screen")
        mia.until("document.querySelector('.tile.screen video')?.videoWidth > 0")
        shot(mia, f"screen-{place}-{scheme}")
    # The room is the next round's as well: who comes into a recording is asked.
    mia.click("Record")
    mia.until("document.querySelector('#recording-mark').hidden")


def calls(browser):
    house = House()
    for size, place in ((DESKTOP, "desktop"), (PHONE, "phone")):
        for scheme in ("light", "dark"):
            mia, sam = meet(browser, house, size, scheme)
            shot(mia, f"lobby-{place}-{scheme}")
            mia.join()
            sam.join()
            mia.sees_the_other()
            mia.say("Good morning, Sam! Shall we look at question 4?")
            sam.say("Yes please. I got stuck at the second step.")
            mia.say("No problem, let us do it together.")
            mia.until("document.querySelectorAll('#messages li').length === 3")
            if place == "phone":
                shot(mia, f"chat-{place}-{scheme}")
                mia.page.keyboard.press("Escape")
                sam.page.keyboard.press("Escape")
            sam.click("Raise hand")
            mia.until("document.querySelector('.mark.hand')")
            shot(mia, f"call-{place}-{scheme}")
            lesson(mia, sam, place, scheme)
            mia.close()
            sam.close()
    house.cable.close()
    house.server.stop()


def main():
    PICTURES.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    for old in PICTURES.glob(f"{wanted}*.png"):
        old.unlink()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=FLAGS)
        if not wanted:
            calls(browser)
        if "console".startswith(wanted):
            console_pictures.take(browser, PICTURES, MIA, SAM)
        browser.close()


if __name__ == "__main__":
    main()
