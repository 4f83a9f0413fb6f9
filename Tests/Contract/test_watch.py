"""`watch`: an operator's connection, which is told of everything without asking again."""

import time

import pytest
import tokens
import wire


@pytest.fixture
def watch(people):
    def begin(token=None, **options):
        client = people.connect(**options)
        client.greeting = client.request("watch", token=token or tokens.admin())
        return client

    return begin


def logged(client, kind, room):
    """The line of the log of that kind about that room."""
    while (line := client.event("log")["event"])["type"] != kind or line["room"] != room:
        pass
    return line


def stands(client, room, fits):
    """The first snapshot in which the room is like that."""
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        shown = [one for one in client.event("snapshot")["rooms"] if one["id"] == room]
        if fits(shown[0] if shown else None):
            return shown[0] if shown else None
    raise AssertionError("no such snapshot came")


def test_an_operator_is_told_of_rooms_and_people(watch, people, room, own_server):
    # A server of its own: a snapshot shows the first hundred rooms, and other tests leave many.
    server = own_server()
    olga = watch(server=server)
    assert olga.greeting["type"] == "watching" and olga.greeting["server"]["version"]
    first = olga.event("snapshot")
    assert first["workers"] and 0 < first["loadLimit"] <= 1 and first["draining"] is False
    assert set(first["totals"]) == {"rooms", "activeRooms", "participants"}
    ana = people.join(room, "ana", "mentor", name="Ana", server=server)
    assert logged(olga, "participant.joined", room)["data"]["participant"]
    people.join(room, "otto", "observer", name="Otto", server=server)
    shown = stands(olga, room, lambda one: one and one["count"] == 2)
    assert {(one["identity"], one["role"], one["state"]) for one in shown["people"]} == {
        ("ana", "mentor", "active"), ("otto", "observer", "active")}
    ana.request("moderate", action="lock")
    stands(olga, room, lambda one: one and one["locked"])
    assert wire.call(server, "DELETE", f"/v1/rooms/{room}", token=tokens.admin()).status == 204
    assert logged(olga, "room.closed", room)
    stands(olga, room, lambda one: one is None)
    assert [message["seq"] for message in olga.seen] == list(range(1, len(olga.seen) + 1))


def test_the_log_goes_on_where_the_http_api_stands(watch, people, room, http):
    olga = watch()
    people.join(room, "ana")
    line = olga.event("log")
    listed = http("GET", f"/v1/events?after={olga.greeting['cursor']}&limit=1").json["items"][0]
    assert (line["cursor"], line["event"]["id"]) == (listed["cursor"], listed["id"])


@pytest.mark.parametrize("rights, code, closes", [
    ({"role": "mentor", "room": "x"}, "forbidden", 4403), ({"role": "student", "room": "x"}, "forbidden", 4403),
    ({"role": "observer", "recordings": True}, "forbidden", 4403), ({"role": "observer", "match": True}, "forbidden", 4403),
    ({"admin": True, "secret": "guess"}, "unauthorized", 4401)])
def test_nobody_else_watches(people, rights, code, closes):
    client = people.connect()
    assert client.refusal("watch", token=tokens.mint("ana", **rights)) == code
    assert client.closed() == closes


def test_a_watch_ends_with_its_token(watch):
    now = int(time.time())
    olga = watch(tokens.admin(claims={"iat": now - 10, "exp": now + 2}))
    assert olga.event("error", timeout=10)["code"] == "token_expired"
    assert olga.closed() == 4401


def test_one_who_watches_is_in_no_room(watch, people, room):
    olga = watch()
    assert olga.refusal("watch", token=tokens.admin()) == "already_joined"
    assert olga.refusal("join", token=tokens.mint("ana", room)) == "already_joined"
    assert olga.refusal("chat", text="hello") == "not_joined"
    assert olga.request("ping")["type"] == "pong"
    assert people.join(room, "ana").refusal("watch", token=tokens.admin()) == "already_joined"


def test_the_audit_log_has_its_newest_first(http):
    made = [http("POST", "/v1/keys", {"note": "for a look"}).json["id"] for _ in range(4)]
    ends = time.monotonic() + 5
    while True:
        newest = http("GET", "/v1/audit?order=newest&limit=3").json
        if [one["target"] for one in newest["items"]] == made[:0:-1]:
            break
        assert time.monotonic() < ends, newest
    ids = [one["id"] for one in newest["items"]]
    assert ids == sorted(ids, reverse=True)
    oldest = http("GET", "/v1/audit?limit=1").json["items"][0]["id"]
    assert ids[0] > oldest
    more = http("GET", f"/v1/audit?order=newest&limit=3&cursor={newest['next']}").json["items"]
    assert more[0]["target"] == made[0] and all(one["id"] < ids[-1] for one in more)
    assert http("GET", "/v1/audit?order=odd").code == "invalid_message"
