// Put into every page of a guest (guest.py): joins a room through the browser SDK with a tone and a colour of its
// own, and measures what really arrives from each of the others: the strongest frequency, decoded frames, their hue.
// A page has one call.
window.probe ??= (() => {
  const connections = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...options) {
      super(...options);
      connections.push(this);
      this.addEventListener("connectionstatechange", () => {
        if (this.connectionState === "connected") self.connectedAt ??= performance.now();
      });
    }
  };

  let context;
  const audio = () => {
    context ??= new AudioContext();
    if (context.state === "suspended") context.resume();
    return context;
  };

  function toneTrack(hz) {
    const oscillator = new OscillatorNode(audio(), { frequency: hz });
    const out = audio().createMediaStreamDestination();
    oscillator.connect(new GainNode(audio(), { gain: 0.5 })).connect(out);
    oscillator.start();
    return out.stream.getAudioTracks()[0];
  }

  /** One colour, with something in it that moves: whose picture it is can be told by the hue. */
  function colourTrack(hue, width = 320, height = 180, fps = 15, grains = 0) {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const pen = canvas.getContext("2d");
    let n = 0;
    setInterval(() => {
      pen.fillStyle = `hsl(${hue} 80% 50%)`;
      pen.fillRect(0, 0, width, height);
      pen.fillStyle = `hsl(${hue} 80% 40%)`;
      pen.fillRect((n * 7) % width, height / 3, 30, height / 3);
      // What an encoder has to work for.
      for (let grain = 0; grain < grains; grain += 1) {
        pen.fillStyle = `hsl(${hue} 80% ${35 + 30 * Math.random()}%)`;
        pen.fillRect(Math.random() * width, Math.random() * height, 12, 12);
      }
      n += 1;
    }, 1000 / fps);
    return canvas.captureStream(fps).getVideoTracks()[0];
  }

  const self = { connections, events: [], room: undefined, joinedIn: undefined, firstFrame: undefined, longestGap: 0 };
  const sinks = new Map();
  const ears = new Map();

  /** Chromium pulls remote sound only through a media element, which must not be muted. */
  function sink(stream) {
    let video = sinks.get(stream);
    if (!video) {
      video = Object.assign(document.createElement("video"), { autoplay: true, playsInline: true });
      video.width = 64;
      video.srcObject = stream;
      document.body.append(video);
      video.play().catch(() => {});
      // Firefox' own count of frames stays 0 where no window is drawn.
      const count = () => {
        const now = performance.now();
        self.firstFrame ??= now;
        if (video.last) self.longestGap = Math.max(self.longestGap, now - video.last);
        video.last = now;
        video.shown = (video.shown ?? 0) + 1;
        video.requestVideoFrameCallback(count);
      };
      video.requestVideoFrameCallback(count);
      sinks.set(stream, video);
    }
    return video;
  }

  const other = (identity) => [...(self.room?.participants.values() ?? [])].find((one) => one.identity === identity);

  self.join = async ({ token, tone, hue, name, fps = 15, fake = false, height = 180, grains = 0 }) => {
    const { connect } = await import("/tandem.js");
    const tracks = {};
    if (fake) {
      const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      const stream = await navigator.mediaDevices.getUserMedia({ audio: plain,
        video: { width: 320, height: 180, frameRate: 15 } });
      [tracks.microphone] = stream.getAudioTracks();
      [tracks.camera] = stream.getVideoTracks();
    } else {
      if (tone) tracks.microphone = toneTrack(tone);
      if (hue !== null) tracks.camera = colourTrack(hue, height * 16 / 9, height, fps, grains);
    }
    self.tracks = tracks;
    const began = performance.now();
    self.began = began;
    const room = await connect({ token, name, tracks });
    self.joinedIn = performance.now() - began;
    self.room = room;
    const plain = (key, value) => (value instanceof MediaStream ? undefined : value);
    for (const type of ["participant.joined", "participant.left", "participant.updated", "track.added", "track.updated",
      "track.removed", "speakers", "quality", "topology", "delivery", "state", "path"]) {
      room.addEventListener(type, ({ detail }) => {
        self.events.push({ type, ...(type === "path" ? { state: detail.state, error: String(detail.error ?? "") }
          : JSON.parse(JSON.stringify(detail, plain))) });
        while (self.events.length > 300) self.events.shift();
      });
    }
    const watch = () => {
      for (const one of room.participants.values()) {
        sink(one.stream);
        if (one.screen.getTracks().length) sink(one.screen);
      }
    };
    room.addEventListener("media", watch);
    room.addEventListener("participant.joined", watch);
    watch();
    return { id: room.self.id, joinedIn: self.joinedIn };
  };

  /** The strongest frequency of what comes from somebody, and how strong it is (dB; −200 is nothing at all). */
  self.hear = (identity) => {
    const [track] = other(identity)?.stream.getAudioTracks() ?? [];
    if (!track) return { hz: 0, db: -200 };
    let ear = ears.get(track);
    if (!ear) {
      const analyser = new AnalyserNode(audio(), { fftSize: 8192, smoothingTimeConstant: 0 });
      const source = audio().createMediaStreamSource(new MediaStream([track]));
      source.connect(analyser);
      ear = { analyser, source, bins: new Float32Array(analyser.frequencyBinCount) };
      ears.set(track, ear);
    }
    audio();
    ear.analyser.getFloatFrequencyData(ear.bins);
    let best = 2;
    for (let i = 2; i < ear.bins.length; i += 1) if (ear.bins[i] > ear.bins[best]) best = i;
    return { hz: Math.round((best * context.sampleRate) / 8192), db: Math.max(-200, Math.round(ear.bins[best])) };
  };

  function hueOf(r, g, b) {
    const high = Math.max(r, g, b);
    const span = high - Math.min(r, g, b);
    if (span < 30) return -1;
    const sector = high === r ? ((g - b) / span + 6) % 6 : high === g ? (b - r) / span + 2 : (r - g) / span + 4;
    return Math.round(sector * 60);
  }

  /** Frames shown so far, the share of pixels that are not black, the mean hue (−1: grey). */
  self.see = (identity, which = "stream") => {
    const stream = other(identity)?.[which];
    if (!stream?.getVideoTracks().length) return { frames: 0, bright: 0, hue: -1 };
    const video = sink(stream);
    const frames = video.shown ?? 0;
    if (!video.videoWidth) return { frames, bright: 0, hue: -1 };
    const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 18 });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(video, 0, 0, 32, 18);
    const { data } = pen.getImageData(0, 0, 32, 18);
    const sum = [0, 0, 0];
    let bright = 0;
    for (let i = 0; i < data.length; i += 4) {
      for (const c of [0, 1, 2]) sum[c] += data[i + c];
      if (data[i] + data[i + 1] + data[i + 2] > 60) bright += 1;
    }
    return { frames, bright: bright / 576, hue: hueOf(...sum.map((value) => value / 576)),
      size: `${video.videoWidth}x${video.videoHeight}` };
  };

  self.lastFrame = (identity) => sinks.get(other(identity)?.stream)?.last ?? 0;

  /** Whether nothing went through the first connection for a second. */
  self.resting = async (type, kind) => {
    const packets = async () => [...(await connections[0].getStats()).values()].filter((report) => report.type === type
        && (!kind || report.kind === kind))
      .reduce((sum, report) => sum + (report.packetsSent ?? report.packetsReceived), 0);
    const before = await packets();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return await packets() === before;
  };

  self.share = (hue) => {
    self.tracks.screen ??= colourTrack(hue, 480, 270);
    return self.room.publish("screen", self.tracks.screen);
  };

  self.connection = () => connections.find((one) => one.signalingState !== "closed");
  self.lines = () => (self.connection()?.localDescription?.sdp.match(/^m=/gm) ?? []).length;
  self.ufrag = () => self.connection()?.localDescription?.sdp.match(/ice-ufrag:(\S+)/)?.[1];

  /** What went through the connection so far: proof that it goes on, and the best clue if it does not. */
  self.counters = async () => {
    const sums = { packetsReceived: 0, packetsSent: 0, framesDecoded: 0, framesEncoded: 0, bytesReceived: 0 };
    for (const report of (await self.connection()?.getStats())?.values() ?? []) {
      if (!/^(inbound|outbound)-rtp$/.test(report.type)) continue;
      for (const name of Object.keys(sums)) sums[name] += report[name] ?? 0;
    }
    return sums;
  };

  /** What of the statistics is worth reading after a failure. */
  const TELLING = new RegExp(`^(${["type", "state", "kind", "ssrc", "mid", "rid", "packets\\w+", "bytes\\w+", "frames\\w+",
    "keyFrames\\w+", "nackCount", "pliCount", "firCount", "dtlsState", "srtpCipher", "tlsVersion", "address", "port",
    "candidateType", "nominated", "requestsSent", "responsesReceived", "audioLevel", "active"].join("|")})$`);

  self.diagnosis = async () => {
    const found = { state: self.room?.state, others: [], events: self.events.slice(-40), connections: [] };
    for (const one of self.room?.participants.values() ?? []) {
      found.others.push({ id: one.id, identity: one.identity, tracks: one.tracks, sending: one.sending,
        seen: self.see(one.identity), screen: self.see(one.identity, "screen"), heard: self.hear(one.identity),
        streams: one.stream.getTracks().map((track) => `${track.kind} ${track.readyState} muted=${track.muted}`) });
    }
    for (const connection of connections) {
      if (connection.signalingState === "closed") continue;
      const stats = [...(await connection.getStats()).values()].filter(({ type, state }) =>
        /^(inbound-rtp|outbound-rtp|remote-inbound-rtp|transport|local-candidate|remote-candidate)$/.test(type)
        || (type === "candidate-pair" && state !== "frozen"));
      const telling = (key, value) => TELLING.test(key) && value !== 0;
      const short = stats.map((report) => Object.entries(report).filter((entry) => telling(...entry))
        .map(([key, value]) => `${key}=${value}`).join(" "));
      found.connections.push({ states: [connection.connectionState, connection.iceConnectionState,
        connection.signalingState], lines: connection.getTransceivers().map(({ mid, direction, currentDirection }) =>
        `${mid} ${direction} ${currentDirection}`), stats: short, local: connection.localDescription?.sdp,
      remote: connection.remoteDescription?.sdp });
    }
    return found;
  };
  return self;
})();
