"""Real clients against the real server: people on the call page of `tandem serve --dev`, guests who use the browser
SDK with a tone and a colour of their own, and peers that are no browsers at all.

Chromium and Firefox are the system's (Debian's `chromium` and `firefox-esr`); Chromium's camera shows a test picture
and its microphone plays a tone. Nothing is downloaded. One browser process of each kind serves all tests.
"""

import math
import pathlib
import struct
import sys
import uuid
import wave

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Contract"))

import browsers  # noqa: E402
import tokens  # noqa: E402
import wire  # noqa: E402
from cable import Cable  # noqa: E402
from guest import Guest  # noqa: E402
from house import House  # noqa: E402
from interface import Interface  # noqa: E402
from peers import Peer  # noqa: E402
from person import Person  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from venue import Venue  # noqa: E402

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


@pytest.fixture
def direct_call(house, person):
    """Mia and Sam in a room whose media goes from one to the other."""
    made = wire.call(house.server, "POST", "/v1/rooms", {"id": "face-to-face", "topology": "p2p"}, token=tokens.admin())
    assert made.status == 201
    mia, sam = (person(house.link_for(tokens.mint(name.lower(), "face-to-face", role, name=name))).ready().join()
                for name, role in (("Mia", "mentor"), ("Sam", "student")))
    for one in (mia, sam):
        one.sees_the_other()
    return house, mia, sam


@pytest.fixture(params=["call", "direct_call"], ids=["sfu", "p2p"])
def either_call(request):
    """The same by both ways that media can go."""
    return request.getfixturevalue(request.param)


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes its time; `make test-long` runs these")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Fixtures ask `request.node.failed` whether it is worth saying what they know."""
    outcome = yield
    item.failed = getattr(item, "failed", False) or outcome.get_result().failed


@pytest.fixture(scope="session")
def interface():
    made = Interface()
    yield made
    made.close()


@pytest.fixture(scope="session")
def firefox(interface):
    browser = browsers.Firefox()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def venue(interface):
    """Its media is at one of the machine's addresses: Firefox and libnice connect to no loopback address."""
    made = Venue({"media": {"address": interface.address}})
    yield made
    made.server.stop()


@pytest.fixture
def room():
    return f"room-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def cable(venue):
    """The venue behind a cable that can be pulled, for `guests(…, at=cable)`."""
    made = Cable(venue.server.port)
    made.server = venue.server
    yield made
    made.close()


@pytest.fixture
def guests(request, venue, room):
    """`guests("chromium", "ana", tone=440, hue=0)`: somebody who has joined. `at` is another server or a cable, `into`
    another room. Whoever is no browser is called by the program: `guests("aiortc", …)`. At the end all must be well;
    after a failure all tell what they know."""
    present, servers = [], {venue.server}

    def come(kind, identity, at=venue, into=room, **options):
        servers.add(at.server)
        if kind in ("aiortc", "gstreamer"):
            request.getfixturevalue("interface")
            present.append(Peer(kind, at, into, identity, **options))
        else:
            engine = request.getfixturevalue(kind)
            browser = engine if kind == "firefox" else browsers.Chromium(engine)
            present.append(Guest(browser, at.url, into, identity, **options))
        return present[-1].join()

    yield come
    failed = getattr(request.node, "failed", False)
    try:
        for one in present:
            if failed:
                print(told(one))
            else:
                one.is_well()
        for server in servers if failed else ():
            print("=== the server's log\n" + server.log.read_text(errors="replace")[-8000:])
    finally:
        for one in present:
            one.close()


def told(one):
    try:
        return one.diagnosis()
    except Exception as problem:
        return f"=== {one.identity}: no diagnosis: {problem!r}"
