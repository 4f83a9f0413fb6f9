"""A line for media between a browser and the server's UDP port, with faults: a rate with a queue in front of it, loss, delay,
and a cut, each way for itself; and it can come to the server from another address, as a phone does that changes cells."""

import heapq
import random
import selectors
import socket
import threading
import time

CLEAN = {"rate": 0, "queue": 0.2, "loss": 0.0, "delay": 0.0}

#: Put into a page before it joins: the server's addresses in its descriptions become the line's.
DETOUR = """(() => {{
  const plain = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {{
    const sdp = description.sdp.replace(/^(a=candidate:\\S+ 1 udp \\d+) \\S+ \\d+ /gmi, '$1 {address} {port} ');
    return plain.call(this, {{ type: description.type, sdp }});
  }};
}})()"""


class Line:
    def __init__(self, server_address, seed=1):
        self.server = server_address
        self.faults = {"down": dict(CLEAN), "up": dict(CLEAN)}
        self.counts = {"down": 0, "up": 0, "dropped": 0}
        self._luck = random.Random(seed)
        self._free_at = {"down": 0.0, "up": 0.0}
        self._due, self._serial = [], 0
        self._near = self._socket((server_address[0], 0))
        self._far = self._socket((server_address[0], 0))
        self._client = None
        self._open = True
        self.address, self.port = self._near.getsockname()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @staticmethod
    def _socket(address):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        made.bind(address)
        made.setblocking(False)
        return made

    @property
    def detour(self):
        return DETOUR.format(address=self.address, port=self.port)

    def set(self, way=None, **faults):
        """`line.set("down", rate=500_000)`; without a way both; without faults a clean line."""
        for one in [way] if way else ["down", "up"]:
            self.faults[one] = {**CLEAN, **faults}

    def move(self):
        """From now on everything comes from another port; what is still sent to the old one is lost."""
        old, self._far = self._far, self._socket((self.server[0], 0))
        old.close()

    def _carry(self, way, packet, now):
        fault = self.faults[way]
        if self._luck.random() < fault["loss"]:
            self.counts["dropped"] += 1
            return
        due = now
        if fault["rate"]:
            start = max(now, self._free_at[way])
            if start - now > fault["queue"]:
                self.counts["dropped"] += 1
                return
            due = self._free_at[way] = start + len(packet) * 8 / fault["rate"]
        self._serial += 1
        heapq.heappush(self._due, (due + fault["delay"], self._serial, way, packet))

    def _run(self):
        while self._open:
            far = self._far
            with selectors.DefaultSelector() as ready:
                for one in (self._near, far):
                    try:
                        ready.register(one, selectors.EVENT_READ)
                    except (ValueError, KeyError):
                        pass
                pause = min(0.05, max(0, self._due[0][0] - time.monotonic())) if self._due else 0.05
                events = ready.select(pause)
            now = time.monotonic()
            for key, _ in events:
                try:
                    while True:
                        packet, sender = key.fileobj.recvfrom(2048)
                        if key.fileobj is self._near:
                            self._client = sender
                        self._carry("up" if key.fileobj is self._near else "down", packet, now)
                except OSError:
                    pass
            while self._due and self._due[0][0] <= now:
                _, _, way, packet = heapq.heappop(self._due)
                self.counts[way] += len(packet)
                try:
                    if way == "up":
                        self._far.sendto(packet, self.server)
                    elif self._client:
                        self._near.sendto(packet, self._client)
                except OSError:
                    pass

    def close(self):
        self._open = False
        self._thread.join()
        self._near.close()
        self._far.close()
