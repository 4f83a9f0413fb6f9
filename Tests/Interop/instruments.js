// Put into every page before its own scripts: what a test can't see from outside. It changes one thing only: capture
// without voice processing, because noise suppression takes a steady tone for noise.
window.instruments = (() => {
  const devices = navigator.mediaDevices;
  const capture = devices?.getUserMedia.bind(devices);
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  if (devices) {
    devices.getUserMedia = (wanted) =>
      capture({ ...wanted, ...(wanted.audio ? { audio: { ...Object(wanted.audio), ...plain } } : {}) });
  }

  const violations = [];
  addEventListener("securitypolicyviolation", (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`));

  const connections = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...options) {
      super(...options);
      connections.push(this);
    }
  };

  const remote = () => document.querySelector("#stage .tile:not(.me) video");

  // Share of the picture that is not black, and the number of frames so far.
  function picture() {
    const video = remote();
    if (!video?.videoWidth) return { bright: 0, frames: 0 };
    const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 18 });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(video, 0, 0, 32, 18);
    const { data } = pen.getImageData(0, 0, 32, 18);
    let bright = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] + data[i + 1] + data[i + 2] > 60) bright += 1;
    return { bright: bright / (32 * 18), frames: video.getVideoPlaybackQuality().totalVideoFrames };
  }

  let ear;
  // The strongest frequency in what comes from the other, and how strong it is (dB).
  function tone() {
    const stream = remote()?.srcObject;
    if (!stream?.getAudioTracks().length) return { hz: 0, level: -200 };
    if (ear?.track !== stream.getAudioTracks()[0]) {
      const context = new AudioContext();
      const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
      context.createMediaStreamSource(stream).connect(analyser);
      ear = { track: stream.getAudioTracks()[0], context, analyser, bins: new Float32Array(analyser.frequencyBinCount) };
    }
    ear.analyser.getFloatFrequencyData(ear.bins);
    let best = 0;
    for (let i = 1; i < ear.bins.length; i += 1) if (ear.bins[i] > ear.bins[best]) best = i;
    return { hz: (best * ear.context.sampleRate) / ear.analyser.fftSize, level: ear.bins[best] };
  }

  // WCAG 2.2: every visible text against the ground it stands on.
  const parse = (colour) => colour.match(/[\d.]+/g).map(Number);
  function luminance([r, g, b]) {
    const part = (value) => ((value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  }
  function ground(element) {
    for (let one = element; one; one = one.parentElement) {
      if (one.matches(".tile, .preview") && one !== element) return null;
      const [r, g, b, alpha = 1] = parse(getComputedStyle(one).backgroundColor);
      if (alpha > 0.7) return [r, g, b];
    }
    return parse(getComputedStyle(document.body).backgroundColor);
  }
  function faint() {
    const found = [];
    for (const element of document.querySelectorAll("body *")) {
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
      if (!own || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      if (element.closest("noscript, template, option") || element.disabled) continue;
      const below = ground(element);
      if (!below) continue;
      const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(below)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < 4.5) found.push(`${element.tagName} "${element.textContent.trim().slice(0, 30)}" ${ratio.toFixed(2)}`);
    }
    return found;
  }

  // Controls that a screen reader could not name, and what is wider than the window.
  const nameless = () => [...document.querySelectorAll("button, input, select, [role]")]
    .filter((one) => one.checkVisibility() && !one.ariaLabel && !one.labels?.length && !one.textContent.trim()
      && !one.querySelector("[aria-label]"))
    .map((one) => one.outerHTML.slice(0, 80));
  const sticksOut = () => document.documentElement.scrollWidth > innerWidth;

  return {
    violations, picture, tone, faint, nameless, sticksOut,
    /** Those that are open: a join offers to the server, which in a direct room does not want it. */
    get connections() { return connections.filter((one) => one.signalingState !== "closed"); },
  };
})();
