import { ascii, concat, hex, randomSplits, seededRandom, splits, toHex, u8 } from "@rtmp/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClientHandshake, HandshakeError, type HandshakeProgress, ServerHandshake } from "../src/index.ts";
import { observe } from "./observe.ts";
import { digestPacket, plainPacket } from "./packets.ts";

type Handshake = { push(bytes: Uint8Array): HandshakeProgress };

const fixed = { random: (size: number): Uint8Array => seededRandom(size).bytes(size), time: 1 };
const server = (): Handshake => new ServerHandshake(fixed);
const client = (): Handshake => {
  const handshake = new ClientHandshake(fixed);
  handshake.start();
  return handshake;
};

/** The head of a `connect` chunk: what comes in the segment of C2. */
const connect = concat(hex("03 000000 0000e6 14 00000000 02 0007"), ascii("connect"));
const inputs: readonly (readonly [string, () => Handshake, Uint8Array])[] = [
  ["a simple client", server, concat(u8(3), plainPacket(21), plainPacket(22), connect)],
  ["a digest client", server, concat(u8(3), digestPacket(23, 772, "client", u8(9, 9, 9, 9)), plainPacket(24), connect)],
  ["a client cut off in C2", server, concat(u8(3), plainPacket(25), plainPacket(26).subarray(0, 100))],
  ["a scanner", server, hex("16 03 01 02 00 01 00 01 fc")],
  ["a simple server", client, concat(u8(3), plainPacket(27), plainPacket(28), connect)],
  ["a digest server", client, concat(u8(3), digestPacket(29, 8, "server", u8(1, 0, 0, 0)), plainPacket(30), connect)],
  ["no server", client, ascii("HTTP/1.1 400 Bad Request")],
];

describe.each(inputs)("%s", (_name, create, bytes) => {
  const whole = observe(create(), [bytes]);

  test("pieces of any one size give the same replies, rest, scheme and error", () => {
    for (const pieceSize of [1, 2, 3, 255, 1535, 1536, 1537, 1538, 3072, 3073, 3074]) {
      expect(observe(create(), splits(bytes, pieceSize)), `pieces of ${pieceSize}`).toEqual(whole);
    }
  });

  test("random cuts, empty pieces among them, change nothing either", () => {
    for (let seed = 0; seed < 100; seed++) {
      expect(observe(create(), randomSplits(bytes, seededRandom(seed))), `seed ${seed}`).toEqual(whole);
    }
  });

  test("pieces overwritten after the push change nothing that comes later", () => {
    const handshake = create();
    const overwriting: Handshake = {
      push(piece) {
        try {
          const progress = handshake.push(piece);
          return progress.done ? { ...progress, rest: progress.rest.slice() } : progress;
        } finally {
          piece.fill(0xff);
        }
      },
    };
    const pieces = splits(bytes.subarray(0, 3073), 100);
    const kept = observe(create(), splits(bytes.subarray(0, 3073), 100));
    expect(observe(overwriting, pieces)).toEqual(kept);
  });
});

test("C2 and connect in one segment: connect is the rest, a view of that segment", () => {
  const handshake = new ServerHandshake();
  handshake.push(concat(u8(3), plainPacket(31)));
  const segment = concat(plainPacket(32), connect);
  const progress = handshake.push(segment);
  if (!progress.done) throw new Error("not done");
  expect(progress.rest).toEqual(connect);
  expect(progress.rest.buffer).toBe(segment.buffer);
});

test.each(["simple", "digest"] as const)(
  "our client and our server agree on %s, and neither leaves a byte over",
  (scheme) => {
    const ours = new ClientHandshake({ scheme });
    const theirs = new ServerHandshake();
    const answer = theirs.push(ours.start());
    const end = ours.push(answer.reply ?? u8());
    expect(end).toMatchObject({ done: true, scheme, rest: u8() });
    expect(theirs.push(end.reply ?? u8())).toEqual({ done: true, reply: undefined, scheme, rest: u8() });
  },
);

test("whatever the bytes, nothing but a HandshakeError escapes, and the rest is what lies behind byte 3073", () => {
  const anything = fc.tuple(fc.constantFrom(0, 2, 3, 3, 3, 3, 6, 0x16, 0xff), fc.uint8Array({ maxLength: 4000 }));
  fc.assert(
    fc.property(anything, fc.boolean(), ([version, tail], isServer) => {
      const bytes = concat(u8(version), tail);
      try {
        const progress = (isServer ? server() : client()).push(bytes);
        expect(version).toBe(3);
        expect(progress.done).toBe(bytes.length >= 3073);
        expect(progress.reply !== undefined).toBe(bytes.length >= 1537);
        if (progress.done) expect(toHex(progress.rest)).toBe(toHex(bytes.subarray(3073)));
      } catch (error) {
        if (!(error instanceof HandshakeError)) throw error;
        expect(version).not.toBe(3);
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});
