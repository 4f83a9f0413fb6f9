// How a browser encodes speech follows from what the other side's description asks for: this writes it in there.

/** @param {string} sdp  the other side's @param {{ dtx?: boolean, fec?: boolean, stereo?: boolean }} [wishes] */
export function tuned(sdp, { dtx = true, fec = true, stereo = false } = {}) {
  const wanted = { usedtx: dtx, useinbandfec: fec, stereo };
  for (const [, type] of sdp.matchAll(/^a=rtpmap:(\d+) opus\/48000/gim)) {
    sdp = sdp.replace(new RegExp(`^(a=fmtp:${type} )(.*?)(\\r?)$`, "gm"), (line, start, text, end) => {
      const kept = text.split(";").map((part) => part.trim()).filter((part) => part && !(part.split("=")[0] in wanted));
      const added = Object.entries(wanted).map(([name, on]) => `${name}=${on ? 1 : 0}`);
      return start + [...kept, ...added].join(";") + end;
    });
  }
  return sdp;
}
