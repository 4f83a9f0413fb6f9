// How the console speaks to the server: HTTP with the operator's token, and one WebSocket that watches. The token stays
// in this tab's session storage and in no address.

const KEEP = "tandem.console";
const PAUSES = [500, 1000, 2000, 5000, 10_000];
/** Two minutes of a figure a second. */
const POINTS = 120;

export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** What is known of the house right now; everything that changes is told by an event. */
class Live extends EventTarget {
  token = recall();
  snapshot = undefined;
  server = undefined;
  dev = false;
  /** "off", "connecting", "on", "lost". */
  state = "off";
  /** The newest first. */
  events = [];
  /** By name of a figure: its last points. */
  #history = new Map();
  #socket;
  #timer;
  #tries = 0;
  #before;
  #cursor;

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** Resolves when the server lets us watch, and refuses with its words. */
  signIn(token) {
    this.token = token;
    return new Promise((resolve, reject) => this.#connect(resolve, reject)).then(() => remember(token));
  }

  signOut(error) {
    clearTimeout(this.#timer);
    this.token = undefined;
    remember(undefined);
    this.#socket?.close();
    this.#socket = this.snapshot = this.#before = this.#cursor = undefined;
    this.#tries = 0;
    this.events = [];
    this.#history.clear();
    this.#turn("off");
    this.tell("out", error);
  }

  history(name) {
    return this.#history.get(name) ?? [];
  }

  #turn(state) {
    this.state = state;
    this.tell("state", state);
  }

  #connect(resolve, reject) {
    const socket = new WebSocket(new URL("/v1/ws", location.href.replace(/^http/, "ws")), "tandem.v1");
    let entered = false;
    this.#socket = socket;
    this.#turn("connecting");
    socket.onopen = () => socket.send(JSON.stringify({ type: "watch", id: 1, token: this.token }));
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket) return;
      const message = JSON.parse(data);
      if (message.type === "error") {
        const error = new Refused(message.code, message.message);
        if (reject && !entered) return this.#giveUp(socket, reject, error);
        if (["unauthorized", "token_expired", "forbidden"].includes(message.code)) this.signOut(error);
        return;
      }
      if (message.type === "watching") {
        entered = true;
        this.#tries = 0;
        this.#entered(message);
        resolve?.();
      } else if (message.type === "log") this.#took(message);
      else if (message.type === "snapshot") this.#stands(message);
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      if (reject && !entered) return this.#giveUp(socket, reject, new Refused("unreachable", ""));
      this.#turn("lost");
      const pause = PAUSES[Math.min(this.#tries, PAUSES.length - 1)] * (0.5 + Math.random());
      this.#tries += 1;
      this.#timer = setTimeout(() => this.#connect(), pause);
    };
  }

  #giveUp(socket, reject, error) {
    this.#socket = undefined;
    socket.close();
    this.#turn("off");
    reject(error);
  }

  async #entered({ cursor, server, dev }) {
    const missedFrom = this.#cursor;
    Object.assign(this, { server, dev });
    this.#cursor = cursor;
    this.#turn("on");
    // Views that were made of what is old by now make themselves anew.
    if (missedFrom !== undefined && missedFrom !== cursor) this.tell("log", { type: "*" });
  }

  #took({ cursor, event }) {
    this.#cursor = cursor;
    this.events.unshift(event);
    this.events.length = Math.min(this.events.length, 100);
    this.tell("log", event);
  }

  #stands(snapshot) {
    const seconds = this.#before ? Math.max(0.2, (Date.parse(snapshot.at) - Date.parse(this.#before.at)) / 1000) : 0;
    const present = new Set();
    const note = (name, value) => {
      present.add(name);
      const points = this.#history.get(name) ?? [];
      points.push(value);
      if (points.length > POINTS) points.shift();
      this.#history.set(name, points);
    };
    note("participants", snapshot.totals.participants);
    note("rooms", snapshot.totals.activeRooms);
    note("waiting", snapshot.queue?.waitingStudents ?? 0);
    for (const worker of snapshot.workers) {
      const name = `worker ${worker.number}`;
      note(`${name} load`, worker.load);
      const old = this.#before?.workers.find(({ number }) => number === worker.number);
      const rate = (figure) => (old && seconds ? Math.max(0, (worker[figure] - old[figure]) / seconds) : 0);
      worker.rates = { in: rate("packetsIn"), out: rate("packetsOut"), bitsOut: rate("bytesOut") * 8, bitsIn: rate("bytesIn") * 8 };
      note(`${name} in`, worker.rates.in);
      note(`${name} out`, worker.rates.out);
    }
    const sum = (figure) => snapshot.workers.reduce((all, { rates }) => all + rates[figure], 0);
    snapshot.rates = { in: sum("in"), out: sum("out"), bitsIn: sum("bitsIn"), bitsOut: sum("bitsOut") };
    note("packets", snapshot.rates.in + snapshot.rates.out);
    note("load", Math.max(0, ...snapshot.workers.map(({ load }) => load)));
    for (const { people } of snapshot.rooms) {
      for (const { id, score, kbpsUp, kbpsDown } of people) {
        if (score === undefined) continue;
        note(`${id} score`, score);
        note(`${id} up`, kbpsUp);
        note(`${id} down`, kbpsDown);
      }
    }
    for (const name of this.#history.keys()) if (!present.has(name)) this.#history.delete(name);
    this.#before = this.snapshot = snapshot;
    this.tell("snapshot", snapshot);
  }
}

// Storage may be forbidden; then a reload asks for the token again.
function recall() {
  try {
    return sessionStorage.getItem(KEEP) ?? undefined;
  } catch {
    return undefined;
  }
}

function remember(token) {
  try {
    if (token) sessionStorage.setItem(KEEP, token);
    else sessionStorage.removeItem(KEEP);
  } catch { /* as above */ }
}

export const live = new Live();

/** One request; what the server says against it is thrown. */
export async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method, cache: "no-store",
      headers: { Authorization: `Bearer ${live.token}`, ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body && JSON.stringify(body),
    });
  } catch {
    throw new Refused("unreachable", "");
  }
  const content = answer.status === 204 ? undefined : await answer.json().catch(() => undefined);
  if (answer.ok) return content;
  const error = new Refused(content?.code ?? "internal", content?.detail ?? answer.statusText);
  if (answer.status === 401) live.signOut(error);
  throw error;
}

export const get = (path) => call("GET", path);

/** A path of parts that may have any letters. */
export const path = (...parts) => `/v1/${parts.map(encodeURIComponent).join("/")}`;
