"""The form of messages: ids, unknown fields and types, what is not JSON, what is too large or too much."""

import json

import pytest
import tokens
from websockets.exceptions import ConnectionClosed


@pytest.mark.parametrize("request_id", ["a", "", "x" * 64, "ключ", 0, 1, -7, 2**53])
def test_a_reply_carries_the_id_of_its_request(people, request_id):
    client = people.connect()
    client.send({"type": "ping", "id": request_id})
    assert client.reply(request_id)["type"] == "pong"
    client.send({"type": "nonsense", "id": request_id})
    answer = client.receive()
    assert (answer["type"], answer["id"]) == ("error", request_id)
    assert type(answer["id"]) is type(request_id)


def test_a_request_without_an_id_is_answered_without_one(people):
    client = people.connect()
    client.send({"type": "nonsense"})
    answer = client.receive()
    assert answer["code"] == "unsupported_type" and "id" not in answer


@pytest.mark.parametrize("request_id", [1.5, True, [1], {"a": 1}, "x" * 1000], ids=lambda v: str(v)[:20])
def test_an_id_that_is_neither_text_nor_whole_number_is_refused(people, request_id):
    client = people.connect()
    client.send({"type": "ping", "id": request_id})
    answer = client.receive()
    assert answer["code"] == "invalid_message"


def test_a_ping_tells_the_time(people):
    pong = people.connect().request("ping")
    assert isinstance(pong["time"], int) and pong["time"] > 1_700_000_000_000


def test_unknown_fields_are_ignored(people, room):
    ana = people.join(room, fields={"colour": "red", "nested": {"deep": [1, 2]}})
    assert ana.request("hand", raised=True, why="because")["type"] == "ok"


@pytest.mark.parametrize("kind", ["nonsense", "joined", "participant.joined", "Join", "join "])
def test_an_unknown_type_is_refused_and_nothing_else_happens(people, room, kind):
    ana = people.join(room)
    assert ana.refusal(kind) == "unsupported_type"
    ana.quiet()


@pytest.mark.parametrize("text", [
    "", "   ", "{", "[]", "null", "5", '"text"', "{}", '{"type":5}', '{"type":"ping"', '{"type":"ping",}',
    "{'type':'ping'}", '{"type":"ping"}{"type":"ping"}', '{"type":"ping","id":1e999}', '{"a":' * 500 + "1" + "}" * 500,
    '{"type":"pi\\ud800ng"}', '{"type":"ping","x":"\x01"}', '{"type":"ping","x":01}', '{"type":"ping","x":NaN}',
], ids=lambda text: repr(text[:24]))
def test_what_is_not_a_message_is_refused(people, text):
    client = people.connect()
    client.send(text)
    assert client.receive()["code"] in {"invalid_message", "unsupported_type"}
    assert client.request("ping")["type"] == "pong"


def test_bad_json_three_times_closes_the_connection(people, room):
    ana, ben = people.pair(room)
    for _ in range(3):
        ben.send("{nonsense")
    assert ben.closed() == 4400
    ana.quiet("chat")


def test_binary_three_times_closes_the_connection(people):
    client = people.connect()
    for _ in range(3):
        client.send(b"\x00\x01\x02")
    assert client.closed() == 4400


def test_invalid_utf8_closes_the_connection(people):
    client = people.connect()
    client.socket.socket.sendall(b"\x81\x82\x00\x00\x00\x00\xff\xfe")
    assert client.closed() in {1007, 1002}


def test_a_frame_at_the_limit_is_read_and_one_over_it_closes(people, room):
    ana, ben = people.pair(room)
    frame = json.dumps({"type": "ping", "id": 1, "x": ""})
    ana.send(frame[:-2] + "x" * (256 * 1024 - len(frame)) + frame[-2:])
    assert ana.reply(1)["type"] == "pong"
    try:
        ben.send(frame[:-2] + "x" * (256 * 1024 - len(frame) + 1) + frame[-2:])
    except ConnectionClosed:
        pass
    assert ben.closed() == 1009
    ana.quiet("chat")


def test_a_message_in_many_fragments_is_one_message(people):
    client = people.connect()
    client.socket.send(iter(['{"type":', '"ping",', '"id":', "7}"]))
    assert client.reply(7)["type"] == "pong"


def test_fragments_over_the_limit_close_too(people):
    client = people.connect()
    try:
        client.socket.send("x" * 1000 for _ in range(300))
    except ConnectionClosed:
        pass
    assert client.closed() == 1009


def test_control_frames_are_answered(people):
    client = people.connect()
    client.socket.ping("are you there").wait(5)
    assert client.request("ping")["type"] == "pong"


def test_a_flood_is_slowed_then_cut_and_nobody_else_notices(people, strict_server, room):
    ana, ben = people.pair(room, server=strict_server)
    try:
        for number in range(400):
            ben.send({"type": "ping", "id": number})
    except ConnectionClosed:
        pass
    assert ben.closed() == 4429
    answers = [event.get("code", event["type"]) for event in ben.events]
    assert "pong" in answers and "rate_limited" in answers
    assert ana.request("ping")["type"] == "pong"


@pytest.mark.parametrize("kind, fields", [
    ("chat", {}), ("chat", {"text": 5}), ("chat", {"text": ""}), ("chat", {"text": "x" * 100_000}),
    ("chat", {"text": "x", "to": 5}), ("hand", {}), ("hand", {"raised": "yes"}), ("consent", {}),
    ("consent", {"recording": 1}), ("moderate", {}), ("moderate", {"action": "explode"}), ("moderate", {"action": 3}),
    ("moderate", {"action": "kick"}), ("moderate", {"action": "admit"}), ("moderate", {"action": "mute"}),
    ("offer", {"to": "p_x"}), ("offer", {"to": "p_x", "sdp": 5}), ("offer", {"to": 5, "sdp": "v=0"}),
    ("answer", {"to": "p_x"}), ("candidate", {"to": "p_x", "candidate": "x" * 10_000}), ("mute", {}), ("mute", {"track": "t"}),
    ("mute", {"track": 5, "muted": True}), ("mute", {"track": "t", "muted": "no"}),
], ids=lambda value: str(value)[:40])
def test_malformed_requests_say_which_field(people, room, kind, fields):
    ana, ben = people.pair(room)
    ana.send({"type": kind, "id": 1, **fields})
    answer = ana.receive()
    while "seq" in answer:
        answer = ana.receive()
    assert (answer["type"], answer["code"], answer["id"]) == ("error", "invalid_message", 1), answer
    assert len(answer["message"]) > 5
    ben.quiet("chat", "hand", "consent", "offer", "answer", "candidate")


def test_every_event_is_numbered_without_a_gap(people, room):
    ana, ben = people.pair(room)
    for number in range(5):
        ana.request("hand", raised=number % 2 == 0)
        ana.request("chat", text=tokens.private_text())
    ben.quiet()
    numbers = [event["seq"] for event in ben.seen]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) >= 10


def test_replies_carry_no_number(people, room):
    ana = people.join(room)
    for reply in (ana.joined, ana.request("ping"), ana.request("hand", raised=True)):
        assert "seq" not in reply
