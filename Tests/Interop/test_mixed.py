"""Calls through the server's SFU between programs that share no code: browsers with each other, with aiortc and with
GStreamer, and over the other implementation of SRTP."""

import interface
import pytest
from venue import Venue

ANA, BEN, CYD = {"tone": 440, "hue": 0}, {"tone": 1000, "hue": 120}, {"tone": 1600, "hue": 240}


def meet(*people):
    for one in people:
        for other in people:
            if other is not one:
                one.meets(other)


def test_chromium_and_firefox_meet(guests):
    meet(guests("chromium", "ana", **ANA), guests("firefox", "ben", **BEN))


def test_chromium_and_aiortc_meet(guests):
    meet(guests("chromium", "ana", **ANA), guests("aiortc", "ben", **BEN))


def test_aiortc_gets_what_comes_later_by_an_offer_of_the_server(guests):
    ana = guests("aiortc", "ana", **ANA)
    ben = guests("aiortc", "ben", **BEN)
    meet(ana, ben)
    meet(ana, ben, guests("aiortc", "cyd", **CYD))
    assert (ana.lines(), ben.lines()) == (4, 4)


def test_aiortc_publishes_only_and_subscribes_only(guests):
    ana = guests("aiortc", "ana", **ANA)
    ben = guests("aiortc", "ben", tone=None, hue=None, role="observer")
    ben.meets(ana)


def test_firefox_and_aiortc_meet(guests):
    meet(guests("firefox", "ana", **ANA), guests("aiortc", "ben", **BEN))


def test_gstreamer_meets_chromium_which_is_there_already(guests):
    # GStreamer 1.22 can't change an m-line's direction later ("transceiver direction changes are not implemented"), so
    # it comes second: the answer to its offer carries the other's tracks at once.
    ben = guests("chromium", "ben", **BEN)
    meet(guests("gstreamer", "ana", **ANA), ben)


@pytest.fixture
def other_srtp(monkeypatch, interface):
    monkeypatch.setenv("TANDEM_MEDIA_SRTP", "libsrtp2")
    made = Venue({"media": {"address": interface.address}})
    yield made
    made.server.stop()


def test_a_call_over_libsrtp2(other_srtp, guests):
    meet(guests("chromium", "ana", at=other_srtp, **ANA), guests("aiortc", "ben", at=other_srtp, **BEN))


@pytest.fixture
def over_ipv6():
    """A server whose media has an IPv6 address and no other."""
    address = interface.address(family=6)
    if address is None:
        pytest.skip("this machine has no IPv6 address")
    made = Venue({"media": {"address": address}})
    yield made
    made.server.stop()


def test_a_call_over_ipv6(over_ipv6, guests):
    meet(guests("chromium", "ana", at=over_ipv6, **ANA), guests("aiortc", "ben", at=over_ipv6, **BEN))


@pytest.fixture(params=["H264", "VP9", "AV1"])
def one_codec(request, interface):
    """A server that takes one format for pictures."""
    made = Venue({"media": {"address": interface.address, "videoCodecs": [request.param]}})
    yield made, request.param
    made.server.stop()


def test_pictures_of_every_codec_come_through(one_codec, guests):
    venue, codec = one_codec
    ana = guests("chromium", "ana", at=venue, **ANA)
    ben = guests("chromium", "ben", at=venue, **BEN)
    meet(ana, ben)
    assert {track["codec"] for track in ana.eval("probe.room.self.tracks") if track["kind"] == "video"} == {codec}
