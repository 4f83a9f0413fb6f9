"""A peer made of aiortc, which shares no code with any browser. Orders come as lines of JSON on the standard input, and
each is answered by one on the standard output; see peers.py."""

import asyncio
import contextlib
import fractions
import json
import logging
import math
import random
import sys
import time
import traceback

import media
import numpy
import websockets
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame, VideoFrame

AUDIO_FRAME = media.RATE // 50


class Paced(MediaStreamTrack):
    """A track whose frames come at a steady pace."""

    def __init__(self, per_second, make):
        super().__init__()
        self.per_second, self.make, self.number, self.began = per_second, make, 0, None

    async def recv(self):
        self.began = self.began or time.monotonic()
        await asyncio.sleep(max(0, self.began + self.number / self.per_second - time.monotonic()))
        frame = self.make(self.number)
        self.number += 1
        return frame


class Tone(Paced):
    kind = "audio"

    def __init__(self, hz):
        def make(number):
            return sound(media.tone(hz, number * AUDIO_FRAME, AUDIO_FRAME), number)

        super().__init__(50, make)


class Clicks(Paced):
    """Silence, and at each whole second of the wall clock a short burst: whoever hears two of these can tell how far apart
    they are on tape."""

    kind = "audio"

    def __init__(self):
        def make(number):
            samples = numpy.zeros(AUDIO_FRAME, numpy.int16)
            at = int((-time.time() % 1) * media.RATE)
            if at < AUDIO_FRAME:
                samples[at:] = media.tone(2000, 0, AUDIO_FRAME - at)
            return sound(samples, number)

        super().__init__(50, make)


class Speech(Paced):
    """Noise in syllables, as somebody talks, in turns that are given in seconds after a moment of the wall clock."""

    kind = "audio"

    def __init__(self, began, turns):
        noise = numpy.random.default_rng(1)

        def make(number):
            at = time.time() - began
            samples = numpy.zeros(AUDIO_FRAME)
            if any(start <= at < end for start, end in turns):
                syllable = 0.6 + 0.4 * math.sin(2 * math.pi * 4 * at)
                samples = noise.normal(0, 4000 * syllable, AUDIO_FRAME).clip(-20000, 20000)
            return sound(samples.astype(numpy.int16), number)

        super().__init__(50, make)


def sound(samples, number):
    frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate, frame.pts = media.RATE, number * AUDIO_FRAME
    frame.time_base = fractions.Fraction(1, media.RATE)
    return frame


class Colour(Paced):
    kind = "video"

    def __init__(self, hue):
        def make(number):
            frame = VideoFrame.from_ndarray(media.picture(hue, number), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number * 90000 // media.FPS, fractions.Fraction(1, 90000)
            return frame

        super().__init__(media.FPS, make)


class Peer:
    def __init__(self):
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.on("track", self._track)
        self.waiting, self.number, self.heard = {}, 0, []
        self.people, self.carried = {}, {}
        self.senses, self.tasks = {}, []
        self.turn = asyncio.Lock()

    def _start(self, work):
        self.tasks.append(asyncio.create_task(work))

    def _track(self, track):
        sense = self.senses[track.id, track.kind] = media.Ear() if track.kind == "audio" else media.Eye()
        # By the line it arrives on: what the line carries may change.
        line = next(one for one in self.connection.getTransceivers() if one.receiver.track is track)
        line.sense = sense
        self._start(self._consume(track, sense))

    @staticmethod
    async def _consume(track, sense):
        with contextlib.suppress(Exception):
            while True:
                frame = await track.recv()
                if track.kind == "video":
                    sense.take(frame.reformat(width=32, height=18, format="rgb24").to_ndarray())
                else:
                    samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0]
                    sense.take(samples)

    async def join(self, url, token, tone, hue):
        self.socket = await websockets.connect(url, subprotocols=["tandem.v1"], max_size=None)
        self._start(self._read())
        lines = [(self._voice(tone) if tone else "audio", "microphone", tone is not None),
                 (Colour(hue) if hue is not None else "video", "camera", hue is not None)]
        for source, _, sends in lines:
            self.connection.addTransceiver(source, direction="sendrecv" if sends else "recvonly")
        await self.connection.setLocalDescription(await self.connection.createOffer())
        tracks = [{"mid": line.mid, "source": name} for line, (_, name, sends)
                  in zip(self.connection.getTransceivers(), lines, strict=True) if sends]
        # An offer of the server's may be right behind its answer.
        async with self.turn:
            joined = await self.request("join", token=token,
                                        offer={"sdp": self.connection.localDescription.sdp, "tracks": tracks})
            for one in joined["participants"]:
                self.people[one["id"]] = one["identity"]
            await self._apply("answer", joined["answer"])
        return {"id": joined["self"]["id"]}

    @staticmethod
    def _voice(tone):
        if tone == "clicks":
            return Clicks()
        return Speech(**tone) if isinstance(tone, dict) else Tone(tone)

    async def _apply(self, kind, description):
        self.carried = {one["mid"]: one["participant"] for one in description.get("tracks", [])}
        await self.connection.setRemoteDescription(RTCSessionDescription(description["sdp"], kind))

    async def request(self, kind, **fields):
        self.number += 1
        self.waiting[self.number] = asyncio.get_running_loop().create_future()
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
                    self._start(self._answer(message))

    async def _answer(self, offer):
        try:
            async with self.turn:
                await self._apply("offer", offer)
                await self.connection.setLocalDescription(await self.connection.createAnswer())
                await self.request("answer", sdp=self.connection.localDescription.sdp)
        except Exception:
            traceback.print_exc()

    async def report(self):
        found = {}
        for line in self.connection.getTransceivers():
            who = self.people.get(self.carried.get(line.mid))
            if who and hasattr(line, "sense"):
                found.setdefault(who, {}).update(line.sense.report())
        return {"from": found, "lines": self.connection.localDescription.sdp.count("\nm=")}

    async def diagnosis(self):
        stats = await self.connection.getStats()
        return {**await self.report(), "carried": self.carried, "people": self.people, "events": self.heard,
                "states": [self.connection.connectionState, self.connection.iceConnectionState,
                           self.connection.signalingState],
                "lines": [[line.mid, line.direction, line.currentDirection] for line in self.connection.getTransceivers()],
                "stats": [str(one) for one in stats.values() if "rtp" in one.type],
                "local": self.connection.localDescription.sdp, "remote": self.connection.remoteDescription.sdp}

    async def send(self, kind, fields):
        return await self.request(kind, **fields)

    async def events(self):
        return {"events": self.heard}

    async def other_source(self):
        """As after a change of device in some clients: the sound goes on under another SSRC."""
        self.connection.getSenders()[0]._ssrc = random.getrandbits(32)
        return {}

    async def lossy(self, share):
        """Of the packets that this peer sends, so many never arrive."""
        chance, transport = random.Random(1), self.connection.getSenders()[0].transport
        send = transport._send_rtp

        async def unreliable(data):
            if chance.random() >= share:
                await send(data)

        transport._send_rtp = unreliable
        return {}

    async def leave(self):
        await self.request("leave")
        return {}

    async def close(self):
        for task in self.tasks:
            task.cancel()
        await self.connection.close()
        with contextlib.suppress(AttributeError):
            await self.socket.close()


async def main():
    peer = Peer()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        try:
            answer = await getattr(peer, order.pop("do"))(**order)
        except Exception as problem:
            traceback.print_exc()
            answer = {"error": repr(problem)}
        print(json.dumps(answer), flush=True)
    await peer.close()


logging.basicConfig(level=logging.WARNING)
asyncio.run(main())
