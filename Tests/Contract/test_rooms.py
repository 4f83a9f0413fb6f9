"""The resource /v1/rooms, and moderation from outside a room."""

import time
import uuid

import pytest
import tokens
from wire import quoted


def test_a_room_is_created_shown_changed_and_closed(http, room):
    settings = {"id": room, "name": "Algebra", "topology": "p2p", "maxParticipants": 7, "recording": "always",
                "emptyTimeout": 120, "lobby": True, "metadata": {"course": [1, {"a": None}], "ž": "ü"}}
    created = http("POST", "/v1/rooms", settings)
    assert created.status == 201
    made = created.json
    expected = {"id": room, "name": "Algebra", "topology": "p2p", "locked": False, "recording": {"state": "stopped"},
                "maxParticipants": 7, "recordingPolicy": "always", "emptyTimeout": 120, "lobby": True,
                "metadata": settings["metadata"], "participantCount": 0}
    assert {key: made[key] for key in expected} == expected
    assert made["createdAt"].endswith("Z")
    shown = http("GET", f"/v1/rooms/{room}").json
    assert shown["participants"] == []
    assert {key: shown[key] for key in expected} == expected
    changed = http("PATCH", f"/v1/rooms/{room}", {"name": "Geometry", "locked": True, "lobby": False})
    assert changed.status == 200
    assert (changed.json["name"], changed.json["locked"], changed.json["lobby"]) == ("Geometry", True, False)
    assert changed.json["metadata"] == settings["metadata"]
    assert http("DELETE", f"/v1/rooms/{room}").status == 204
    gone = http("GET", f"/v1/rooms/{room}")
    assert (gone.status, gone.code) == (404, "room_not_found")
    assert http("DELETE", f"/v1/rooms/{room}").status == 404


def test_creating_again_finds_it_and_differing_is_a_conflict(http, room):
    assert http("POST", "/v1/rooms", {"id": room, "name": "A"}).status == 201
    again = http("POST", "/v1/rooms", {"id": room, "name": "A"})
    assert (again.status, again.json["id"]) == (200, room)
    other = http("POST", "/v1/rooms", {"id": room, "name": "B"})
    assert (other.status, other.code) == (409, "conflict")


def test_a_room_without_an_id_gets_one_that_cannot_be_guessed(http):
    ids = {http("POST", "/v1/rooms", {}).json["id"] for _ in range(3)}
    assert len(ids) == 3 and all(len(one) >= 16 for one in ids)


def test_an_idempotency_key_creates_once(http):
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = http("POST", "/v1/rooms", {"name": "once"}, headers=key)
    second = http("POST", "/v1/rooms", {"name": "once"}, headers=key)
    assert first.status == 201 and second.status in {200, 201}
    assert first.json["id"] == second.json["id"]
    other = http("POST", "/v1/rooms", {"name": "twice"}, headers=key)
    assert (other.status, other.code) == (409, "conflict")


@pytest.mark.parametrize("settings", [
    {"id": ""}, {"id": "a/b"}, {"id": "a b"}, {"id": "x" * 129}, {"id": 5}, {"id": "ñ"}, {"name": 5}, {"name": "x" * 300},
    {"topology": "mesh"}, {"maxParticipants": 0}, {"maxParticipants": "7"}, {"maxParticipants": 1.5},
    {"maxParticipants": 10**9}, {"recording": "sometimes"}, {"emptyTimeout": -1}, {"emptyTimeout": "1h"},
    {"lobby": "yes"}, {"metadata": []}, {"metadata": {"a": "x" * 50_000}}], ids=lambda settings: str(settings)[:40])
def test_settings_out_of_range_name_the_field(http, settings):
    answer = http("POST", "/v1/rooms", settings)
    assert (answer.status, answer.code) == (400, "invalid_message")
    assert next(iter(settings)) in answer.json["detail"]


def test_an_id_with_signs_is_found_by_its_address(http):
    name = f"a:b@c~d+e.{uuid.uuid4().hex[:6]}"
    assert http("POST", "/v1/rooms", {"id": name}).status == 201
    assert http("GET", f"/v1/rooms/{quoted(name)}").json["id"] == name


def test_rooms_are_listed_page_by_page(http):
    prefix = f"page-{uuid.uuid4().hex[:8]}"
    wanted = [f"{prefix}-{number}" for number in range(5)]
    for one in wanted:
        http("POST", "/v1/rooms", {"id": one})
    found, cursor, pages = [], None, 0
    while True:
        page = http("GET", "/v1/rooms?limit=2" + (f"&cursor={quoted(cursor)}" if cursor else "")).json
        assert len(page["items"]) <= 2
        found += [one["id"] for one in page["items"]]
        cursor, pages = page["next"], pages + 1
        if cursor is None:
            break
    assert [one for one in found if one.startswith(prefix)] == wanted
    assert len(found) == len(set(found)) and pages >= 3


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=1000000", "cursor=nonsense", "cursor=%00"])
def test_a_page_that_cannot_be_is_refused(http, query):
    answer = http("GET", f"/v1/rooms?{query}")
    assert (answer.status, answer.code) == (400, "invalid_message")


def test_people_in_a_room_are_shown_hidden_ones_too(http, people, room):
    ana, ben = people.pair(room)
    people.join(room, "inspector", "observer")
    shown = http("GET", f"/v1/rooms/{room}").json
    assert shown["participantCount"] == 3
    assert {one["identity"] for one in shown["participants"]} == {"ana", "ben", "inspector"}
    listed = [one for one in http("GET", "/v1/rooms?limit=1000").json["items"] if one["id"] == room]
    assert listed and listed[0]["participantCount"] == 3 and "participants" not in listed[0]


def test_a_change_is_told_to_those_inside(http, people, room):
    ana, ben = people.pair(room)
    http("PATCH", f"/v1/rooms/{room}", {"name": "New name", "locked": True})
    event = ben.event("room.updated")
    assert (event["room"]["name"], event["room"]["locked"]) == ("New name", True)


def test_kicking_from_outside(http, people, room):
    ana, ben = people.pair(room)
    assert http("DELETE", f"/v1/rooms/{room}/participants/{ben.id}").status == 204
    assert ben.closed() == 4403
    assert ana.event("participant.left")["reason"] == "kicked"
    again = http("DELETE", f"/v1/rooms/{room}/participants/{ben.id}")
    assert (again.status, again.code) == (404, "unknown_participant")


def test_muting_from_outside_needs_a_track(http, people, room):
    ana, ben = people.pair(room)
    path = f"/v1/rooms/{room}/participants/{ben.id}/mute"
    assert http("POST", path, {"track": "t_nothing", "muted": True}).code == "unknown_track"
    assert http("POST", f"/v1/rooms/{room}/participants/p_no/mute", {"track": "t", "muted": True}).status == 404
    assert http("POST", path, {"track": 5}).status == 400


def test_a_mentor_runs_its_own_room_over_http(http, people, room):
    ana, ben = people.pair(room)
    mentor = tokens.mint("ana", room, "mentor")
    assert http("GET", f"/v1/rooms/{room}", token=mentor).status == 200
    assert http("DELETE", f"/v1/rooms/{room}/participants/{ben.id}", token=mentor).status == 204
    assert http("DELETE", f"/v1/rooms/{room}", token=mentor).status == 204
    assert ana.closed() == 1000


def test_an_empty_room_closes_by_itself(http, room):
    http("POST", "/v1/rooms", {"id": room, "emptyTimeout": 1})
    after = "/v1/events?limit=1000"
    found = []
    for _ in range(60):
        page = http("GET", after).json
        found += [one for one in page["items"] if one["room"] == room and one["type"] == "room.closed"]
        if found:
            break
        after = f"/v1/events?limit=1000&after={quoted(page['next'])}"
        time.sleep(0.05)
    assert found
    assert http("GET", f"/v1/rooms/{room}").status == 404


def test_rooms_survive_a_killed_server(own_server, http, room):
    server = own_server()
    made = http("POST", "/v1/rooms", {"id": room, "name": "Kept", "lobby": True, "metadata": {"a": 1}}, server=server)
    server.restart()
    shown = http("GET", f"/v1/rooms/{room}", server=server).json
    for key in made.json:
        assert shown[key] == made.json[key], key


def test_a_closed_room_stays_closed_after_a_restart(own_server, http, room):
    server = own_server()
    http("POST", "/v1/rooms", {"id": room}, server=server)
    http("DELETE", f"/v1/rooms/{room}", server=server)
    server.restart()
    assert http("GET", f"/v1/rooms/{room}", server=server).status == 404
