import { ascii, concat, hex, seededRandom, randomSplits, splits, u32 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { ScrcpyDemuxer } from "../../src/usb/scrcpy-demuxer.ts";
import type { ScrcpyDemuxerOptions } from "../../src/usb/scrcpy-demuxer.ts";
import { ScrcpyError } from "../../src/usb/scrcpy-error.ts";
import type { ScrcpyLayout } from "../../src/usb/scrcpy-version.ts";
import { audioHeader, packet, prelude, sessionPacket, u64, videoHeader } from "./scrcpy-wire.ts";

const layouts: readonly ScrcpyLayout[] = ["flags-63", "session-packets"];
const sps = hex("00000001 6742c01e 00000001 68ce3c80");
const key = hex("00000001 6588843f");
const inter = hex("00000001 419a1234");

/** Everything a demuxer reports of bytes in pieces, the error's code and its end included. */
function observe(options: ScrcpyDemuxerOptions, pieces: readonly Uint8Array[]): unknown[] {
  const seen: unknown[] = [];
  const demuxer = new ScrcpyDemuxer({ maxPacketSize: 1000, ...options });
  try {
    for (const piece of pieces) {
      const lent = piece.slice();
      demuxer.push(lent, (event) => seen.push(event));
      lent.fill(0xee);
    }
    demuxer.end();
    seen.push("end");
  } catch (error) {
    seen.push(error instanceof ScrcpyError ? error.code : error);
    expect(() => demuxer.push(new Uint8Array(1), () => undefined)).toThrow(error);
    expect(() => demuxer.end()).toThrow(error);
  }
  return seen;
}

function videoOf(layout: ScrcpyLayout): Uint8Array {
  return concat(
    ...[prelude("Pixel 9"), videoHeader(layout, 1280, 720)],
    packet(layout, { isConfig: true, payload: sps }),
    packet(layout, { timestampUs: 7_000_000, isKeyFrame: true, payload: key }),
    packet(layout, { timestampUs: 7_033_333, payload: new Uint8Array(0) }),
    packet(layout, { timestampUs: 7_033_333, payload: inter }),
    ...(layout === "session-packets" ? [sessionPacket(720, 1280)] : []),
    packet(layout, { isConfig: true, payload: sps }),
    packet(layout, { timestampUs: 2 ** 52, isKeyFrame: true, payload: new Uint8Array(1000).fill(5) }),
  );
}

const video = (layout: ScrcpyLayout): ScrcpyDemuxerOptions => ({ track: "video", layout, isFirst: true });
const audio = (layout: ScrcpyLayout): ScrcpyDemuxerOptions => ({ track: "audio", layout, isFirst: false });

describe.for(layouts)("a stream of the layout %s", (layout) => {
  const rotation = layout === "session-packets" ? [{ kind: "session", width: 720, height: 1280 }] : [];

  test("gives the name, the size, configs and pictures in order", () => {
    expect(observe(video(layout), [videoOf(layout)])).toEqual([
      { kind: "device-name", name: "Pixel 9" },
      { kind: "session", width: 1280, height: 720 },
      { kind: "config", payload: sps },
      { kind: "frame", timestampUs: 7_000_000, isKeyFrame: true, payload: key },
      { kind: "frame", timestampUs: 7_033_333, isKeyFrame: false, payload: inter },
      ...rotation,
      { kind: "config", payload: sps },
      { kind: "frame", timestampUs: 2 ** 52, isKeyFrame: true, payload: new Uint8Array(1000).fill(5) },
      "end",
    ]);
  });

  test("of sound has neither name nor size", () => {
    const config = hex("1190");
    const bytes = concat(
      ...[audioHeader, packet(layout, { isConfig: true, payload: config })],
      packet(layout, { timestampUs: 5, payload: hex("210a") }),
    );
    expect(observe(audio(layout), [bytes])).toEqual([
      { kind: "config", payload: config },
      { kind: "frame", timestampUs: 5, isKeyFrame: false, payload: hex("210a") },
      "end",
    ]);
  });

  test("is the same however it is cut, and so are its errors", () => {
    const good = videoOf(layout);
    const broken = concat(good, packet(layout, { payload: new Uint8Array(0), claimedSize: 1001 }));
    const random = seededRandom(layout.length);
    for (const bytes of [good, broken]) {
      const whole = observe(video(layout), [bytes]);
      for (const size of [1, 2, 3, 11, 12, 13, 63, 64, 65, 66, 999]) {
        expect(observe(video(layout), splits(bytes, size)), `pieces of ${size}`).toEqual(whole);
      }
      for (let i = 0; i < 50; i++) expect(observe(video(layout), randomSplits(bytes, random))).toEqual(whole);
    }
  });

  test("that ends anywhere but between two packets is cut short", () => {
    const bytes = concat(prelude("P"), videoHeader(layout, 8, 8), packet(layout, { isConfig: true, payload: sps }));
    const between = [bytes.length, bytes.length - 12 - sps.length];
    if (layout === "session-packets") between.push(1 + 64 + 4);
    for (let size = 0; size <= bytes.length; size++) {
      const last = observe(video(layout), [bytes.subarray(0, size)]).at(-1);
      expect(last, `${size} bytes`).toBe(between.includes(size) ? "end" : "SCRCPY_TRUNCATED");
    }
  });

  test.each([0, 1])("may be disabled with the codec id %i, and the rest is not read", (codecId) => {
    const bytes = concat(u32(codecId), new Uint8Array(100).fill(0xff));
    for (const size of [1, 4, 5, 104]) {
      expect(observe(audio(layout), splits(bytes, size))).toEqual([
        { kind: "disabled", isError: codecId === 1 },
        "end",
      ]);
    }
  });

  test.each<[string, Uint8Array, string]>([
    ["a packet of 4 GiB", concat(u64(0n), u32(0xffffffff)), "SCRCPY_PACKET_TOO_LARGE"],
    ["a packet of one byte too many", concat(u64(0n), u32(1001)), "SCRCPY_PACKET_TOO_LARGE"],
    ["a time beyond any clock", concat(u64(1n << 53n), u32(4), key), "SCRCPY_BAD_PACKET"],
  ])("with %s is refused at its header", (_name, bytes, code) => {
    const before = concat(prelude("P"), videoHeader(layout, 8, 8));
    expect(observe(video(layout), [before, bytes]).at(-1)).toBe(code);
  });

  test.each([
    [0, 8],
    [8, 0],
    [16_385, 8],
    [8, 0xffffffff],
  ])("with pictures of %ix%i is refused", (width, height) => {
    const bytes = concat(prelude("P"), videoHeader(layout, width, height));
    expect(observe(video(layout), [bytes]).at(-1)).toBe("SCRCPY_BAD_PACKET");
  });

  test("of another codec is refused", () => {
    expect(observe(video(layout), [prelude("P"), ascii("h265")]).at(-1)).toBe("SCRCPY_UNSUPPORTED_CODEC");
    expect(observe(audio(layout), [ascii("opus")]).at(-1)).toBe("SCRCPY_UNSUPPORTED_CODEC");
    expect(observe(audio(layout), [ascii("h264")]).at(-1)).toBe("SCRCPY_UNSUPPORTED_CODEC");
  });
});

describe("a demuxer", () => {
  test("refuses a picture's size in the sound", () => {
    const bytes = concat(audioHeader, sessionPacket(8, 8));
    expect(observe(audio("session-packets"), [bytes])).toEqual(["SCRCPY_BAD_PACKET"]);
  });

  test("reads a name without an end and one that is no text", () => {
    const name = (field: Uint8Array): unknown => observe(video("flags-63"), [new Uint8Array(1), field])[0];
    expect(name(ascii("x".repeat(64)))).toEqual({ kind: "device-name", name: "x".repeat(64) });
    expect(name(new Uint8Array(64).fill(0xff))).toEqual({ kind: "device-name", name: "\ufffd".repeat(64) });
  });

  test("goes on behind a receiver that threw", () => {
    const demuxer = new ScrcpyDemuxer(audio("flags-63"));
    const seen: unknown[] = [];
    const bytes = concat(audioHeader, packet("flags-63", { isConfig: true, payload: hex("1190") }));
    expect(() =>
      demuxer.push(bytes, () => {
        throw new TypeError("no");
      }),
    ).toThrow(TypeError);
    demuxer.push(packet("flags-63", { timestampUs: 1, payload: hex("21") }), (event) => seen.push(event));
    expect(seen).toEqual([{ kind: "frame", timestampUs: 1, isKeyFrame: false, payload: hex("21") }]);
  });

  test("makes nothing of noise but events and its own errors, however the noise is cut", () => {
    const random = seededRandom(7);
    for (let round = 0; round < 300; round++) {
      const layout = layouts[round % 2]!;
      const good = round % 3 === 0 ? videoOf(layout) : concat(audioHeader, packet(layout, { payload: key }));
      const bytes = good.slice();
      for (let i = random.int(1, 8); i > 0; i--) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
      const options = round % 3 === 0 ? video(layout) : audio(layout);
      const whole = observe(options, [bytes]);
      expect(typeof whole.at(-1)).toBe("string");
      expect(observe(options, randomSplits(bytes, random))).toEqual(whole);
    }
  });

  test("pays for the bytes that came, not for those that were claimed", () => {
    const claim = concat(audioHeader, u64(0n), u32(64 * 1024 * 1024), new Uint8Array(8));
    const readers = Array.from({ length: 200 }, () => {
      const demuxer = new ScrcpyDemuxer({ ...audio("flags-63"), maxPacketSize: 64 * 1024 * 1024 });
      demuxer.push(claim, () => undefined);
      return demuxer;
    });
    expect(readers).toHaveLength(200); // 12.5 GiB, if a claim were believed
  });
});
