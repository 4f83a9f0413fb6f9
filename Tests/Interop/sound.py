"""What is in a recording, by programs that we did not write: opusinfo says whether a file is what it should be, ffmpeg
gives its samples."""

import json
import re
import subprocess

import numpy

RATE = 48000


def well_formed(path):
    """No tool complains about it; its length in seconds."""
    told = subprocess.run(["opusinfo", path], capture_output=True, text=True, timeout=30)
    said = told.stdout + told.stderr
    assert told.returncode == 0 and "WARNING" not in said and "ERROR" not in said, said
    probed = subprocess.run(["ffprobe", "-v", "warning", "-show_streams", "-of", "json", path], capture_output=True,
                            text=True, timeout=30)
    assert probed.stderr == "", probed.stderr
    assert json.loads(probed.stdout)["streams"][0]["codec_name"] == "opus"
    minutes, seconds = re.search(r"Playback length: (\d+)m:([\d.]+)s", said).groups()
    return 60 * int(minutes) + float(seconds)


def samples(path, channels=2):
    """Rows of one sample a channel."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-ac", str(channels), "-ar", str(RATE), "-"],
                         capture_output=True, check=True, timeout=60).stdout
    return numpy.frombuffer(raw, numpy.float32).reshape(-1, channels)


def loudness(mono):
    """In dB; silence is -200."""
    power = float(numpy.mean(numpy.square(mono, dtype=float))) if len(mono) else 0
    return 10 * numpy.log10(power) if power > 1e-20 else -200.0


def pitch(mono):
    """The strongest frequency of the loudest second."""
    seconds = [mono[at:at + RATE] for at in range(0, max(1, len(mono) - RATE), RATE // 2)]
    loudest = max(seconds, key=loudness)
    spectrum = numpy.abs(numpy.fft.rfft(loudest * numpy.hanning(len(loudest))))
    return float(spectrum[20:].argmax() + 20) * RATE / len(loudest)


def audible(mono, step=0.1, threshold=-50):
    """The stretches in which anything is heard, in seconds."""
    size = int(RATE * step)
    loud = [loudness(mono[at:at + size]) > threshold for at in range(0, len(mono), size)]
    stretches, start = [], None
    for index, is_loud in enumerate([*loud, False]):
        if is_loud and start is None:
            start = index
        elif not is_loud and start is not None:
            stretches.append((start * step, index * step))
            start = None
    return stretches
