import { describe, expect, test } from "vitest";
import type { MediaFrame, MediaLoop } from "../src/media-loop.ts";
import { readStamp, readStampTime, writeStamp } from "../src/stamp.ts";
import { StreamVerifier } from "../src/stream-verifier.ts";
import { syntheticMedia } from "../src/synthetic-media.ts";

const media: MediaLoop = syntheticMedia(206_000);
const STREAM = 3;

interface Sent {
  readonly type: MediaFrame["type"];
  readonly payload: Uint8Array;
}

/** Two GOPs as a publisher sends them, each payload in memory of its own. */
function sentMessages(): { readonly messages: Sent[]; readonly last: { audio: number; video: number } } {
  const last = { audio: -1, video: -1 };
  const messages = [...media.frames, ...media.frames].map(({ type, payload, checksumBefore }) => {
    writeStamp(payload, checksumBefore!, { timeUs: 1e12 + last.video, sequence: ++last[type], stream: STREAM });
    return { type, payload: payload.slice() };
  });
  return { messages, last };
}

function verified(messages: readonly Sent[], last?: { audio: number; video: number }): StreamVerifier["found"] {
  const verifier = new StreamVerifier(STREAM, true);
  for (const { type, payload } of messages) verifier.verify(type, payload);
  if (last !== undefined) verifier.finish(last);
  return verifier.found;
}

const clean = { corrupted: 0, lost: 0, duplicated: 0, outOfOrder: 0 };

test("a stamp comes back as it was written, to the microsecond of a machine that has run for years", () => {
  const payload = Uint8Array.from({ length: 48 }, (_, i) => i);
  const stamp = { timeUs: 200_000_000_123_457, sequence: 4_000_000_000, stream: 65_535 };
  const frame = syntheticMedia(206_000).frames[0]!;
  writeStamp(frame.payload, frame.checksumBefore!, stamp);
  expect(readStamp(frame.payload)).toEqual(stamp);
  expect(readStampTime(frame.payload, frame.payload.length)).toBe(stamp.timeUs);
  expect(readStamp(payload)).toBeUndefined();
});

describe("a viewer of a stream", () => {
  test("that comes whole finds nothing wrong", () => {
    const { messages, last } = sentMessages();
    expect(verified(messages, last)).toEqual({ ...clean, checked: messages.length });
  });

  test("finds each byte that was changed", () => {
    const { messages } = sentMessages();
    const target = messages[90]!.payload;
    for (const at of [0, 20, target.length - 17, target.length - 16, target.length - 5, target.length - 1]) {
      target[at]! ^= 0x40;
      expect(verified(messages).corrupted, `byte ${at}`).toBe(1);
      target[at]! ^= 0x40;
    }
    expect(verified(messages)).toMatchObject(clean);
  });

  test("finds a message of another stream", () => {
    const { messages } = sentMessages();
    const frame = media.frames[5]!;
    writeStamp(frame.payload, frame.checksumBefore!, { timeUs: 1e12, sequence: 5, stream: STREAM + 1 });
    messages[5] = { type: frame.type, payload: frame.payload };
    expect(verified(messages).corrupted).toBe(1);
  });

  test("finds a message cut short: it is lost", () => {
    const { messages } = sentMessages();
    messages[50] = { ...messages[50]!, payload: messages[50]!.payload.slice(0, 20) };
    expect(verified(messages)).toMatchObject({ lost: 1, corrupted: 0 });
  });

  test("counts what is missing in the middle", () => {
    const { messages, last } = sentMessages();
    messages.splice(40, 7);
    expect(verified(messages, last)).toMatchObject({ ...clean, lost: 7 });
  });

  test("counts what is missing at the end, once the publisher says what it sent", () => {
    const { messages, last } = sentMessages();
    expect(verified(messages.slice(0, -3))).toMatchObject(clean);
    expect(verified(messages.slice(0, -3), last)).toMatchObject({ ...clean, lost: 3 });
  });

  test("counts what comes twice, at once or later", () => {
    const { messages, last } = sentMessages();
    const twice = [
      ...messages.slice(0, 60),
      messages[59]!,
      ...messages.slice(60, 80),
      messages[20]!,
      ...messages.slice(80),
    ];
    expect(verified(twice, last)).toMatchObject({ ...clean, duplicated: 2 });
  });

  test("counts what comes after a later one of its track as out of order and not as lost", () => {
    const { messages, last } = sentMessages();
    const track = messages.filter(({ type }) => type === "video");
    const swapped = [...track.slice(0, 10), track[11]!, track[10]!, ...track.slice(12)];
    const sound = messages.filter(({ type }) => type === "audio");
    expect(verified([...swapped, ...sound], last)).toMatchObject({ ...clean, outOfOrder: 1 });
  });

  test("may get sound and pictures interleaved anew", () => {
    const { messages, last } = sentMessages();
    const video = messages.filter(({ type }) => type === "video");
    const audio = messages.filter(({ type }) => type === "audio");
    expect(verified([...video, ...audio], last)).toMatchObject(clean);
  });

  test("begins at its first key frame", () => {
    const { messages } = sentMessages();
    const half = messages.length / 2;
    expect(verified(messages.slice(10))).toEqual({ ...clean, checked: half });
    expect(verified(messages.slice(10, half)).checked).toBe(0);
  });
});
