"""What the browser SDK promises beyond a call: another site may import it, its types name what is there, hidden
pictures cost nothing, and errors say what to do."""

import functools
import http.server
import re
import threading

import tokens
import wire


class Elsewhere:
    """Another site, with an empty page."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><link rel=icon href=data:,><title>Elsewhere</title>")

        def log_message(self, *_):
            pass

    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(self.Page))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def test_a_page_of_another_site_imports_the_sdk_and_errors_say_what_to_do(house, person):
    site = Elsewhere()
    try:
        visitor = person(site.url)
        sdk = f"import('{house.cable.url}/tandem.js')"
        assert visitor.eval(f"{sdk}.then(({{ version }}) => version)") == "1.0.0"
        visitor.expected += ["WebSocket connection", "ERR_"]
        house.server.kill()
        refused = visitor.eval(f"""{sdk}.then(({{ connect, TandemError }}) =>
          connect({{ url: {house.cable.url!r}, token: "x" }}).catch((error) =>
            [error instanceof TandemError, error.code, error.message]))""")
        assert refused == [True, "unavailable",
                           "The server could not be reached. Check the address and the network, then try again."]
    finally:
        site.close()


def test_the_types_name_what_is_there(house, person):
    types = wire.call(house.server, "GET", "/tandem.d.ts").body.decode()
    room = types.split("class Room extends EventTarget {")[1].split("\n}")[0]
    methods = set(re.findall(r"^  (\w+)\(", room, re.M)) - {"addEventListener"}
    values = set(re.findall(r"^export (?:class|function|const) (\w+)", types, re.M))
    visitor = person(house.cable.url + "/")
    there = visitor.eval("""import("/tandem.js").then((sdk) => [Object.keys(sdk), (() => {
      const names = [];
      for (let one = sdk.Room.prototype; one !== EventTarget.prototype; one = Object.getPrototypeOf(one)) {
        names.push(...Object.getOwnPropertyNames(one));
      }
      return names;
    })()])""")
    assert set(there[0]) == values
    assert methods <= set(there[1])


def test_a_hidden_picture_is_not_sent(guests):
    ana, ben = guests("chromium", "ana", tone=440, hue=0), guests("chromium", "ben", tone=660, hue=120)
    ana.meets(ben)
    ana.page.run("""window.tile = document.createElement("video");
      Object.assign(tile.style, { width: "320px", height: "180px", position: "fixed", top: 0 });
      document.body.append(tile);
      probe.room.attach(tile, [...probe.room.participants.values()][0]);
      tile.style.display = "none";""")
    ana.until("probe.resting('inbound-rtp', 'video')")
    ana.hears(ben)
    ana.page.run("tile.style.display = ''")
    ana.sees(ben)


def test_a_microphone_is_exchanged_without_a_negotiation(guests):
    ana, ben = guests("chromium", "ana", fake=True), guests("chromium", "ben", tone=660, hue=120)
    ben.meets(ana)
    before = ana.eval("probe.connection().localDescription.sdp")
    ana.eval("probe.room.switchDevice('camera').then(() => true)")
    ben.sees(ana)
    assert ana.eval("probe.connection().localDescription.sdp") == before
    figures = ana.eval("probe.room.stats()")
    assert {flow["kind"] for flow in figures["sent"]} == {"audio", "video"} and figures["roundTrip"] >= 0


def test_a_lost_device_is_told(guests):
    ana = guests("chromium", "ana", tone=440, hue=0)
    ana.page.run("""probe.room.addEventListener("device", ({ detail }) => (probe.lost = detail.source));
      probe.tracks.camera.dispatchEvent(new Event("ended"))""")
    ana.until("probe.lost === 'camera'")


def test_a_fresh_token_is_asked_for_when_the_old_one_has_expired(house, person):
    import time

    old = tokens.mint("x", "fresh", claims={"iat": int(time.time()) - 90, "exp": int(time.time()) - 30})
    visitor = person(house.cable.url + "/")
    assert visitor.eval(f"""import("/tandem.js").then(({{ connect }}) =>
      connect({{ token: {old!r}, refreshToken: async () => {tokens.mint("x", "fresh")!r} }})
        .then((room) => room.leave().then(() => room.self.identity)))""") == "x"


WAIT = """import("/tandem.js").then(async ({ connect, waitForMatch }) => {
  globalThis.seen = [];
  const queue = await waitForMatch({ token: %r, profile: %s });
  globalThis.queue = queue;
  for (const name of ["update", "found", "cancelled", "confirmed", "state"])
    queue.addEventListener(name, ({ detail }) => seen.push({ name, ...detail }));
  queue.addEventListener("confirmed", async ({ detail }) => { globalThis.met = await connect({ token: detail.token }); });
  return queue.state;
})"""


def test_two_who_wait_meet_and_a_lost_connection_keeps_the_place(house, person):
    def wait(identity, role, profile):
        one = person(house.cable.url + "/")
        one.expected += ["WebSocket", "ERR_"]
        token = tokens.mint(identity, role=role, name=identity.title(), match=True)
        assert one.eval(WAIT % (token, profile)) == "waiting"
        return one

    sam = wait("sam", "student", "{ subjects: [{ name: 'algebra' }] }")
    sam.until("seen.some(({ name, position }) => name === 'update' && position === 1)")
    ticket = sam.eval("queue.ticket")
    house.cable.pull()
    sam.until("queue.state === 'reconnecting'")
    house.cable.plug()
    sam.until("queue.state === 'waiting'")
    assert sam.eval("queue.ticket") == ticket
    mia = wait("mia", "mentor", "{ skills: [{ name: 'algebra', level: 4 }] }")
    for one in (sam, mia):
        one.until("queue.match !== undefined")
    assert mia.eval("queue.match.people[0].name") == "Sam"
    for one in (sam, mia):
        one.eval("queue.accept().then(() => true)")
    for one in (sam, mia):
        one.until("globalThis.met?.state === 'connected' && met.participants.size === 1")
