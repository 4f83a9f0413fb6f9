"""A peer made of GStreamer's webrtcbin. Runs under the system's Python, whose python3-gi it needs. Orders come as lines
of JSON on the standard input, and each is answered by one on the standard output; see peers.py."""

import asyncio
import colorsys
import contextlib
import json
import sys
import threading
import traceback

import gi
import media
import numpy
import websockets

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

SOUND = ("audiotestsrc is-live=true wave=sine freq={tone} volume=0.4 ! audio/x-raw,rate=48000,channels=1 ! opusenc ! "
         "rtpopuspay ! application/x-rtp,media=audio,encoding-name=OPUS,payload=96,clock-rate=48000 ! peer.sink_0 ")
PICTURE = ("videotestsrc is-live=true pattern=solid-color foreground-color={colour} ! "
           "video/x-raw,width=320,height=180,framerate=15/1 ! vp8enc deadline=1 keyframe-max-dist=60 ! rtpvp8pay ! "
           "application/x-rtp,media=video,encoding-name=VP8,payload=97,clock-rate=90000,rtcp-fb-nack=true,"
           "rtcp-fb-nack-pli=true ! peer.sink_1 ")
EARS = {"OPUS": "rtpopusdepay ! opusdec ! audioconvert ! audio/x-raw,format=S16LE,channels=1,rate=48000 ! ",
        "VP8": "rtpvp8depay ! vp8dec ! videoconvert ! videoscale ! video/x-raw,format=RGB,width=32,height=18 ! "}


def description(kind, sdp):
    _, message = GstSdp.SDPMessage.new_from_text(sdp)
    return GstWebRTC.WebRTCSessionDescription.new(kind, message)


class Peer:
    def __init__(self):
        Gst.init(None)
        self.loop = asyncio.get_running_loop()
        self.glib = GLib.MainLoop()
        threading.Thread(target=self.glib.run, daemon=True).start()
        self.waiting, self.number, self.heard, self.tasks = {}, 0, [], []
        self.people, self.carried, self.senses = {}, {}, {}
        self.local = self.remote = ""
        self.turn = asyncio.Lock()

    def _ask(self, signal, *arguments):
        """One of webrtcbin's actions. What is in the reply is valid only as long as the reply is."""
        promise = Gst.Promise.new()
        self.peer.emit(signal, *arguments, promise)
        if promise.wait() != Gst.PromiseResult.REPLIED:
            raise RuntimeError(f"{signal} came to nothing")
        reply = promise.get_reply()
        if reply and reply.has_field("error"):
            raise RuntimeError(f"{signal}: {reply.get_value('error')}")
        return reply

    def _describe(self, kind):
        reply = self._ask(f"create-{kind}", None)
        made = reply.get_value(kind)
        self.local = made.sdp.as_text()
        self._ask("set-local-description", made)
        return self.local

    def _pad(self, _, pad):
        if pad.direction != Gst.PadDirection.SRC:
            return
        caps = pad.get_current_caps() or pad.query_caps(None)
        encoding = caps.get_structure(0).get_string("encoding-name")
        mid = pad.get_property("transceiver").get_property("mid")
        sense = self.senses[mid] = media.Ear() if encoding == "OPUS" else media.Eye()
        branch = Gst.parse_bin_from_description(
            "queue ! " + EARS[encoding] + "appsink name=sink emit-signals=true sync=false max-buffers=4 drop=true", True)
        branch.get_by_name("sink").connect("new-sample", self._sample, sense)
        self.pipeline.add(branch)
        branch.sync_state_with_parent()
        pad.link(branch.get_static_pad("sink"))

    @staticmethod
    def _sample(sink, sense):
        buffer = sink.emit("pull-sample").get_buffer()
        found, view = buffer.map(Gst.MapFlags.READ)
        if found:
            data = bytes(view.data)
            buffer.unmap(view)
            if isinstance(sense, media.Ear):
                sense.take(numpy.frombuffer(data, numpy.int16))
            else:
                sense.take(numpy.frombuffer(data, numpy.uint8).reshape(18, 96)[:, :96].reshape(18, 32, 3))
        return Gst.FlowReturn.OK

    async def join(self, url, token, tone, hue):
        red, green, blue = (round(255 * part) for part in colorsys.hls_to_rgb(hue / 360, 0.5, 0.8))
        colour = 0xFF000000 | red << 16 | green << 8 | blue
        self.pipeline = Gst.parse_launch("webrtcbin name=peer bundle-policy=max-bundle latency=50 "
                                         + SOUND.format(tone=tone) + PICTURE.format(colour=colour))
        self.peer = self.pipeline.get_by_name("peer")
        self.peer.connect("pad-added", self._pad)
        needed = asyncio.Event()
        self.peer.connect("on-negotiation-needed", lambda *_: self.loop.call_soon_threadsafe(needed.set))
        self.pipeline.set_state(Gst.State.PLAYING)
        self.socket = await websockets.connect(url, subprotocols=["tandem.v1"], max_size=None)
        self.tasks.append(asyncio.create_task(self._read()))
        await asyncio.wait_for(needed.wait(), 10)
        sdp = await self.loop.run_in_executor(None, self._describe, "offer")
        mids = [line.split(":", 1)[1].strip() for line in sdp.splitlines() if line.startswith("a=mid:")]
        tracks = [{"mid": mid, "source": source} for mid, source in zip(mids, ("microphone", "camera"))]
        # An offer of the server's may be right behind its answer.
        async with self.turn:
            joined = await self.request("join", token=token, offer={"sdp": sdp, "tracks": tracks})
            for one in joined["participants"]:
                self.people[one["id"]] = one["identity"]
            await self._apply("answer", joined["answer"])
        return {"id": joined["self"]["id"]}

    async def _apply(self, kind, message):
        self.carried = {one["mid"]: one["participant"] for one in message.get("tracks", [])}
        types = {"answer": GstWebRTC.WebRTCSDPType.ANSWER, "offer": GstWebRTC.WebRTCSDPType.OFFER}
        self.remote = message["sdp"]
        await self.loop.run_in_executor(None, self._ask, "set-remote-description",
                                        description(types[kind], message["sdp"]))

    async def request(self, kind, **fields):
        self.number += 1
        self.waiting[self.number] = self.loop.create_future()
        await self.socket.send(json.dumps({"type": kind, "id": self.number, **fields}))
        reply = await asyncio.wait_for(self.waiting[self.number], 10)
        if reply["type"] == "error":
            raise RuntimeError(f"{reply['code']}: {reply['message']}")
        return reply

    async def _read(self):
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in self.socket:
                message = json.loads(text)
                if (waiter := self.waiting.pop(message.get("id"), None)) is not None:
                    waiter.set_result(message)
                    continue
                self.heard = [*self.heard, message][-50:]
                if message["type"] == "participant.joined":
                    self.people[message["participant"]["id"]] = message["participant"]["identity"]
                elif message["type"] == "offer":
                    self.tasks.append(asyncio.create_task(self._answer(message)))

    async def _answer(self, offer):
        try:
            async with self.turn:
                await self._apply("offer", offer)
                await self.request("answer", sdp=await self.loop.run_in_executor(None, self._describe, "answer"))
        except Exception:
            traceback.print_exc()

    async def report(self):
        found = {}
        for mid, sense in list(self.senses.items()):
            who = self.people.get(self.carried.get(mid))
            if who:
                found.setdefault(who, {}).update(sense.report())
        return {"from": found, "lines": self.local.count("\nm=")}

    async def diagnosis(self):
        return {**await self.report(), "carried": self.carried, "people": self.people, "events": self.heard,
                "states": [str(self.peer.get_property(f"{name}-state")) for name in
                           ("connection", "ice-connection", "ice-gathering", "signaling")],
                "local": self.local, "remote": self.remote}

    async def leave(self):
        await self.request("leave")
        return {}

    async def close(self):
        for task in self.tasks:
            task.cancel()
        with contextlib.suppress(AttributeError):
            await self.socket.close()
            self.pipeline.set_state(Gst.State.NULL)


async def main():
    peer = Peer()
    while line := await peer.loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        try:
            answer = await getattr(peer, order.pop("do"))(**order)
        except Exception as problem:
            traceback.print_exc()
            answer = {"error": repr(problem)}
        print(json.dumps(answer), flush=True)
    await peer.close()


asyncio.run(main())
