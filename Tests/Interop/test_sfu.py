"""Calls through the server's SFU, by Chromium and by Firefox: every one sends a tone and a colour of its own, and the
others must hear the one and see the other."""

import pytest
import tokens

ANA, BEN, CYD, DAN = ({"tone": 440, "hue": 0}, {"tone": 1000, "hue": 120}, {"tone": 1600, "hue": 240},
                      {"tone": 2300, "hue": 60})
SCREEN = 300


@pytest.fixture(params=["chromium", "firefox"])
def engine(request):
    return request.param


@pytest.fixture
def pair(guests, engine):
    ana = guests(engine, "ana", role="mentor", **ANA)
    ben = guests(engine, "ben", **BEN)
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)
    return ana, ben


def test_two_people_with_camera_and_microphone_meet_without_a_further_round_trip(guests, engine):
    ana = guests(engine, "ana", tone=440, fake=True)
    ben = guests(engine, "ben", **BEN)
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)
        assert one.lines() == 2
        assert one.eval("probe.connections.length") == 1


def test_four_people_see_and_hear_each_other(guests, engine):
    everybody = [guests(engine, name, **mark) for name, mark in
                 (("ana", ANA), ("ben", BEN), ("cyd", CYD), ("dan", DAN))]
    for one in everybody:
        for other in everybody:
            if other is not one:
                one.meets(other)


def test_a_screen_is_shown_in_mid_call_and_again_on_the_same_line(pair):
    ana, ben = pair
    for _ in range(2):
        ana.eval(f"probe.share({SCREEN}).then(() => true)")
        ben.sees(ana, SCREEN, "screen")
        assert (ana.lines(), ben.lines()) == (3, 3)
        ben.sees(ana)
        ana.eval("probe.room.publish('screen', null).then(() => true)")
        ben.until(f"!probe.room.participants.get('{ana.id}').sending.screen")
        ben.until(f"probe.room.participants.get('{ana.id}').screen.getTracks().length === 0")
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)


def test_two_screens_at_once_clash_without_harm(pair):
    ana, ben = pair
    for one, hue in ((ana, SCREEN), (ben, 60)):
        one.eval(f"void probe.share({hue})")
    ben.sees(ana, SCREEN, "screen")
    ana.sees(ben, 60, "screen")
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)


def test_a_muted_microphone_is_silent(pair):
    ana, ben = pair
    ben.hears(ana)
    ana.eval("probe.room.enable('microphone', false)")
    ben.hears_nothing_of(ana)
    ben.until(f"!probe.room.participants.get('{ana.id}').sending.microphone")
    ben.sees(ana)
    ana.eval("probe.room.enable('microphone', true)")
    ben.hears(ana)


def test_the_server_enforces_a_mentors_mute(pair):
    ana, ben = pair
    ana.hears(ben)
    track = ben.eval("probe.room.self.tracks.find(({ source }) => source === 'microphone').id")
    ana.eval(f"probe.room.muteOther('{ben.id}', '{track}').then(() => true)")
    ben.until("!probe.tracks.microphone.enabled")
    # A client that does not obey goes on sending; nobody hears it.
    ben.eval("probe.tracks.microphone.enabled = true")
    ana.hears_nothing_of(ben)
    ben.goes_on("packetsSent", 60)
    ana.hears_nothing_of(ben)


def test_a_camera_goes_off_and_on(pair):
    ana, ben = pair
    ana.eval("probe.room.publish('camera', null).then(() => true)")
    ben.until(f"!probe.room.participants.get('{ana.id}').sending.camera")
    ben.hears(ana)
    ana.eval("probe.room.publish('camera', probe.tracks.camera).then(() => true)")
    ben.sees(ana)
    assert (ana.lines(), ben.lines()) == (2, 2)


def test_who_leaves_and_comes_back_gets_the_same_lines(guests, engine, pair):
    ana, ben = pair
    for _ in range(2):
        cyd = guests(engine, "cyd", **CYD)
        for one, other in ((ana, cyd), (ben, cyd), (cyd, ana), (cyd, ben)):
            one.meets(other)
        assert (ana.lines(), ben.lines()) == (4, 4)
        cyd.leave()
        for one in (ana, ben):
            one.until("probe.room.participants.size === 1")
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)


def test_ice_is_restarted_when_the_network_changes(pair):
    ana, ben = pair
    for _ in range(2):
        before = ana.eval("probe.ufrag()")
        ana.eval("dispatchEvent(new Event('online'))")
        ana.until(f"probe.ufrag() !== {before!r} && probe.connection().signalingState === 'stable'")
        ana.until("probe.connection().connectionState === 'connected'")
        for one, other in ((ana, ben), (ben, ana)):
            one.meets(other)
    assert ana.eval("probe.connections.length") == 1
    assert ana.lines() == 2


def test_media_goes_on_while_the_websocket_is_gone(guests, engine, cable):
    ana = guests(engine, "ana", at=cable, **ANA)
    ana.expected += ["WebSocket", "ERR_", "can’t establish a connection", "was interrupted"]
    ben = guests(engine, "ben", **BEN)
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)
    cable.pull()
    ana.until("probe.room.state === 'reconnecting'")
    ben.until(f"probe.room.participants.get('{ana.id}').state === 'reconnecting'")
    for one in (ana, ben):
        for counter in ("framesDecoded", "packetsSent", "packetsReceived"):
            one.goes_on(counter)
    assert ana.eval("probe.room.state") == "reconnecting"
    ben.meets(ana)
    # What happens meanwhile is known afterwards.
    cyd = guests(engine, "cyd", **CYD)
    cyd.meets(ana)
    cable.plug()
    ana.eval("probe.room.reconnect()")  # without waiting for its turn to try
    ana.until("probe.room.state === 'connected'")
    for one, other in ((ana, ben), (ben, ana), (ana, cyd), (cyd, ana)):
        one.meets(other)
    assert ana.eval("probe.connections.length") == 1
    assert ana.eval("probe.room.self.id") == ana.id


def test_an_observer_sees_and_is_not_announced(guests, engine, pair):
    ana, ben = pair
    eye = guests(engine, "eye", role="observer", tone=None, hue=None)
    for one in pair:
        eye.meets(one)
    cyd = guests(engine, "cyd", **CYD)
    eye.meets(cyd)
    for one in (ana, ben, cyd):
        assert not one.knows("eye")
    assert eye.eval("probe.counters()")["packetsSent"] == 0


def test_a_track_that_is_not_wanted_is_not_sent(guests):
    ana = guests("chromium", "ana", **ANA)
    ben = guests("chromium", "ben", **BEN)
    ben.meets(ana)
    track = ben.eval(f"probe.room.participants.get('{ana.id}').tracks.find(({{ kind }}) => kind === 'video').id")
    ben.eval(f"probe.room.subscribe('{track}', 'off').then(() => true)")
    last = "(performance.now() - probe.lastFrame('ana') > 1000)"
    ben.until(last)
    ben.hears(ana)
    ben.eval(f"probe.room.subscribe('{track}', 'high').then(() => true)")
    ben.sees(ana)


def test_who_speaks_is_told(guests):
    ana = guests("chromium", "ana", **ANA)
    ben = guests("chromium", "ben", tone=None, hue=120)
    ben.hears(ana)
    speaks = f"speakers.some(({{ participant }}) => participant === '{ana.id}')"
    told = "probe.events.findLast(({ type }) => type === 'speakers')"
    ana.eval("probe.room.enable('microphone', false)")
    ben.until(f"(({{ speakers }}) => !({speaks}))({told} ?? {{ speakers: [] }})")
    ben.hears_nothing_of(ana)
    ana.eval("probe.room.enable('microphone', true)")
    ben.until(f"(({{ speakers }}) => {speaks})({told} ?? {{ speakers: [] }})")


def test_two_alone_in_an_auto_room_go_direct_and_come_back_for_a_third(guests, venue, room):
    import wire

    assert wire.call(venue.server, "POST", "/v1/rooms", {"id": room, "topology": "auto"},
                     token=tokens.admin()).status == 201
    ana = guests("chromium", "ana", **ANA)
    ben = guests("chromium", "ben", **BEN)
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)
    direct = "probe.connections.filter(({ signalingState }) => signalingState !== 'closed').length === 2"
    for one in (ana, ben):
        one.until(direct)
        # The server's path rests: nothing is sent to it any more.
        one.until("probe.resting('outbound-rtp')", 30)
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)
    for one in (ana, ben):
        one.eval("probe.longestGap = 0")
    cyd = guests("chromium", "cyd", **CYD)
    for one, other in ((ana, cyd), (ben, cyd), (cyd, ana), (cyd, ben), (ana, ben), (ben, ana)):
        one.meets(other)
    for one in (ana, ben):
        one.until("probe.connections.filter(({ signalingState }) => signalingState !== 'closed').length === 1")
        assert one.eval("probe.longestGap") < 2000
