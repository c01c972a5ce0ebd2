import { concat, hex, toHex, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { PublisherRepair } from "../src/repair/publisher-repair.ts";

const AUDIO = 8;

/** An ADTS frame of 44.1 kHz stereo LC, or with another index and channels, with `body` behind its header. */
function adts(body: Uint8Array, { index = 4, channels = 2, size = body.length + 7 } = {}): Uint8Array {
  const head = [0xff, 0xf1, 0x40 | (index << 2) | (channels >> 2), ((channels & 3) << 6) | (size >> 11)];
  return concat(u8(...head, (size >> 3) & 0xff, ((size & 7) << 5) | 0x1f, 0xfc), body);
}

const frame = (n: number): Uint8Array => hex(`21 10 05 ${n.toString(16).padStart(2, "0")}`);
const message = (...frames: readonly Uint8Array[]): Uint8Array => concat(hex("af 01"), ...frames);
const stereo = "af001210";

/** Pushes every message at its time and returns all that came out, and what was found. */
function mend(...messages: readonly (readonly [number, Uint8Array])[]): { out: string[]; found: string[] } {
  const out: string[] = [];
  const found: string[] = [];
  const repair = new PublisherRepair(
    (_typeId, timestamp, payload) => out.push(`${timestamp} ${toHex(payload)}`),
    (what) => found.push(what),
  );
  for (const [timestamp, payload] of messages) repair.push(AUDIO, timestamp, payload);
  return { out, found };
}

describe("ADTS inside AAC messages", () => {
  test("is taken off, and the sequence header it stands for comes first, once", () => {
    const { out, found } = mend([0, message(adts(frame(1)))], [23, message(adts(frame(2)))]);
    expect(out).toEqual([`0 ${stereo}`, "0 af0121100501", "23 af0121100502"]);
    expect(found).toEqual(["adts-in-aac"]);
  });

  test("with a checksum and the MPEG-2 bit is taken off too, and the sound byte stays", () => {
    const withChecksum = concat(hex("ff f8 50 80 01 bf fc"), hex("1234"), frame(1));
    expect(mend([5, concat(hex("ae 01"), withChecksum)]).out).toEqual(["5 ae001210", "5 ae0121100501"]);
  });

  test("of several frames becomes a message for each, with times of their own", () => {
    const { out } = mend([0xffff_fff0, message(adts(frame(1)), adts(frame(2)), adts(frame(3)))]);
    const times = [0xffff_fff0, 0xffff_fff0, 0x7, 0x1e];
    expect(out.map((line) => Number(line.split(" ")[0]))).toEqual(times);
    expect(out.at(-1)).toBe("30 af0121100503");
  });

  test("that says something else in mid-stream makes a new sequence header", () => {
    const mono = adts(frame(2), { index: 3, channels: 1 });
    const { out } = mend([0, message(adts(frame(1)))], [23, message(mono)], [46, message(adts(frame(3)))]);
    expect(out.slice(2)).toEqual(["23 af001188", "23 af0121100502", `46 ${stereo}`, "46 af0121100503"]);
  });

  test("cut short is left out, and frames before it are not", () => {
    const lying = adts(frame(3), { size: 4000 });
    const { out } = mend([0, message(adts(frame(1)))], [23, message(adts(frame(2)), lying)], [46, message(lying)]);
    expect(out).toEqual([`0 ${stereo}`, "0 af0121100501", "23 af0121100502"]);
  });

  test("is not more than sixteen frames a message", () => {
    const { out } = mend(
      [0, message(adts(frame(1)))],
      [9, message(...Array.from({ length: 900 }, () => adts(frame(2))))],
    );
    expect(out).toHaveLength(2 + 16);
  });

  test("followed by a header of the publisher's own is still taken off, and the header passes", () => {
    const { out } = mend([0, message(adts(frame(1)))], [23, hex("af 00 1210")], [23, message(adts(frame(2)))]);
    expect(out.slice(2)).toEqual([`23 ${stereo}`, "23 af0121100502"]);
  });
});

describe("sound is passed on untouched", () => {
  test.each<[string, readonly Uint8Array[]]>([
    ["behind a sequence header, ADTS or not", [hex("af 00 1210"), message(adts(frame(1)))]],
    ["of raw frames without a header", [message(frame(1)), message(frame(2))]],
    [
      "that begins like ADTS and is not as long as it says",
      [message(adts(frame(1), { size: 12 })), message(hex("ff"))],
    ],
    ["with bytes behind its last frame", [message(adts(frame(1)), hex("00"))]],
    ["with channels described inside the frame", [message(adts(frame(1), { channels: 0 }))]],
    ["with a reserved frequency", [message(adts(frame(1), { index: 14 }))]],
    ["of other codecs", [hex("2f ff f1 50 80"), hex("90 4f707573"), hex("")]],
    [
      "after 64 messages of raw frames",
      [...Array.from({ length: 64 }, () => message(frame(1))), message(adts(frame(1)))],
    ],
  ])("%s", (_name, messages) => {
    const { out, found } = mend(...messages.map((payload) => [7, payload] as const));
    expect(out).toEqual(messages.map((payload) => `7 ${toHex(payload)}`));
    expect(found).toEqual([]);
  });
});
