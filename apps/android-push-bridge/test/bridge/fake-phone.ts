import { concat, hex, u32 } from "@rtmp/testkit";
import type { Bridge } from "../../src/bridge/bridge.ts";
import type { FrameReceiver } from "../../src/bridge/frame-connection.ts";
import { FrameFlag, FrameKind, decodeFrame, encodeFrame } from "../../src/protocol/frame.ts";
import type { Frame } from "../../src/protocol/frame.ts";
import { decodeAcknowledgement, decodeWords, encodeWords } from "../../src/protocol/words.ts";
import type { Acknowledgement, Hello } from "../../src/protocol/words.ts";

const kindNames = new Map<number, string>(Object.entries(FrameKind).map(([name, kind]) => [kind, name]));

// What x264 writes for pictures of 322x242 and 320x240 pixels.
const spsSmall = hex("6764000dacd94150878888c044000003000400000300c83c50a658");
const spsOther = hex("67640015acd941410fcb808800000300080000030190f8a14cb0");
const pps = hex("68eae3cb22c0");

/** An avcC with one SPS and the PPS. */
function avcConfig(sps: Uint8Array): Uint8Array {
  const length = (bytes: Uint8Array): Uint8Array => Uint8Array.of(bytes.length >>> 8, bytes.length & 0xff);
  const high = hex("fdf8f800");
  const head = Uint8Array.of(1, sps[1]!, sps[2]!, sps[3]!, 0xff, 0xe1);
  return concat(head, length(sps), sps, Uint8Array.of(1), length(pps), pps, high);
}

export const small: { readonly config: Uint8Array; readonly annexB: Uint8Array } = {
  config: avcConfig(spsSmall),
  annexB: concat(hex("00000001"), spsSmall, hex("000001"), pps),
};
export const other: { readonly config: Uint8Array } = { config: avcConfig(spsOther) };
/** AAC LC, 44.1 kHz, stereo. */
export const audioConfig: Uint8Array = hex("1210");

/** One picture of one slice, with four-byte lengths. */
export function picture(isKey: boolean, size = 20): Uint8Array {
  const nalUnit = new Uint8Array(size).fill(0x55);
  nalUnit[0] = isKey ? 0x65 : 0x41;
  return concat(u32(size), nalUnit);
}

/** A phone whose connection is memory. */
export class FakePhone {
  readonly remoteAddress = "192.0.2.7";
  readonly received: Frame[] = [];
  unsentBytes = 0;
  receivedBytes = 0;
  closeReason: string | undefined;
  isAdmitted = false;
  readonly #receiver: FrameReceiver | undefined; // a bridge that stops closes before it returns one

  constructor(bridge: Bridge) {
    this.#receiver = bridge.accept(this, () => (this.isAdmitted = true));
  }

  send(frame: Uint8Array): void {
    const decoded = decodeFrame(frame);
    if (decoded === undefined) throw new Error("the bridge sent no frame");
    this.received.push(decoded);
  }

  close(reason: string): void {
    this.closeReason ??= reason;
    this.#receiver?.closed();
  }

  /** The network takes the connection away. */
  lose(): void {
    this.#receiver?.closed();
  }

  hello(fields: Partial<Hello> = {}): this {
    const hello: Hello = {
      version: 1,
      token: "the token of this phone",
      session: "one",
      clock: "common",
      device: "Pixel",
      ...fields,
    };
    return this.raw(encodeFrame({ kind: FrameKind.Hello, payload: encodeWords(hello) }));
  }

  raw(bytes: Uint8Array): this {
    this.receivedBytes += bytes.length;
    this.#receiver?.receive(bytes);
    return this;
  }

  configs(video: Uint8Array = small.config): this {
    this.raw(encodeFrame({ kind: FrameKind.VideoConfig, payload: video }));
    return this.raw(encodeFrame({ kind: FrameKind.AudioConfig, payload: audioConfig }));
  }

  key(ms: number, size?: number): this {
    const flags = FrameFlag.KeyFrame;
    return this.raw(
      encodeFrame({ kind: FrameKind.Video, flags, timestampUs: ms * 1000, payload: picture(true, size) }),
    );
  }

  inter(ms: number, size?: number): this {
    return this.raw(encodeFrame({ kind: FrameKind.Video, timestampUs: ms * 1000, payload: picture(false, size) }));
  }

  sound(ms: number): this {
    return this.raw(encodeFrame({ kind: FrameKind.Audio, timestampUs: ms * 1000, payload: hex("211004") }));
  }

  goodbye(): this {
    return this.raw(encodeFrame({ kind: FrameKind.Goodbye }));
  }

  /** The names of what came, acknowledgements left out. */
  kinds(): string[] {
    return this.received
      .map(({ kind }) => kindNames.get(kind) ?? String(kind))
      .filter((name) => name !== "Acknowledgement");
  }

  /** The words of the newest frame of a kind. */
  words(kind: FrameKind): Readonly<Record<string, unknown>> | undefined {
    const frame = this.received.findLast((candidate) => candidate.kind === kind);
    return frame && decodeWords(frame.payload);
  }

  acknowledgement(): Acknowledgement | undefined {
    const frame = this.received.findLast((candidate) => candidate.kind === FrameKind.Acknowledgement);
    return frame && decodeAcknowledgement(frame.payload);
  }
}
