// Which pictures are looked at, and how large: from that follows what the server is asked to send. A tile that is
// scrolled away, hidden or in a tab behind others costs nothing. The room (room.js) makes one and tells it of changes.

/** Scrolling past a tile should not start and stop it. */
const HIDDEN_FOR = 400;
const LOW = 180;
const MEDIUM = 400;

export class Attention {
  #room;
  /** @type {Map<HTMLVideoElement, object>} */ #watched = new Map();
  #seen;
  #sized;
  #visibility = () => this.changed();

  constructor(room) {
    this.#room = room;
    if (!globalThis.IntersectionObserver) return;
    this.#seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.#update(target, { visible: isIntersecting });
    });
    this.#sized = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) this.#update(target, { height: contentRect.height });
    });
    document.addEventListener("visibilitychange", this.#visibility);
  }

  /** @returns {() => void}  ends it */
  watch(element, participant, source) {
    this.unwatch(element);
    this.#watched.set(element, { participant, source, visible: true, height: element.clientHeight, asked: undefined });
    this.#seen?.observe(element);
    this.#sized?.observe(element);
    return () => this.unwatch(element);
  }

  unwatch(element) {
    const entry = this.#watched.get(element);
    clearTimeout(entry?.timer);
    this.#watched.delete(element);
    this.#seen?.unobserve(element);
    this.#sized?.unobserve(element);
  }

  /** Tracks have come or gone, or the tab was shown or hidden. */
  changed() {
    for (const element of this.#watched.keys()) this.#update(element, {});
  }

  #update(element, news) {
    const entry = this.#watched.get(element);
    if (!entry) return;
    Object.assign(entry, news);
    clearTimeout(entry.timer);
    const inSight = entry.visible && !(document.hidden && document.pictureInPictureElement !== element);
    if (inSight) this.#ask(entry);
    else entry.timer = setTimeout(() => this.#ask(entry, "off"), HIDDEN_FOR);
  }

  #ask(entry, off) {
    const track = this.#room.participants.get(entry.participant)?.tracks.find(({ source }) => source === entry.source);
    if (!track) return;
    const lines = Math.round(entry.height * (globalThis.devicePixelRatio ?? 1));
    const quality = off ?? (lines <= LOW ? "low" : lines <= MEDIUM ? "medium" : "high");
    const wish = `${track.id} ${quality}`;
    if (entry.asked === wish) return;
    entry.asked = wish;
    this.#room.subscribe(track.id, quality).catch(() => (entry.asked = undefined));
  }

  close() {
    for (const element of [...this.#watched.keys()]) this.unwatch(element);
    globalThis.document?.removeEventListener("visibilitychange", this.#visibility);
  }
}
