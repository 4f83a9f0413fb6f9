"""What the peers that are no browsers send and measure: a tone, a colour, and what they hear and see of the others.
Depends on numpy alone, since gst_peer.py runs under the system's Python."""

import colorsys
import time

import numpy

RATE, WIDTH, HEIGHT, FPS = 48000, 320, 180, 15


def tone(hz, start, count):
    """Samples of a sine as 16-bit integers, from sample number `start` on."""
    return (12000 * numpy.sin(2 * numpy.pi * hz * (numpy.arange(count) + start) / RATE)).astype(numpy.int16)


def picture(hue, number):
    """A frame of one colour with a bar that wanders, as rows of RGB."""
    def rgb(light):
        return [round(255 * part) for part in colorsys.hls_to_rgb(hue / 360, light, 0.8)]

    frame = numpy.empty((HEIGHT, WIDTH, 3), numpy.uint8)
    frame[:] = rgb(0.5)
    left = number * 7 % WIDTH
    frame[HEIGHT // 3:2 * HEIGHT // 3, left:left + 30] = rgb(0.4)
    return frame


class Ear:
    """The latest third of a second of what came from somebody."""

    SAMPLES = 16384

    def __init__(self):
        self.samples = numpy.zeros(self.SAMPLES)
        self.at = 0.0

    def take(self, mono):
        self.samples = numpy.concatenate([self.samples, mono.astype(float) / 32768])[-self.SAMPLES:]
        self.at = time.monotonic()

    def report(self):
        """The strongest frequency, and the level in dB; nothing new for a while is silence."""
        power = numpy.mean(self.samples ** 2)
        if time.monotonic() - self.at > 1 or power < 1e-10:
            return {"hz": 0, "level": -200}
        spectrum = numpy.abs(numpy.fft.rfft(self.samples * numpy.hanning(self.SAMPLES)))
        return {"hz": round(float(spectrum[2:].argmax() + 2) * RATE / self.SAMPLES, 1),
                "level": round(float(10 * numpy.log10(power)), 1)}


class Eye:
    def __init__(self):
        self.frames = 0
        self.rows = None

    def take(self, rows):
        """A frame as an array of RGB; looked at only when asked."""
        self.frames += 1
        self.rows = rows

    def report(self):
        if self.rows is None:
            return {"frames": 0, "bright": 0, "hue": -1}
        rows = self.rows
        red, green, blue = (float(part) / 255 for part in rows.reshape(-1, 3).mean(axis=0))
        hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
        return {"frames": self.frames, "bright": float((rows.sum(axis=2) > 60).mean()),
                "hue": round(hue * 360) if saturation > 0.15 else -1, "size": f"{rows.shape[1]}x{rows.shape[0]}"}
