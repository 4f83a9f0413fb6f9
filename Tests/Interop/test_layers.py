"""A camera in three sizes: each receiver gets the one that it wants, sizes that nobody has rest, and nothing breaks when one
becomes another."""

import pytest

ANA, BEN, CYD = {"tone": 440, "hue": 0, "height": 540}, {"tone": 1000, "hue": 120}, {"tone": 1600, "hue": 240}

STATS = "probe.connections.at(-1).getStats().then((report) => [...report.values()])"
RECEIVED = STATS + """.then((all) => {
  const track = probe.room.participants.get(%r).stream.getVideoTracks()[0]?.id;
  const one = all.find((stat) => stat.type === 'inbound-rtp' && stat.trackIdentifier === track) ?? {};
  return { height: one.frameHeight ?? 0, frames: one.framesDecoded ?? 0, freezes: one.freezeCount ?? 0,
           lost: one.packetsLost ?? 0, nacks: one.nackCount ?? 0, keys: one.keyFramesDecoded ?? 0 };
})"""
SENT = STATS + """.then((all) => Object.fromEntries(all.filter((stat) => stat.type === 'outbound-rtp'
  && stat.kind === 'video').map((stat) => [stat.rid ?? 'only', { frames: stat.framesEncoded ?? 0,
  height: stat.frameHeight ?? 0, active: stat.active }])))"""


def received(one, other):
    return one.eval(RECEIVED % other.id)


def gets(one, other, height, patience=20):
    return one.until(f"{RECEIVED % other.id}.then((now) => now.height === {height} && now)", patience)


def wish(one, other, quality, **more):
    fields = ", ".join(f"{key}: {value}" for key, value in more.items())
    one.eval(f"""probe.room.subscribe(probe.room.participants.get('{other.id}').tracks
      .find(({{ source }}) => source === 'camera').id, '{quality}', {{ {fields} }}).then(() => true)""")


def all_sizes(one):
    """Browsers begin with the small ones. The height of the largest."""
    full = one.until(f"{SENT}.then((sent) => Object.keys(sent).length === 3 && sent.f.height)")
    assert full == 540
    return full


@pytest.fixture
def three(guests):
    ana = guests("chromium", "ana", role="mentor", **ANA)
    ben = guests("chromium", "ben", **BEN)
    cyd = guests("chromium", "cyd", **CYD)
    for one in (ben, cyd):
        one.meets(ana)
    return ana, ben, cyd


def test_each_gets_the_size_it_wishes(three):
    ana, ben, cyd = three
    whole = received(ben, ana)["height"]
    full = all_sizes(ana)
    assert whole
    gets(ben, ana, full)
    wish(ben, ana, "low")
    gets(ben, ana, full // 4)
    gets(cyd, ana, full)
    wish(ben, ana, "medium")
    gets(ben, ana, full // 2)
    ben.sees(ana)
    wish(ben, ana, "high")
    gets(ben, ana, full)
    now = received(ben, ana)
    assert now["lost"] == 0 and now["nacks"] == 0, "no hole in the numbers"
    for one in (ben, cyd):
        one.meets(ana)


def test_sizes_that_nobody_has_rest_and_come_back(three):
    ana, ben, cyd = three
    full = all_sizes(ana)
    for one in (ben, cyd):
        gets(one, ana, full)
        wish(one, ana, "low")
        gets(one, ana, full // 4)
    ana.until(f"{SENT}.then((sent) => !sent.f.active && !sent.h.active && sent.q.active)")
    before = ana.eval(SENT)["f"]["frames"]
    wish(cyd, ana, "high")
    gets(cyd, ana, full)
    assert ana.eval(SENT)["f"]["frames"] > before
    assert received(ben, ana)["height"] == full // 4
    cyd.meets(ana)


def test_firefox_sends_sizes_and_receives_them(guests):
    ana = guests("firefox", "ana", role="mentor", **ANA)
    ben = guests("chromium", "ben", **BEN)
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)
    full = all_sizes(ana)
    gets(ben, ana, full)
    wish(ben, ana, "low")
    gets(ben, ana, full // 4)
    wish(ana, ben, "low")
    ben.meets(ana)
    ana.meets(ben)


def test_fewer_pictures_a_second_where_fewer_are_wished(three):
    ana, ben, cyd = three
    wish(ben, ana, "high", maxFps=8)
    rate = STATS + """.then((all) => all.find((stat) => stat.type === 'inbound-rtp' && stat.trackIdentifier
      === probe.room.participants.get('%s').stream.getVideoTracks()[0]?.id)?.framesPerSecond ?? 0)""" % ana.id
    ben.until(f"{rate}.then((now) => now > 0 && now <= 10)")
    cyd.until(f"{rate}.then((now) => now >= 12)")
    wish(ben, ana, "high")
    ben.until(f"{rate}.then((now) => now >= 12)")
    assert received(ben, ana)["nacks"] == 0
