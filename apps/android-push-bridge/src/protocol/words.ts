/** The version of the protocol that this code speaks. */
export const PROTOCOL_VERSION = 1;

/** What a sender says first (docs/bridge-protocol.md "Hello"). */
export interface Hello {
  readonly version: number;
  /** Says which stream the sender may feed. */
  readonly token: string;
  /** The same for every connection of one broadcast: with the same word the timeline goes on. At most 64 characters. */
  readonly session: string;
  /** `"common"`: both tracks are stamped by one clock. `"separate"`: each has an epoch of its own. */
  readonly clock: "common" | "separate";
  /** For people, in logs and on the status page. */
  readonly device: string;
}

/** The bridge's answer to a good `Hello`. */
export interface Welcome {
  readonly version: number;
  /** What the sender's stream is called at the server, without anything secret. */
  readonly stream: string;
  readonly acknowledgeEveryMs: number;
  /** How long the stream outlives a lost connection. */
  readonly graceMs: number;
  /** Larger frames end the connection. */
  readonly maxFrameBytes: number;
}

/** How far what the phone sends gets. */
export interface OutputState {
  /** `"connecting"`: the server has not answered yet. `"live"`: it takes the stream. `"unreachable"`: tried again shortly. */
  readonly state: "connecting" | "live" | "unreachable";
  /** For people: what the server or the network said. */
  readonly detail?: string;
}

/** Why the bridge ends a connection; API, like every error code. */
export type RefusalCode =
  | "BRIDGE_BAD_TOKEN"
  | "BRIDGE_BAD_FRAME"
  | "BRIDGE_BAD_MEDIA"
  | "BRIDGE_CLOSING"
  | "BRIDGE_FRAME_TOO_LARGE"
  | "BRIDGE_IDLE"
  | "BRIDGE_NO_HELLO"
  | "BRIDGE_REPLACED"
  | "BRIDGE_TARGET_REFUSED"
  | "BRIDGE_TOO_MANY_CONNECTIONS"
  | "BRIDGE_UNSUPPORTED_VERSION";

/** The last words before the bridge closes a connection. */
export interface Refusal {
  readonly code: RefusalCode;
  /** For people; with `BRIDGE_TARGET_REFUSED`, the server's own words. */
  readonly detail: string;
}

/** What a sender tells about itself every second or so, for the status page; every field is optional and unchecked. */
export interface Report {
  /** Of everything that it sends, in bits a second. */
  readonly bitrate?: number;
  readonly framesPerSecond?: number;
  readonly width?: number;
  readonly height?: number;
  /** Pictures left out since the broadcast began. */
  readonly droppedFrames?: number;
  readonly roundTripMs?: number;
  /** Charge, from 0 to 1. */
  readonly battery?: number;
  readonly isHidden?: boolean;
  readonly isMuted?: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Writes words as the JSON payload of a frame. */
export function encodeWords(words: Hello | Welcome | OutputState | Refusal | Report): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(words));
}

/** Reads a JSON payload. Returns `undefined` unless it is a JSON object in UTF-8; its fields are unchecked. */
export function decodeWords(payload: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(payload));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

/** How far the bridge has got, said over and over (docs/bridge-protocol.md "Acknowledgement"). */
export interface Acknowledgement {
  /** Media frames of this connection that went on to the server or were passed over, uint32. */
  readonly frameCount: number;
  /** How long the newest frame had been here when this was written, in milliseconds. */
  readonly heldMs: number;
  /** What the bridge holds for the server, in bytes. */
  readonly unsentBytes: number;
}

/** Writes the payload of an `Acknowledgement` frame. */
export function encodeAcknowledgement(acknowledgement: Acknowledgement): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, acknowledgement.frameCount);
  view.setUint32(4, acknowledgement.heldMs);
  view.setUint32(8, acknowledgement.unsentBytes);
  return bytes;
}

/** Reads the payload of an `Acknowledgement` frame; `undefined` if it is shorter. More bytes are for later versions. */
export function decodeAcknowledgement(payload: Uint8Array): Acknowledgement | undefined {
  if (payload.length < 12) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return { frameCount: view.getUint32(0), heldMs: view.getUint32(4), unsentBytes: view.getUint32(8) };
}
