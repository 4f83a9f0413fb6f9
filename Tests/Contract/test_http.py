"""What holds for every HTTP call: methods, problem documents, caching, ranges, compression, health, metrics."""

import gzip
import http.client
import json
import re
import socket
import time
import urllib.parse

import pytest
import tokens
import wire


def test_healthz_and_readyz_need_no_token(http):
    for path in ("/healthz", "/readyz"):
        answer = http("GET", path, token=None)
        assert answer.status == 200 and answer.json["status"] in {"ok", "ready"}


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v1/", "/v1/nothing", "/v1/rooms/a/b/c", "/%2e%2e/etc/passwd",
                                  "/call.js/x", "/V1/rooms", "/v1/rooms/../../healthz/x"])
def test_an_unknown_path_is_a_problem_document(http, path):
    answer = http("GET", path)
    assert (answer.status, answer.code) in {(404, "not_found"), (400, "invalid_message")}


@pytest.mark.parametrize("method, path", [("PUT", "/v1/rooms"), ("DELETE", "/v1/rooms"), ("POST", "/healthz"),
                                          ("PATCH", "/v1/tokens"), ("GET", "/v1/tokens"), ("PUT", "/v1/keys/k"),
                                          ("DELETE", "/metrics"), ("POST", "/v1/events"), ("POST", "/v1/rooms/r")])
def test_a_wrong_method_names_the_right_ones(http, method, path):
    answer = http(method, path)
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.headers["allow"]
    assert method not in answer.headers["allow"].split(", ")


@pytest.mark.parametrize("path, methods", [("/v1/rooms", {"GET", "HEAD", "POST", "OPTIONS"}),
                                           ("/v1/rooms/r", {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}),
                                           ("/v1/tokens", {"POST", "OPTIONS"}),
                                           ("/healthz", {"GET", "HEAD", "OPTIONS"})])
def test_options_tells_the_methods_to_anybody(http, path, methods):
    answer = http("OPTIONS", path, token=None)
    assert answer.status in {200, 204}
    assert set(answer.headers["allow"].split(", ")) == methods


@pytest.mark.parametrize("path", ["/healthz", "/v1/rooms", "/", "/tandem.js", "/openapi.json", "/metrics"])
def test_head_is_get_without_the_body(http, path):
    get, head = http("GET", path), http("HEAD", path)
    assert head.status == get.status == 200
    assert head.body == b""
    for name in ("content-type", "content-length", "etag"):
        if name == "content-length" and path == "/metrics":
            continue
        assert head.headers.get(name) == get.headers.get(name), name


def test_a_head_of_what_is_not_there(http):
    answer = http("HEAD", "/v1/rooms/nobody-is-here")
    assert (answer.status, answer.body) == (404, b"")


def test_every_answer_has_a_request_id_and_echoes_a_harmless_one(http):
    first, second = http("GET", "/healthz").headers["x-request-id"], http("GET", "/healthz").headers["x-request-id"]
    assert first and second and first != second
    assert http("GET", "/nothing", headers={"X-Request-Id": "abc-123"}).headers["x-request-id"] == "abc-123"
    for bad in ("x" * 500, "a b\tc", '"><script>'):
        assert http("GET", "/healthz", headers={"X-Request-Id": bad}).headers["x-request-id"] != bad


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"id":"a"', b'{"a":' * 200, b"{} {}"])
def test_a_body_that_is_not_a_json_object_is_refused(http, body):
    answer = http("POST", "/v1/rooms", body, headers={"Content-Type": "application/json"})
    assert (answer.status, answer.code) == (400, "invalid_message")


def test_a_body_of_another_type_is_refused(http):
    answer = http("POST", "/v1/rooms", b"id=5", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status, answer.code) == (415, "unsupported_media_type")


def test_a_body_that_is_too_large_is_refused(http):
    answer = http("POST", "/v1/rooms", b'{"id":"' + b"x" * (2 << 20) + b'"}', headers={
        "Content-Type": "application/json"})
    assert (answer.status, answer.code) == (413, "payload_too_large")


def raw(server, text):
    """One request as bytes; all that comes back until the server closes or two seconds have passed."""
    address = urllib.parse.urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=2) as connection:
        connection.sendall(text)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except (TimeoutError, ConnectionResetError):
            pass
    return answer


@pytest.mark.parametrize("text", [
    b"GET\r\n\r\n", b"\x00\x01\x02\x03\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
    b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", b"BREW / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    b"GET /" + b"z" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /v1/rooms HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\nConnection: close\r\n\r\n123456",
    b"POST /v1/rooms HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\nno chunk\r\n0\r\n\r\n",
], ids=lambda text: repr(text[:30]))
def test_nonsense_is_refused_and_hurts_nobody(server, http, text):
    answer = raw(server, text)
    assert not answer or not re.match(rb"HTTP/1\.1 (2|500)", answer), answer[:200]
    assert http("GET", "/healthz").status == 200


def test_connections_are_kept_open(server):
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=5)
    for _ in range(3):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read()
    used = connection.sock
    connection.request("GET", "/v1/rooms")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 401 and connection.sock is used
    connection.close()


@pytest.mark.parametrize("path, kind", [("/", "text/html"), ("/call.js", "text/javascript"), ("/call.css", "text/css"),
                                        ("/tandem.js", "text/javascript"), ("/favicon.svg", "image/svg+xml")])
def test_the_page_is_served_and_revalidated(http, path, kind):
    answer = http("GET", path, token=None)
    assert answer.status == 200 and answer.headers["content-type"].startswith(kind)
    tag = answer.headers["etag"]
    assert re.match(r'^"[^"]+"$', tag)
    for sent in (tag, f'"other", {tag}', "*", f"W/{tag}"):
        again = http("GET", path, token=None, headers={"If-None-Match": sent})
        assert (again.status, again.body) == (304, b""), sent
        assert again.headers["etag"] == tag
    assert http("GET", path, token=None, headers={"If-None-Match": '"other"'}).status == 200


def test_the_page_may_load_nothing_from_elsewhere(http):
    answer = http("GET", "/", token=None)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    page = answer.body.decode()
    assert "style=" not in page and "<style" not in page and "onclick" not in page
    assert not re.search(r"<script(?![^>]*src=)", page)
    assert not re.search(r"(src|href)=\"(https?:)?//", page)


def test_a_range_is_served(http):
    whole = http("GET", "/tandem.js", token=None).body
    cases = {"bytes=0-99": (0, 99), "bytes=100-": (100, len(whole) - 1), "bytes=-50": (len(whole) - 50, len(whole) - 1),
             f"bytes=10-{len(whole) * 2}": (10, len(whole) - 1)}
    for sent, (first, last) in cases.items():
        part = http("GET", "/tandem.js", token=None, headers={"Range": sent})
        assert part.status == 206, sent
        assert part.body == whole[first:last + 1]
        assert part.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"
    beyond = http("GET", "/tandem.js", token=None, headers={"Range": f"bytes={len(whole)}-"})
    assert beyond.status == 416 and beyond.headers["content-range"] == f"bytes */{len(whole)}"
    for ignored in ("bytes=5-2", "lines=1-2", "bytes=a-b"):
        assert http("GET", "/tandem.js", token=None, headers={"Range": ignored}).body == whole, ignored


def test_compression_is_used_where_it_is_wanted(http):
    plain = http("GET", "/tandem.js", token=None)
    assert "content-encoding" not in plain.headers
    packed = http("GET", "/tandem.js", token=None, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert len(packed.body) < len(plain.body) / 2
    assert gzip.decompress(packed.body) == plain.body
    refused = http("GET", "/tandem.js", token=None, headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert "content-encoding" not in refused.headers


def test_the_api_is_described(http):
    document = http("GET", "/openapi.json", token=None).json
    assert document["openapi"].startswith("3.")
    for path, methods in {"/v1/rooms": {"get", "post"}, "/v1/rooms/{room}": {"get", "patch", "delete"},
                          "/v1/tokens": {"post"}, "/v1/sessions": {"get", "post"}, "/v1/events": {"get"},
                          "/v1/keys": {"get", "post"}, "/healthz": {"get"}, "/metrics": {"get"}}.items():
        assert methods <= set(document["paths"][path]), path
    references = set(re.findall(r'"\$ref": ?"#/components/([^"]+)"', json.dumps(document)))
    for reference in references:
        kind, name = reference.split("/")
        assert name in document["components"][kind], reference
    assert references


SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^{}]*\})? (-?[0-9.eE+-]+|[+-]Inf|NaN)( \d+)?$")


def samples(text):
    """Prometheus text, read strictly: every sample has a HELP and a TYPE before it."""
    values, helped, typed = {}, set(), {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, _, sentence = line[7:].partition(" ")
            assert name not in helped and sentence
            helped.add(name)
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert kind in {"counter", "gauge", "histogram", "summary"} and name not in typed
            typed[name] = kind
        elif line:
            found = SAMPLE.match(line)
            assert found, line
            name = found[1]
            family = name if name in typed else re.sub(r"_(bucket|sum|count)$", "", name)
            assert family in helped and family in typed, line
            if typed[family] == "counter":
                assert family.endswith("_total") or name.endswith("_total"), name
            values[name + (found[2] or "")] = float(found[3])
    assert text.endswith("\n")
    return values


def test_the_metrics_can_be_read_and_count(http, people, room):
    answer = http("GET", "/metrics", token=None)
    assert answer.headers["content-type"].startswith("text/plain")
    before = samples(answer.body.decode())
    assert all(name.startswith("tandem_") or name.startswith("process_") for name in before)
    people.pair(room)
    after = samples(http("GET", "/metrics", token=None).body.decode())
    assert after["tandem_rooms"] >= before["tandem_rooms"] + 1
    assert after["tandem_participants"] >= before["tandem_participants"] + 2
    assert any(name.startswith("tandem_build_info") for name in after)
    assert room not in json.dumps(list(after))




def test_cross_origin_pages_get_nothing_unless_allowed(http, own_server):
    origin = {"Origin": "https://app.example"}
    assert "access-control-allow-origin" not in http("GET", "/v1/rooms", headers=origin).headers
    server = own_server({"http": {"corsOrigins": ["https://app.example"]}})
    answer = wire.call(server, "GET", "/v1/rooms", token=tokens.admin(), headers=origin)
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert "origin" in answer.headers["vary"].lower()
    ask = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    answer = wire.call(server, "OPTIONS", "/v1/rooms", headers=ask)
    assert answer.status in {200, 204}
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "authorization" in answer.headers["access-control-allow-headers"].lower()
    other = wire.call(server, "GET", "/v1/rooms", token=tokens.admin(), headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


def test_failed_tokens_are_slowed_down(strict_server):
    codes = [wire.call(strict_server, "GET", "/v1/rooms", token=tokens.mint("m", secret="guess")).status
             for _ in range(12)]
    assert codes[0] == 401 and codes[-1] == 429
    answer = wire.call(strict_server, "GET", "/v1/rooms", token=tokens.mint("m", secret="guess"))
    assert answer.code == "rate_limited" and int(answer.headers["retry-after"]) >= 1


def test_too_many_requests_are_told_when_to_come_back(own_server):
    server = own_server({"limits": {"requestsPerSecond": 1, "requestBurst": 10}})
    answers = [wire.call(server, "GET", "/v1/rooms", token=tokens.admin()) for _ in range(20)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused and refused[0].code == "rate_limited"
    time.sleep(int(refused[-1].headers["retry-after"]))
    assert wire.call(server, "GET", "/v1/rooms", token=tokens.admin()).status == 200


def test_one_person_from_many_addresses_is_still_one(own_server):
    """Addresses are told apart by a trusted proxy's word; the limit of the person holds over all of them."""
    server = own_server({"limits": {"requestsPerSecond": 1, "requestBurst": 5},
                         "http": {"trustedProxies": ["127.0.0.1"]}})
    answers = [wire.call(server, "GET", "/v1/rooms", token=tokens.admin(), headers={"X-Forwarded-For": f"192.0.2.{n}"})
               for n in range(12)]
    assert [answer.status for answer in answers][:5] == [200] * 5
    assert answers[-1].status == 429 and "identity" in answers[-1].json["detail"]
    # Another person from an address that has asked before is served.
    other = tokens.mint("somebody-else", "*", "mentor", admin=True)
    assert wire.call(server, "GET", "/v1/rooms", token=other, headers={"X-Forwarded-For": "192.0.2.1"}).status == 200
