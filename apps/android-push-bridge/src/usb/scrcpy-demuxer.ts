import { MAX_FRAME_BYTES } from "../protocol/limits.ts";
import { ClaimedBytes } from "./claimed-bytes.ts";
import { ScrcpyError } from "./scrcpy-error.ts";
import type { ScrcpyErrorCode } from "./scrcpy-error.ts";
import type { ScrcpyLayout } from "./scrcpy-version.ts";

/** What stands in one of scrcpy's streams, in order. Payloads are the receiver's. */
export type ScrcpyEvent =
  /** The phone's own name; on the first connection only. */
  | { readonly kind: "device-name"; readonly name: string }
  /** The phone sends nothing on this connection. `isError`: because its encoder could not be set up. */
  | { readonly kind: "disabled"; readonly isError: boolean }
  /** From here on pictures have this size: at the start, and again after a rotation where the layout tells. */
  | { readonly kind: "session"; readonly width: number; readonly height: number }
  /** H.264: SPS and PPS with start codes. AAC: an AudioSpecificConfig. */
  | { readonly kind: "config"; readonly payload: Uint8Array }
  /** One picture with start codes, or one AAC frame without ADTS. `timestampUs` counts microseconds. */
  | {
      readonly kind: "frame";
      readonly timestampUs: number;
      readonly isKeyFrame: boolean;
      readonly payload: Uint8Array;
    };

/** Which connection is read, and how much it may ask for. */
export interface ScrcpyDemuxerOptions {
  readonly track: "video" | "audio";
  readonly layout: ScrcpyLayout;
  /** Whether this is the first connection to the server: a byte and the phone's name stand in front of it. */
  readonly isFirst: boolean;
  /** Larger packets end the reading; as large as a frame of the bridge unless given. */
  readonly maxPacketSize?: number;
}

type Part = "prelude" | "codec" | "size" | "header" | "payload" | "disabled";

const deviceNameSize = 64;
const headerSize = 12;
const maxPictureSide = 16_384;
const codecIds = { video: 0x68323634, audio: 0x00616163 } as const; // "h264", "\0aac"
const decoder = new TextDecoder("utf-8");

/**
 * Reads one connection of a scrcpy server in pieces of any size: both layouts, tunnel forward, metadata left on. Holds at
 * most one packet. After a throw it is dead: every further call throws the same `ScrcpyError`.
 */
export class ScrcpyDemuxer {
  readonly #options: ScrcpyDemuxerOptions;
  readonly #maxPacketSize: number;
  readonly #hasSessionPackets: boolean;
  #part: Part;
  #held: ClaimedBytes;
  #frame: { readonly isConfig: boolean; readonly isKeyFrame: boolean; readonly timestampUs: number } | undefined;
  #error: ScrcpyError | undefined;

  constructor(options: ScrcpyDemuxerOptions) {
    this.#options = options;
    this.#maxPacketSize = options.maxPacketSize ?? MAX_FRAME_BYTES;
    this.#hasSessionPackets = options.layout === "session-packets";
    this.#part = options.isFirst ? "prelude" : "codec";
    this.#held = new ClaimedBytes(options.isFirst ? 1 + deviceNameSize : 4);
  }

  /** Takes the next bytes and reports what they complete. Throws a `ScrcpyError` if they break the framing. */
  push(bytes: Uint8Array, onEvent: (event: ScrcpyEvent) => void): void {
    if (this.#error !== undefined) throw this.#error;
    let position = 0;
    while (position < bytes.length && this.#part !== "disabled") {
      position += this.#held.append(bytes.subarray(position));
      if (this.#held.missing === 0) this.#finishPart(this.#held.bytes, onEvent);
    }
  }

  /** The connection has ended. Throws a `ScrcpyError` with `SCRCPY_TRUNCATED` if that was in the middle of something. */
  end(): void {
    if (this.#error !== undefined) throw this.#error;
    const isBetween = this.#part === "disabled" || (this.#part === "header" && this.#held.missing === headerSize);
    if (!isBetween) throw this.#fail("SCRCPY_TRUNCATED", "the phone's stream ended in the middle of a packet");
  }

  #finishPart(bytes: Uint8Array, onEvent: (event: ScrcpyEvent) => void): void {
    switch (this.#part) {
      case "prelude":
        this.#await("codec", 4);
        onEvent({ kind: "device-name", name: readName(bytes.subarray(1)) });
        return;
      case "codec":
        this.#finishCodec(uint32(bytes, 0), onEvent);
        return;
      case "size":
        this.#await("header", headerSize);
        onEvent(this.#session(uint32(bytes, 0), uint32(bytes, 4)));
        return;
      case "header":
        this.#finishHeader(bytes, onEvent);
        return;
      case "payload":
        this.#finishPayload(bytes, onEvent);
        return;
      case "disabled":
    }
  }

  #finishCodec(codecId: number, onEvent: (event: ScrcpyEvent) => void): void {
    if (codecId <= 1) {
      this.#part = "disabled";
      onEvent({ kind: "disabled", isError: codecId === 1 });
      return;
    }
    const { track } = this.#options;
    if (codecId !== codecIds[track]) {
      const found = codecId.toString(16).padStart(8, "0");
      throw this.#fail("SCRCPY_UNSUPPORTED_CODEC", `the phone sends ${track} as codec 0x${found}: check the version`);
    }
    if (track === "video" && !this.#hasSessionPackets) this.#await("size", 8);
    else this.#await("header", headerSize);
  }

  #finishHeader(header: Uint8Array, onEvent: (event: ScrcpyEvent) => void): void {
    const word = new DataView(header.buffer, header.byteOffset).getBigUint64(0);
    if (this.#hasSessionPackets && word >> 63n === 1n) {
      if (this.#options.track === "audio") throw this.#fail("SCRCPY_BAD_PACKET", "the sound claims to have a picture");
      this.#await("header", headerSize);
      onEvent(this.#session(uint32(header, 4), uint32(header, 8)));
      return;
    }
    const size = uint32(header, 8);
    if (size > this.#maxPacketSize) {
      throw this.#fail("SCRCPY_PACKET_TOO_LARGE", `the phone sends a packet of ${size} bytes: check the version`);
    }
    const configBit = this.#hasSessionPackets ? 62n : 63n;
    const keyFrameBit = configBit - 1n;
    const timestampUs = Number(word & ((1n << keyFrameBit) - 1n));
    if (!Number.isSafeInteger(timestampUs))
      throw this.#fail("SCRCPY_BAD_PACKET", "a timestamp of the phone is no time");
    if (size === 0) return this.#await("header", headerSize); // an encoder that ends may give an empty buffer
    const hasBit = (bit: bigint): boolean => ((word >> bit) & 1n) === 1n;
    this.#frame = { isConfig: hasBit(configBit), isKeyFrame: hasBit(keyFrameBit), timestampUs };
    this.#await("payload", size);
  }

  #finishPayload(payload: Uint8Array, onEvent: (event: ScrcpyEvent) => void): void {
    const { isConfig, isKeyFrame, timestampUs } = this.#frame!;
    this.#await("header", headerSize);
    onEvent(isConfig ? { kind: "config", payload } : { kind: "frame", timestampUs, isKeyFrame, payload });
  }

  #session(width: number, height: number): ScrcpyEvent {
    if (width === 0 || height === 0 || width > maxPictureSide || height > maxPictureSide) {
      throw this.#fail("SCRCPY_BAD_PACKET", `the phone sends pictures of ${width}x${height}: check the version`);
    }
    return { kind: "session", width, height };
  }

  #await(part: Part, size: number): void {
    this.#part = part;
    this.#held = new ClaimedBytes(size);
  }

  #fail(code: ScrcpyErrorCode, detail: string): ScrcpyError {
    return (this.#error = new ScrcpyError(code, detail));
  }
}

function uint32(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset);
}

function readName(field: Uint8Array): string {
  const end = field.indexOf(0);
  return decoder.decode(end === -1 ? field : field.subarray(0, end));
}
