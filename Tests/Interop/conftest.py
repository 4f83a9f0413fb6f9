"""Real browsers against the real server: two people on the call page of `tandem serve --dev`.

Chromium is the system's (Debian's `chromium`), driven by Playwright; its camera shows a test picture and its
microphone plays a tone. Nothing is downloaded.
"""

import math
import pathlib
import re
import struct
import sys
import time
import wave

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Contract"))

from cable import Cable  # noqa: E402
from person import Person  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from server import Server  # noqa: E402

TONE_HZ = 440
FLAGS = [
    "--no-sandbox",  # tests may run as root
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--disable-gpu",
    # Playwright passes this flag too, and the last one counts: what matters of its list is repeated.
    "--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,MediaRouter,OptimizationHints,PaintHolding",
]


@pytest.fixture(scope="session")
def tone(tmp_path_factory):
    path = tmp_path_factory.mktemp("tone") / "tone.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 48000, 0, "NONE", ""))
        out.writeframes(b"".join(struct.pack("<h", int(16000 * math.sin(2 * math.pi * TONE_HZ * n / 48000)))
                                 for n in range(480_000)))
    return path


@pytest.fixture(scope="session")
def chromium(tone):
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", headless=True,
                                         args=[*FLAGS, f"--use-file-for-fake-audio-capture={tone}"])
        yield browser
        browser.close()


class House:
    """A server behind a cable, and the links that it prints."""

    def __init__(self):
        self.server = Server().start()
        self.cable = Cable(self.server.port)

    def link(self, role):
        until = time.monotonic() + 5
        while not (found := re.search(rf"{role}:\s+\S+#token=(\S+)\s", self.server.log.read_text())):
            assert time.monotonic() < until, "the server printed no link"
            time.sleep(0.02)
        return self.link_for(found[1])

    def link_for(self, token):
        return f"{self.cable.url}/#token={token}"


@pytest.fixture
def house():
    made = House()
    yield made
    made.cable.close()
    made.server.stop()


@pytest.fixture
def person(chromium):
    """`person(link, size=…, scheme=…)`: somebody new. At the end nobody may have met an error."""
    present = []

    def come(link=None, **options):
        present.append(Person(chromium, link, **options))
        return present[-1]

    yield come
    for one in present:
        if not one.page.is_closed():
            one.is_well()
        one.close()


@pytest.fixture
def call(house, person):
    """Mia and Sam, by the links that the server prints, in a call."""
    mia = person(house.link("Mentor")).ready().join()
    sam = person(house.link("Student")).ready().join()
    for one in (mia, sam):
        one.sees_the_other()
    return house, mia, sam
