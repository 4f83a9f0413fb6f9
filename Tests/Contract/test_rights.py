"""The table of rights: every HTTP call and every message with every kind of token that must not do."""

import time

import pytest
import tokens

#: method, path (R: the room), body, who may: "admin" alone, or "moderator" of that room too.
ROUTES = [
    ("GET", "/v1/rooms", None, "admin"),
    ("POST", "/v1/rooms", {"name": "x"}, "admin"),
    ("GET", "/v1/rooms/R", None, "moderator"),
    ("PATCH", "/v1/rooms/R", {"name": "x"}, "admin"),
    ("POST", "/v1/rooms/R/participants/P/mute", {"track": "t", "muted": True}, "moderator"),
    ("DELETE", "/v1/rooms/R/participants/P", None, "moderator"),
    ("DELETE", "/v1/rooms/R", None, "moderator"),
    ("POST", "/v1/tokens", {"identity": "x", "room": "R", "role": "mentor", "admin": True}, "admin"),
    ("POST", "/v1/sessions", {"mentor": {"identity": "a"}, "student": {"identity": "b"}}, "admin"),
    ("GET", "/v1/sessions", None, "admin"),
    ("GET", "/v1/sessions/S", None, "admin"),
    ("GET", "/v1/sessions/S/explain", None, "admin"),
    ("GET", "/v1/events", None, "admin"),
    ("POST", "/v1/keys", {}, "admin"),
    ("DELETE", "/v1/keys/K", None, "admin"),
    ("GET", "/v1/audit", None, "admin"),
    ("GET", "/v1/matches", None, "admin"),
]
NAMES = [f"{method} {path}" for method, path, _, _ in ROUTES]


@pytest.fixture
def scene(people, room):
    """A room with two people, who must come to no harm."""
    ana, ben = people.pair(room)
    yield room, ana, ben
    ana.quiet("room.updated", "room.closed", "participant.left")
    ben.quiet("room.updated", "room.closed", "participant.left")


def send(http, route, scene, token, **options):
    method, path, body, _ = route
    room, _, ben = scene
    parts = [{"R": room, "P": ben.id}.get(part, part) for part in path.split("/")]
    return http(method, "/".join(parts), body, token=token, **options)


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_a_call_without_a_good_token_is_refused(http, scene, route):
    room = scene[0]
    missing = send(http, route, scene, None)
    assert (missing.status, missing.code) == (401, "unauthorized")
    assert missing.headers["www-authenticate"].startswith("Bearer")
    for name, (token, code) in tokens.bad_tokens(room).items():
        answer = send(http, route, scene, token)
        if name == "huge" and answer.status in {400, 413, 431}:
            continue
        assert (answer.status, answer.code) == (401, code), name
    good = tokens.admin()
    for header in (f"Basic {good}", good, "Bearer", f"Token {good}", f"Bearer {good} {good}"):
        answer = send(http, route, scene, None, headers={"Authorization": header})
        assert (answer.status, answer.code) == (401, "unauthorized"), header


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_a_call_with_too_few_rights_is_refused(http, scene, route):
    room = scene[0]
    few = {
        "a student": tokens.mint("ben", room, "student"),
        "an observer": tokens.mint("o", room, "observer"),
        "a mentor of another room": tokens.mint("ana", room + "x", "mentor"),
        "a mentor of no room": tokens.mint("ana", None, "mentor"),
        "a mentor without the right": tokens.mint("ana", room, "mentor", moderate=False),
        "every right but this": tokens.mint("x", "*", "student", record=True, recordings=True, match=True),
        "admin said to be false": tokens.mint("x", room, "student", admin=False),
    }
    if route[3] == "admin":
        few["a mentor of this room"] = tokens.mint("ana", room, "mentor")
        few["a mentor of all rooms"] = tokens.mint("ana", "*", "mentor")
    for name, token in few.items():
        answer = send(http, route, scene, token)
        assert (answer.status, answer.code) == (403, "forbidden"), name


@pytest.mark.parametrize("method, path", [(m, p) for m, p, _, _ in ROUTES], ids=NAMES)
def test_rights_are_checked_before_anything_else_is_told(http, room, method, path):
    """Whether a room, a session or a key exists, and whether a body is good, is nobody's business without a right."""
    path = path.replace("/R", "/does-not-exist").replace("/P", "/p_no")
    body = b"{nonsense" if method in {"POST", "PATCH"} else None
    headers = {"Content-Type": "application/json"} if body else {}
    assert http(method, path, body, token=None, headers=headers).status == 401
    assert http(method, path, body, token=tokens.mint("ben", room), headers=headers).status == 403


MESSAGES = [("chat", {"text": "x"}), ("hand", {"raised": True}), ("consent", {"recording": True}),
            ("moderate", {"action": "lock"}), ("offer", {"sdp": "v=0", "to": "p"}), ("answer", {"sdp": "v=0", "to": "p"}),
            ("candidate", {"candidate": "c", "mid": "0", "to": "p"}), ("mute", {"track": "t", "muted": True})]


@pytest.mark.parametrize("kind, fields", MESSAGES, ids=[kind for kind, _ in MESSAGES])
def test_no_message_is_taken_before_a_join_or_after_a_refused_one(people, room, kind, fields):
    client = people.connect()
    assert client.refusal(kind, **fields) == "not_joined"
    assert client.refusal("join", token=5) == "invalid_message"
    assert client.refusal(kind, **fields) == "not_joined"


@pytest.mark.parametrize("kind, fields", MESSAGES, ids=[kind for kind, _ in MESSAGES])
def test_a_token_in_a_message_changes_nothing(people, room, kind, fields):
    """Rights come with the join, not with the message."""
    ana = people.join(room, "ana", "mentor")
    watcher = people.join(room, "w", "observer")
    try:
        watcher.request(kind, token=tokens.mint("boss", room, "mentor", admin=True), role="mentor", **fields)
    except Exception as refused:  # which refusal depends on the message; that nothing happens is what counts
        assert refused.code in {"forbidden", "unknown_participant", "unknown_track", "invalid_message"}
    ana.quiet("chat", "hand", "consent", "room.updated", "offer", "answer", "candidate", "track.updated")


def test_a_token_that_may_not_publish_nor_subscribe_joins_nothing(people, room):
    client = people.connect()
    token = tokens.mint("x", room, "student", publish=False, subscribe=False)
    assert client.refusal("join", token=token) == "forbidden"


def test_a_student_given_the_right_to_moderate_moderates(people, room):
    ana = people.join(room, "ana", "student", moderate=True)
    assert ana.request("moderate", action="lock")["type"] == "ok"


def test_a_token_is_taken_more_than_once(http):
    token = tokens.admin()
    assert [http("GET", "/v1/rooms", token=token).status for _ in range(3)] == [200] * 3


def test_the_answer_to_a_wrong_secret_takes_no_longer_for_a_known_key(http):
    """Not a proof of constant time, but a guard against the gross mistake."""

    def fastest(key):
        times = []
        for _ in range(15):
            started = time.perf_counter()
            http("GET", "/v1/rooms", token=tokens.mint("x", key=key, secret="guess"))
            times.append(time.perf_counter() - started)
        return min(times)

    known, unknown = fastest(tokens.KEY), fastest("no-such-key")
    assert abs(known - unknown) < 0.005
