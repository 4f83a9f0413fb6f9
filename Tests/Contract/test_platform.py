"""What a platform asks: tokens, API keys, booked sessions, the record of events, the audit log."""

import concurrent.futures
import time
import uuid

import pytest
import tokens
import wire
from record import await_events, every_event
from wire import quoted


def booking(**fields):
    return {"mentor": {"identity": "ana", "name": "Ana"}, "student": {"identity": "ben", "name": "Ben"}, **fields}


def test_a_minted_token_joins(http, people, room):
    answer = http("POST", "/v1/tokens", {"identity": "ana", "name": "Ana", "room": room, "role": "mentor", "ttl": 600})
    assert answer.status == 201
    token = answer.json["token"]
    tokens.secrets_seen.add(token)
    claims = tokens.claims_of(token)
    assert claims["sub"] == "ana" and claims["tandem"]["role"] == "mentor"
    assert abs(claims["exp"] - time.time() - 600) < 10
    assert answer.json["expiresAt"].endswith("Z")
    client = people.connect()
    joined = client.join(token)
    assert (joined["self"]["name"], joined["self"]["role"]) == ("Ana", "mentor")


@pytest.mark.parametrize("right", ["publish", "subscribe", "record", "admin", "recordings", "match"])
@pytest.mark.parametrize("value", [True, False])
def test_single_rights_go_into_the_token(http, room, right, value):
    answer = http("POST", "/v1/tokens", {"identity": "x", "room": room, "role": "student", right: value})
    assert tokens.claims_of(answer.json["token"])["tandem"][right] is value


@pytest.mark.parametrize("body", [{}, {"identity": ""}, {"identity": 5}, {"identity": "x", "role": "emperor"},
                                  {"identity": "x", "ttl": 0}, {"identity": "x", "ttl": 86_401},
                                  {"identity": "x", "ttl": "1h"}, {"identity": "x", "admin": "yes"},
                                  {"identity": "x" * 500}, {"identity": "x", "room": "a/b"}], ids=str)
def test_a_token_that_cannot_be_is_not_minted(http, body):
    answer = http("POST", "/v1/tokens", {"room": "r", "role": "student", **body})
    assert (answer.status, answer.code) == (400, "invalid_message")


def test_a_key_is_made_used_listed_and_revoked(http, people, room):
    made = http("POST", "/v1/keys", {"note": "for the shop"})
    assert made.status == 201
    key, secret = made.json["id"], made.json["secret"]
    tokens.secrets_seen.add(secret)
    token = tokens.mint("ana", room, "mentor", key=key, secret=secret, admin=True)
    inside = people.connect()
    inside.join(token)
    listed = {one["id"]: one for one in http("GET", "/v1/keys").json["items"]}
    assert listed[key]["note"] == "for the shop" and listed[key]["revokedAt"] is None
    assert listed[key]["createdAt"].endswith("Z")
    assert secret not in http("GET", "/v1/keys").body.decode()
    assert http("GET", "/v1/rooms", token=token).status == 200
    assert http("DELETE", f"/v1/keys/{key}").status == 204
    refused = http("GET", "/v1/rooms", token=token)
    assert (refused.status, refused.code) == (401, "unauthorized")
    assert people.connect().refusal("join", token=token) == "unauthorized"
    listed = {one["id"]: one for one in http("GET", "/v1/keys").json["items"]}
    assert listed[key]["revokedAt"].endswith("Z")
    assert http("DELETE", "/v1/keys/no-such-key").status == 404


def test_keys_survive_a_killed_server(own_server, http):
    server = own_server()
    kept = http("POST", "/v1/keys", {}, server=server).json
    revoked = http("POST", "/v1/keys", {}, server=server).json
    http("DELETE", f"/v1/keys/{revoked['id']}", server=server)
    server.restart()
    good = tokens.mint("a", key=kept["id"], secret=kept["secret"], admin=True)
    bad = tokens.mint("a", key=revoked["id"], secret=revoked["secret"], admin=True)
    assert http("GET", "/v1/rooms", token=good, server=server).status == 200
    assert http("GET", "/v1/rooms", token=bad, server=server).status == 401


def test_the_list_of_keys_tells_strangers_no_secret(http):
    answer = http("GET", "/v1/keys", token=None)
    assert answer.status in {200, 401}
    assert b"secret" not in answer.body and tokens.SECRET.encode() not in answer.body


def test_a_booked_pair_meets(http, people):
    answer = http("POST", "/v1/sessions", booking(duration=1800, metadata={"lesson": 7}))
    assert answer.status == 201
    session = answer.json
    assert session["mentor"]["identity"] == "ana" and session["student"]["name"] == "Ben"
    assert session["duration"] == 1800 and session["metadata"] == {"lesson": 7}
    mentor, student = people.connect(), people.connect()
    assert mentor.join(session["mentor"]["token"])["self"]["role"] == "mentor"
    joined = student.join(session["student"]["token"])
    assert joined["room"]["id"] == session["room"]
    assert [one["identity"] for one in joined["participants"]] == ["ana"]
    shown = http("GET", f"/v1/sessions/{session['id']}").json
    assert shown["id"] == session["id"] and shown["room"] == session["room"]
    assert {one["identity"] for one in shown["participants"]} == {"ana", "ben"}
    assert "token" not in shown["mentor"]


def test_each_of_a_pair_gets_a_token_for_that_room_alone(http):
    session = http("POST", "/v1/sessions", booking()).json
    for role in ("mentor", "student"):
        claims = tokens.claims_of(session[role]["token"])
        assert claims["tandem"]["room"] == session["room"] and claims["tandem"]["role"] == role
        assert not claims["tandem"].get("admin")


def test_booking_twice_with_one_key_books_once(http):
    key = {"Idempotency-Key": uuid.uuid4().hex}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: http("POST", "/v1/sessions", booking(), headers=key), range(8)))
    assert {answer.status for answer in answers} <= {200, 201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len({answer.json["room"] for answer in answers}) == 1
    other = http("POST", "/v1/sessions", booking(duration=60), headers=key)
    assert (other.status, other.code) == (409, "conflict")


def test_a_booking_is_remembered_by_a_killed_server(own_server, http):
    server = own_server()
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = http("POST", "/v1/sessions", booking(), headers=key, server=server).json
    server.restart()
    second = http("POST", "/v1/sessions", booking(), headers=key, server=server).json
    assert (first["id"], first["room"]) == (second["id"], second["room"])
    assert http("GET", f"/v1/rooms/{first['room']}", server=server).status == 200


@pytest.mark.parametrize("fields", [
    {"mentor": None}, {"mentor": {}}, {"mentor": "ana"}, {"student": {"identity": "ana"}}, {"duration": -1},
    {"duration": "1h"}, {"startsAt": "tomorrow"}, {"startsAt": 5}, {"metadata": "x"}, {"topology": "mesh"}], ids=str)
def test_a_booking_that_cannot_be_is_refused(http, fields):
    answer = http("POST", "/v1/sessions", booking(**fields))
    assert (answer.status, answer.code) == (400, "invalid_message")


def test_sessions_are_listed_newest_first_page_by_page(http):
    made = [http("POST", "/v1/sessions", booking()).json["id"] for _ in range(5)]
    found, path = [], "/v1/sessions?limit=2"
    while len(found) < 5:
        page = http("GET", path).json
        found += [one["id"] for one in page["items"]]
        path = f"/v1/sessions?limit=2&cursor={quoted(page['next'])}"
    assert found[:5] == made[::-1]


def test_a_session_without_a_booking_is_remembered(http, people, room):
    ana, ben = people.pair(room)
    ben.request("leave")
    ana.request("leave")
    await_events(http, room, "session.ended")
    sessions = http("GET", f"/v1/sessions?room={room}").json["items"]
    assert len(sessions) == 1
    shown = http("GET", f"/v1/sessions/{sessions[0]['id']}").json
    assert {one["identity"]: one["reason"] for one in shown["participants"]} == {"ana": "left", "ben": "left"}
    assert shown["state"] == "ended" and shown["endedAt"] >= shown["startedAt"]
    assert shown["bothPresentSeconds"] >= 0


def test_what_is_not_there_is_not_found(http):
    assert http("GET", "/v1/sessions/s_nothing").code == "not_found"


def test_every_event_is_on_record_once_and_in_order(http, people, room):
    ana, ben = people.pair(room)
    ben.request("hand", raised=True)
    ben.request("leave")
    events = await_events(http, room, "participant.left")
    for one in events:
        assert set(one) >= {"cursor", "id", "type", "room", "seq", "at", "data"}
        assert one["at"].endswith("Z")
    kinds = [one["type"] for one in events]
    assert kinds.index("participant.joined") < kinds.index("participant.left")
    assert kinds.count("participant.joined") == 2
    numbers = [one["seq"] for one in events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len({one["id"] for one in events}) == len(events)


def test_the_record_can_be_read_from_any_point(http, people, room):
    people.pair(room)
    await_events(http, room, "participant.joined", 2)
    whole = [one["id"] for one in every_event(http, limit=1000)]
    pages = [one["id"] for one in every_event(http, limit=7)]
    assert pages[:len(whole)] == whole
    last = http("GET", "/v1/events?limit=1000").json["items"][-1]["cursor"]
    assert all(one["cursor"] != last for one in http("GET", f"/v1/events?after={quoted(last)}").json["items"])
    assert http("GET", "/v1/events?after=nonsense").code == "invalid_message"


def test_no_word_of_a_chat_is_on_record(http, people, room):
    ana, ben = people.pair(room)
    text = tokens.private_text()
    ana.request("chat", text=text)
    ben.request("leave")
    await_events(http, room, "participant.left")
    assert text not in str(every_event(http))


def test_the_record_survives_a_killed_server(own_server, http, people, room):
    server = own_server()
    ana, ben = people.pair(room, server=server)
    ben.request("leave")
    before = [one["id"] for one in await_events(http, room, "participant.left", server=server)]
    server.restart()
    after = [one["id"] for one in every_event(http, server) if one["room"] == room]
    assert after[:len(before)] == before


def test_administrative_acts_are_audited(http, room):
    http("POST", "/v1/rooms", {"id": room})
    http("DELETE", f"/v1/rooms/{room}")
    until = time.monotonic() + 5
    while time.monotonic() < until:
        found, path = [], "/v1/audit?limit=1000"
        while path:
            page = http("GET", path).json
            found += [one for one in page["items"] if one["target"] == room]
            path = page["next"] and f"/v1/audit?limit=1000&cursor={quoted(page['next'])}"
        if len(found) == 2:
            break
        time.sleep(0.02)
    assert [one["action"] for one in found] == ["room.create", "room.close"]
    assert all("operator" in one["actor"] for one in found)


def test_an_operator_token_is_no_key_to_a_room(people, room):
    client = people.connect()
    assert client.refusal("join", token=tokens.admin(), room=room) == "forbidden"


def test_an_expired_token_of_one_inside_does_not_end_the_call(people, room, http):
    token = tokens.mint("ana", room, "mentor", ttl=2)
    ana = people.connect()
    ana.join(token)
    fresh = ana.event("token", timeout=15)["token"]
    tokens.secrets_seen.add(fresh)
    assert tokens.claims_of(fresh)["sub"] == "ana"
    assert tokens.claims_of(fresh)["exp"] > tokens.claims_of(token)["exp"]
    assert wire.call(ana.server, "GET", f"/v1/rooms/{room}", token=fresh).status == 200
