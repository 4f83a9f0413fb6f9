"""Calls on the networks that people have: a narrow way down, loss, a cut, another address in mid-call. Real browsers, through a
line that is not as it should be."""

import time

import pytest
from cable import Cable
from line import Line
from test_explain import of
from test_layers import RECEIVED, STATS, all_sizes, gets, received
from test_load import media_port
from venue import Venue

ANA, BEN = {"tone": 440, "hue": 0, "height": 540, "fps": 20, "grains": 400}, {"tone": 1000, "hue": 120}
HEARD = STATS + """.then((all) => {
  const one = all.find((stat) => stat.type === 'inbound-rtp' && stat.kind === 'audio') ?? {};
  return { concealed: one.concealedSamples ?? 0, silent: one.silentConcealedSamples ?? 0, samples: one.totalSamplesReceived ?? 0,
           lost: one.packetsLost ?? 0, received: one.packetsReceived ?? 0 };
})"""


@pytest.fixture(scope="module")
def lone(interface):
    """A server with one port for media, which a line can lead to."""
    made = Venue({"media": {"address": interface.address, "workers": 1}})
    made.address = (interface.address, media_port(made.server))
    yield made
    made.server.stop()


@pytest.fixture
def line(lone):
    made = Line(lone.address)
    yield made
    made.close()


@pytest.fixture
def pair(guests, lone, line, room):
    """Ben's media goes through the line."""
    ana = guests("chromium", "ana", at=lone, role="mentor", **ANA)
    ben = guests("chromium", "ben", at=lone, detour=line.detour, **BEN)
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)
    ben.session = of(lone.server, f"/v1/rooms/{room}").json["session"]
    assert line.counts["down"] > 0 and line.counts["up"] > 0
    return ana, ben


def within(seconds, guest, condition):
    """How long it took."""
    began = time.monotonic()
    guest.until(condition, seconds)
    return time.monotonic() - began


def delivered(guest, state):
    return f"probe.events.findLast(({{ type }}) => type === 'delivery')?.state === '{state}'"


@pytest.mark.long
def test_a_narrow_way_down_gets_a_smaller_picture_and_the_large_one_comes_back(pair, line):
    ana, ben = pair
    full = all_sizes(ana)
    gets(ben, ana, full, 15)
    before = ben.eval(HEARD)
    line.set("down", rate=500_000, queue=0.3)
    down = within(12, ben, f"{RECEIVED % ana.id}.then((now) => now.height > 0 && now.height < {full})")
    time.sleep(4)
    ben.hears(ana)
    ben.sees(ana)
    after = ben.eval(HEARD)
    lost = after["lost"] - before["lost"]
    assert ben.eval(delivered(ben, "reduced"))
    line.set()
    up = within(20, ben, f"{RECEIVED % ana.id}.then((now) => now.height === {full})")
    print(f"\nsmaller after {down:.1f} s, {lost} of {after['received'] - before['received']} audio packets lost, "
          f"large again after {up:.1f} s")
    assert lost <= 25
    ben.until(delivered(ben, "full"))


@pytest.mark.long
def test_loss_and_a_long_way(pair, line):
    ana, ben = pair
    line.set(loss=0.05, delay=0.05)
    time.sleep(2)
    before, seen = ben.eval(HEARD), received(ben, ana)
    time.sleep(12)
    after, now = ben.eval(HEARD), received(ben, ana)
    concealed = (after["concealed"] - before["concealed"]) / max(1, after["samples"] - before["samples"])
    print(f"\nconcealed {concealed:.2%}, {now['freezes'] - seen['freezes']} freezes, "
          f"{now['frames'] - seen['frames']} pictures in 12 s")
    assert concealed < 0.02
    assert now["frames"] - seen["frames"] > 12 * 10
    line.set()
    ben.meets(ana)


def test_a_cut_of_two_seconds_needs_no_new_join(pair, line):
    ana, ben = pair
    ben.goes_on("framesDecoded", 5)
    line.set(loss=1)
    time.sleep(2)
    line.set()
    frames = received(ben, ana)["frames"]
    took = within(5, ben, f"{RECEIVED % ana.id}.then((now) => now.frames > {frames} + 3)")
    print(f"\npictures again {took:.2f} s after the cut")
    ben.meets(ana)
    ana.meets(ben)
    assert ben.eval("probe.connections.length") == 1


def test_another_address_in_mid_call_is_no_new_call(pair, line):
    ana, ben = pair
    for _ in range(2):
        line.move()
        took = ben.goes_on("framesDecoded", 3, 10)
        print(f"\ngoes on {took:.2f} s after the move")
    ben.meets(ana)
    ana.meets(ben)
    assert ben.eval("probe.connections.length") == 1


def over_tcp(port=None):
    """Only the server's TCP candidates are told, if asked for at another port."""
    place = f".replace(/ (\\S+) \\d+ typ host tcptype passive/gm, ' 127.0.0.1 {port} typ host tcptype passive')" if port else ""
    return f"""(() => {{
      const plain = RTCPeerConnection.prototype.setRemoteDescription;
      RTCPeerConnection.prototype.setRemoteDescription = function (description) {{
        const sdp = description.sdp.replace(/^a=candidate:\\S+ 1 udp .*\\r\\n/gmi, ''){place};
        return plain.call(this, {{ type: description.type, sdp }});
      }};
    }})()"""


PATH = STATS + """.then((all) => {
  const pair = all.find((stat) => stat.type === 'candidate-pair' && stat.nominated && stat.state === 'succeeded');
  return all.find((stat) => stat.id === pair?.localCandidateId)?.protocol;
})"""


@pytest.fixture
def media_cable(lone):
    """Between browsers and the TCP port for media."""
    made = Cable(lone.address[1], lone.address[0])
    yield made
    made.close()


def test_a_call_without_udp(guests, lone):
    ana = guests("chromium", "ana", at=lone, role="mentor", tone=440, hue=0)
    ben = guests("chromium", "ben", at=lone, detour=over_tcp(), **BEN)
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)
    assert ben.eval(PATH) == "tcp" and ana.eval(PATH) == "udp"
    cyd = guests("chromium", "cyd", at=lone, detour=over_tcp(), tone=1600, hue=240)
    for one, other in ((ana, cyd), (ben, cyd), (cyd, ana), (cyd, ben)):
        one.meets(other)


def test_a_connection_for_media_that_breaks_is_made_anew(guests, lone, media_cable):
    ana = guests("chromium", "ana", at=lone, role="mentor", tone=440, hue=0)
    ben = guests("chromium", "ben", at=lone, detour=over_tcp(int(media_cable.url.rsplit(":", 1)[1])), **BEN)
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)
    media_cable.pull()
    time.sleep(1)
    media_cable.plug()
    began = time.monotonic()
    ben.meets(ana)
    ana.meets(ben)
    print(f"\nheard and seen again {time.monotonic() - began:.1f} s after")
    assert ben.eval("probe.connections.length") == 1
