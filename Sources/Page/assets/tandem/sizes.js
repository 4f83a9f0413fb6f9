// A camera's picture in several sizes, of which the server gives each receiver one. How many there are goes by the picture:
// Chromium sends two of one with fewer than 960 × 540 points and one of less than 480 × 270, and takes the first of those that
// it was given; so the first ones are made to share the whole picture among them.
const NAMES = ["q", "h", "f"];
/** Every other picture can be left out on the way to somebody who wants or bears no more. */
const RATES = "L1T2";
const POINTS = [0, 480 * 270, 960 * 540];

/** How many sizes a track is worth; as many as there may be where it does not say how large it is. */
function count(track) {
  const { width, height } = track?.getSettings() ?? {};
  return width && height ? POINTS.filter((least) => width * height >= least).length : NAMES.length;
}

/**
 * What to send of a track. The number of encodings is settled with the m-line, so the rest of them is there and inactive.
 * @param {MediaStreamTrack | null} track
 * @param {string[]} idle  those that nobody has
 */
export function encodings(track, idle = []) {
  const sizes = count(track);
  return NAMES.map((rid, index) => ({ rid, scalabilityMode: RATES, active: index < sizes && !idle.includes(rid),
    scaleResolutionDownBy: index < sizes ? 2 ** (sizes - 1 - index) : 1 }));
}
