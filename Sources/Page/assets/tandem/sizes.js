// A camera's picture in several sizes, of which the server gives each receiver one. How many there are goes by the picture:
// Chromium sends two of one with fewer than 960 × 540 points and one of less than 480 × 270, and takes the first of those that
// it was given; so the first ones are made to share the whole picture among them.
const NAMES = ["q", "h", "f"];
/** Every other picture can be left out on the way to somebody who wants or bears no more. */
const RATES = "L1T2";
const POINTS = [0, 480 * 270, 960 * 540];

/** What a picture of so many points may take, in bits a second: one that goes out alone would take all that there is. */
const RATES_OF_POINTS = [[1280 * 720, 1_800_000], [960 * 540, 1_200_000], [640 * 360, 700_000], [480 * 270, 450_000],
  [320 * 180, 220_000], [0, 120_000]];

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
  const { width = 1280, height = 720 } = track?.getSettings() ?? {};
  return NAMES.map((rid, index) => {
    const scale = index < sizes ? 2 ** (sizes - 1 - index) : 1;
    const points = width * height / scale ** 2;
    return { rid, scalabilityMode: RATES, active: index < sizes && !idle.includes(rid), scaleResolutionDownBy: scale,
      maxBitrate: RATES_OF_POINTS.find(([least]) => points >= least)[1] };
  });
}
