"""Chat, raised hands, consent."""

import pytest
import tokens


def test_chat_reaches_all_others(people, room):
    ana, ben = people.pair(room)
    carl = people.join(room, "carl")
    text = tokens.private_text()
    assert ana.request("chat", text=text)["type"] == "ok"
    for one in (ben, carl):
        event = one.event("chat")
        assert (event["from"], event["text"]) == (ana.id, text)
        assert event["at"].endswith("Z") and "to" not in event


def test_a_private_word_reaches_one_alone(people, room):
    ana, ben = people.pair(room)
    carl = people.join(room, "carl")
    text = tokens.private_text()
    ana.request("chat", text=text, to=ben.id)
    event = ben.event("chat")
    assert (event["from"], event["text"], event["to"]) == (ana.id, text, ben.id)
    carl.quiet("chat")


@pytest.mark.parametrize("text", ["😀 zażółć gęślą jaźń \u202e", "line\nbreak\ttab", '"quotes" \\ <script>', "\u0000x"])
def test_text_arrives_as_it_was_sent(people, room, text):
    ana, ben = people.pair(room)
    ana.request("chat", text=text)
    assert ben.event("chat")["text"] == text


def test_chat_to_nobody_is_refused(people, room):
    ana, ben = people.pair(room)
    stranger = people.join(room + "2", "stranger")
    for target in ("p_nobody", stranger.id):
        assert ana.refusal("chat", text="hello", to=target) == "unknown_participant"
    stranger.quiet("chat")
    ben.quiet("chat")


def test_rooms_do_not_hear_each_other(people, room):
    ana, ben = people.pair(room)
    other = people.join(room + "2", "carl")
    ana.request("chat", text=tokens.private_text())
    ana.request("hand", raised=True)
    other.quiet("chat", "hand", "participant.updated")


def test_a_hand_goes_up_and_down(people, room):
    ana, ben = people.pair(room)
    ben.request("hand", raised=True)
    event = ana.event("hand")
    assert (event["participant"], event["raised"]) == (ben.id, True)
    late = people.join(room, "carl")
    assert {one["identity"]: one["handRaised"] for one in late.joined["participants"]} == {"ana": False, "ben": True}
    ben.request("hand", raised=False)
    assert ana.event("hand")["raised"] is False


def test_raising_a_raised_hand_tells_nobody_anew(people, room):
    ana, ben = people.pair(room)
    ben.request("hand", raised=True)
    ana.event("hand")
    ben.request("hand", raised=True)
    ana.quiet("hand")


def test_consent_is_told(people, room):
    ana, ben = people.pair(room)
    for recording in (True, False):
        assert ben.request("consent", recording=recording)["type"] == "ok"
        event = ana.event("consent")
        assert (event["participant"], event["recording"]) == (ben.id, recording)


def test_an_observer_says_nothing(people, room):
    ana = people.join(room, "ana", "mentor")
    watcher = people.join(room, "inspector", "observer")
    assert watcher.refusal("chat", text="I was here") == "forbidden"
    assert watcher.refusal("hand", raised=True) == "forbidden"
    ana.quiet("chat", "hand")


def test_an_observer_is_unknown_to_those_who_cannot_see_it(people, room):
    ana, ben = people.pair(room)
    watcher = people.join(room, "inspector", "observer")
    assert ben.refusal("chat", text="I know you are there", to=watcher.id) == "unknown_participant"
    watcher.quiet("chat")


def test_muting_a_track_that_is_not_there_is_refused(people, room):
    ana, ben = people.pair(room)
    assert ana.refusal("mute", track="t_nothing", muted=True) == "unknown_track"
    assert ana.refusal("moderate", action="mute", participant=ben.id, track="t_nothing") == "unknown_track"
    assert ana.refusal("moderate", action="mute", participant="p_no", track="t_no") == "unknown_participant"


def test_what_comes_from_one_comes_in_order(people, room):
    ana, ben = people.pair(room)
    texts = [tokens.private_text() for _ in range(50)]
    for number, text in enumerate(texts):
        ana.send({"type": "chat", "text": text, "id": number})
    assert [ben.event("chat")["text"] for _ in texts] == texts
