// Types of tandem.js, version 1. docs/sdk.md explains them by examples.

export const version: string;
export type Source = "microphone" | "camera" | "screen" | "screen_audio";
export type Quality = "high" | "medium" | "low" | "off";
export type RoomState = "connecting" | "waiting" | "connected" | "reconnecting" | "closed";
export type ErrorCode =
  | "invalid_message" | "unsupported_type" | "payload_too_large" | "unauthorized" | "token_expired" | "forbidden"
  | "not_joined" | "already_joined" | "room_not_found" | "room_full" | "room_locked" | "room_closed" | "bad_sdp"
  | "unknown_participant" | "unknown_track" | "not_recording" | "consent_required" | "resume_expired"
  | "rate_limited" | "unavailable" | "draining" | "internal" | "timeout" | "connection_lost" | "closed" | "left"
  | "not_found" | "conflict" | "wait_over" | "aborted" | "kicked" | "denied" | "replaced" | "revoked" | "device_denied" | "device_busy" | "device_missing"
  | "insecure" | (string & {});

export class TandemError extends Error {
  constructor(code: ErrorCode, detail?: string, more?: { retryAfter?: number });
  readonly code: ErrorCode;
  /** The server's or the browser's own words. */
  readonly detail: string;
  /** Seconds, where waiting helps. */
  readonly retryAfter?: number;
}

export interface Track {
  id: string; mid?: string; kind: "audio" | "video"; source: Source; muted: boolean; simulcast: boolean; codec: string;
}
export interface Talk { share: number; seconds: number; turn: number }
export interface Self {
  id: string; identity: string; name: string; role: "mentor" | "student" | "observer";
  attributes: Record<string, unknown>; state: "active" | "reconnecting" | "waiting"; handRaised: boolean;
  tracks: Track[]; consent?: boolean; talk?: Talk; quality?: number;
  /** What of a picture comes, when that is less than was asked for. */
  delivery?: Partial<Record<Source, { state: "full" | "reduced" | "paused"; reason: string | null }>>;
}
export interface Participant extends Self {
  readonly stream: MediaStream;
  readonly screen: MediaStream;
  sending: { microphone: boolean; camera: boolean; screen: boolean };
}
export interface RoomView {
  id: string; name: string; topology: "sfu" | "p2p" | "auto"; locked: boolean; createdAt: string;
  recording: { state: "stopped" | "waiting_for_consent" | "recording" | "failed"; recording?: string };
}
export interface Flow {
  kind: string; mid?: string; codec?: string; bytes: number; packets: number; lost: number; jitter?: number;
  width?: number; height?: number; framesPerSecond?: number; freezes?: number; limitedBy?: string;
}
export interface Statistics {
  /** Seconds. */
  roundTrip?: number;
  /** Bits a second. */
  available?: number;
  relayed: boolean; sent: Flow[]; received: Flow[]; reports: object[];
}

export interface RoomEvents {
  state: { state: RoomState; error?: TandemError; reason?: "lost" | "network" | "asleep" };
  media: { participant: Participant; track?: MediaStreamTrack };
  path: { participant?: Participant; state: "connecting" | "connected" | "broken"; error?: Error };
  device: { source: Source; state: "lost" | "changed"; track: MediaStreamTrack };
  "participant.joined": { participant: Participant };
  "participant.updated": { participant: Self };
  "participant.left": { participant: string; name?: string; reason: string };
  "track.added": { participant: string; track: Track };
  "track.updated": { participant: string; track: Track };
  "track.removed": { participant: string; track: string };
  speakers: { speakers: { participant: string; level: number }[] };
  quality: { participants: { participant: string; score: number }[] };
  talk: { participants: ({ participant: string } & Talk)[] };
  delivery: { track: string; state: "full" | "reduced" | "paused"; reason: "bandwidth" | "server_load" | null };
  chat: { from: string; text: string; at: string; to?: string };
  hand: { participant: string; raised: boolean };
  consent: { participant: string; recording: boolean };
  recording: { state: RoomView["recording"]["state"]; recording: string };
  topology: { topology: "sfu" | "p2p"; reason: string };
  waiting: { participant?: Self };
  admitted: object;
  denied: object;
  "room.updated": { room: RoomView };
  "room.closed": { reason: string };
  token: { token: string };
  draining: { deadline: string };
}

export class Room extends EventTarget {
  readonly state: RoomState;
  readonly self: Self;
  readonly info: RoomView;
  readonly error?: TandemError;
  readonly participants: Map<string, Participant>;
  readonly waiting: Map<string, Self>;
  readonly sending: { microphone: boolean; camera: boolean; screen: boolean };
  readonly mayPublish: boolean;
  addEventListener<T extends keyof RoomEvents>(
    type: T, listener: (event: CustomEvent<RoomEvents[T]>) => void, options?: boolean | AddEventListenerOptions): void;
  publish(source: Source, track: MediaStreamTrack | null): Promise<void>;
  enable(source: Source, enabled: boolean): void;
  switchDevice(source: "microphone" | "camera", wishes?: DeviceWishes): Promise<MediaStreamTrack>;
  shareScreen(constraints?: DisplayMediaStreamOptions): Promise<{ picture: MediaStreamTrack; sound?: MediaStreamTrack }>;
  attach(element: HTMLVideoElement, participant: Participant | string, source?: "camera" | "screen"): () => void;
  subscribe(track: string, quality: Quality,
    wishes?: { maxHeight?: number; maxFps?: number; priority?: number }): Promise<void>;
  chat(text: string, to?: string): Promise<void>;
  hand(raised: boolean): Promise<void>;
  consent(recording: boolean, shown?: { textVersion?: string; purpose?: string }): Promise<void>;
  startRecording(): Promise<string>;
  stopRecording(): Promise<string>;
  lock(): Promise<object>;
  unlock(): Promise<object>;
  admit(participant: string): Promise<void>;
  deny(participant: string): Promise<void>;
  kick(participant: string): Promise<object>;
  end(): Promise<object>;
  muteOther(participant: string, track: string): Promise<object>;
  request(type: string, fields?: object): Promise<object>;
  stats(): Promise<Statistics>;
  reconnect(): void;
  leave(): Promise<void>;
}

export interface DeviceWishes { deviceId?: string; constraints?: MediaTrackConstraints }
export interface ConnectOptions {
  token: string;
  url?: string | URL | string[] | (() => string | Promise<string>);
  room?: string;
  name?: string;
  attributes?: Record<string, unknown>;
  tracks?: Partial<Record<Source, MediaStreamTrack>>;
  refreshToken?: () => Promise<string>;
  simulcast?: boolean;
  opus?: { dtx?: boolean; fec?: boolean; stereo?: boolean };
  signal?: AbortSignal;
  configure?: (configuration: RTCConfiguration) => RTCConfiguration;
}
export function connect(options: ConnectOptions): Promise<Room>;
export function openDevice(source: "microphone" | "camera", wishes?: DeviceWishes): Promise<MediaStreamTrack>;
export function openScreen(
  constraints?: DisplayMediaStreamOptions): Promise<{ picture: MediaStreamTrack; sound?: MediaStreamTrack }>;

export interface QueueUpdate {
  ticket: string; state: string; position?: number; waitingStudents: number; freeMentors: number;
  estimatedSeconds?: number; secondsAtMost?: number; widening?: { kind: string; mentorsMore: number }[];
}
export interface FoundMatch {
  match: string; role: "mentor" | "student"; subject: string | null; score: number; expiresAt: string;
  people: { identity: string; name: string | null; role: "mentor" | "student" }[];
  reasons: { part: string; value: number; weight: number; words: string }[];
}
export interface QueueEvents {
  state: { state: "connecting" | "waiting" | "reconnecting" | "closed"; error?: TandemError };
  update: QueueUpdate;
  found: FoundMatch;
  cancelled: { match: string; reason: string };
  confirmed: { match: string; room: string; session: string; token?: string };
}
export interface QueueOptions {
  url?: string | URL | (() => string | Promise<string>); token: string; profile?: Record<string, unknown>;
  signal?: AbortSignal;
}
export class Queue extends EventTarget {
  readonly state: "connecting" | "waiting" | "reconnecting" | "closed";
  readonly ticket?: string;
  readonly update?: QueueUpdate;
  readonly match?: FoundMatch;
  readonly error?: TandemError;
  accept(match?: string): Promise<void>;
  decline(match?: string): Promise<void>;
  leave(): Promise<void>;
  addEventListener<K extends keyof QueueEvents>(
    type: K, listener: (event: CustomEvent<QueueEvents[K]>) => void, options?: boolean | AddEventListenerOptions,
  ): void;
}
export function waitForMatch(options: QueueOptions): Promise<Queue>;
