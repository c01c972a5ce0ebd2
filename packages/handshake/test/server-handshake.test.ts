import { concat, hex, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { type HandshakeProgress, ServerHandshake } from "../src/index.ts";
import { digestAt, digestOf, digestPacket, plainPacket, signatureOf } from "./packets.ts";

const c0 = u8(3);

function replyOf(progress: HandshakeProgress): Uint8Array {
  if (progress.reply === undefined) throw new Error("no reply");
  return progress.reply;
}

function parts(reply: Uint8Array): { s0: Uint8Array; s1: Uint8Array; s2: Uint8Array } {
  return { s0: reply.subarray(0, 1), s1: reply.subarray(1, 1537), s2: reply.subarray(1537) };
}

describe("the simple handshake", () => {
  const c1 = plainPacket(1);

  test("S0, S1 and S2 are one reply of 3073 bytes, given when the last byte of C1 is in", () => {
    const server = new ServerHandshake();
    expect(server.push(concat(c0, c1.subarray(0, 1535)))).toEqual({ done: false, reply: undefined });
    expect(replyOf(server.push(c1.subarray(1535)))).toHaveLength(3073);
  });

  test("S1 is our time, four zeros and our random bytes; S2 repeats C1", () => {
    const server = new ServerHandshake({ time: 0xfffefdfc, random: (size) => new Uint8Array(size).fill(0xab) });
    const { s0, s1, s2 } = parts(replyOf(server.push(concat(c0, c1))));
    expect(s0).toEqual(hex("03"));
    expect(s1).toEqual(concat(hex("fffefdfc 00000000"), new Uint8Array(1528).fill(0xab)));
    expect(s2).toEqual(c1);
  });

  test("without options the time is 0 and two servers do not send the same random bytes", () => {
    const [one, two] = [new ServerHandshake(), new ServerHandshake()].map((server) =>
      parts(replyOf(server.push(concat(c0, c1)))),
    );
    expect(one?.s1.subarray(0, 8)).toEqual(new Uint8Array(8));
    expect(one?.s1).not.toEqual(two?.s1);
  });

  test("a C2 that matches nothing we sent ends the handshake all the same", () => {
    const server = new ServerHandshake();
    server.push(concat(c0, c1));
    const progress = server.push(new Uint8Array(1536).fill(0xee));
    expect(progress).toEqual({ done: true, reply: undefined, rest: new Uint8Array(0), scheme: "simple" });
  });

  test("a version in C1 without a digest behind it is answered with the simple handshake", () => {
    const versioned = plainPacket(2, u8(9, 0, 124, 2));
    const server = new ServerHandshake();
    const { s1, s2 } = parts(replyOf(server.push(concat(c0, versioned))));
    expect(s1.subarray(4, 8)).toEqual(new Uint8Array(4));
    expect(s2).toEqual(versioned);
  });
});

describe("the digest handshake", () => {
  const pointers = [u8(0, 0, 0, 0), u8(1, 2, 3, 4), u8(255, 255, 217, 0), u8(255, 255, 218, 0), u8(255, 255, 255, 255)];
  const cases = ([8, 772] as const).flatMap((schema) => pointers.map((pointer) => ({ schema, pointer })));

  test.each(cases)(
    "schema $schema, pointer $pointer: S1 has our digest in that schema, S2 signs theirs",
    ({ schema, pointer }) => {
      const c1 = digestPacket(3, schema, "client", pointer);
      const server = new ServerHandshake({ time: 7 });
      const progress = server.push(concat(c0, c1, new Uint8Array(1536)));
      expect(progress).toMatchObject({ done: true, scheme: "digest" });
      const { s0, s1, s2 } = parts(replyOf(progress));
      expect(s0).toEqual(c0);
      expect(s1.subarray(0, 4)).toEqual(u8(0, 0, 0, 7));
      expect(s1.subarray(digestAt(s1, schema)).subarray(0, 32)).toEqual(digestOf(s1, schema, "server"));
      expect(s2.subarray(1504)).toEqual(signatureOf(s2, digestOf(c1, schema, "client"), "server"));
    },
  );

  test("S1 names a version of 3 or later, by which ffmpeg knows that it is signed", () => {
    const server = new ServerHandshake();
    const { s1 } = parts(replyOf(server.push(concat(c0, digestPacket(3, 8, "client", u8(1, 1, 1, 1))))));
    expect(s1[4]).toBeGreaterThanOrEqual(3);
  });

  test.each([8, 772] as const)("schema %i: one changed bit anywhere in C1 makes it a simple handshake", (schema) => {
    const intact = digestPacket(4, schema, "client", u8(200, 100, 50, 25));
    for (let position = 0; position < 1536; position += 15) {
      const c1 = intact.slice();
      c1[position]! ^= 1;
      const { s2 } = parts(replyOf(new ServerHandshake().push(concat(c0, c1))));
      expect(s2, `bit changed in byte ${position}`).toEqual(c1);
    }
  });

  test("a digest made with the server's key is not a client's", () => {
    const c1 = digestPacket(5, 8, "server", u8(1, 2, 3, 4));
    const server = new ServerHandshake();
    expect(server.push(concat(c0, c1, c1))).toMatchObject({ done: true, scheme: "simple" });
  });

  test("a C1 whose version is zero is simple, digest or not", () => {
    const c1 = plainPacket(6);
    c1.set(digestOf(c1, 8, "client"), digestAt(c1, 8));
    const server = new ServerHandshake();
    expect(server.push(concat(c0, c1, c1))).toMatchObject({ done: true, scheme: "simple" });
  });
});

describe("what is not plain RTMP", () => {
  const openings = [
    ["a TLS ClientHello", hex("16 03 01 02 00")],
    ["an HTTP request", hex("47 45 54 20 2f")],
    ["RTMPE", hex("06")],
    ["RTMPE with XTEA", hex("08")],
    ["version 2", hex("02")],
    ["version 4", hex("04")],
    ["version 31", hex("1f")],
    ["zero", hex("00")],
  ] as const;

  test.each(openings)("%s is refused at its first byte", (_name, bytes) => {
    expect(() => new ServerHandshake().push(bytes)).toThrow(
      expect.objectContaining({ name: "HandshakeError", code: "HANDSHAKE_UNSUPPORTED_VERSION", offset: 0 }),
    );
  });

  test("after the error every further push throws the same error object", () => {
    const server = new ServerHandshake();
    const errors: unknown[] = [];
    for (const bytes of [u8(0x16), c0, new Uint8Array(0)]) {
      try {
        server.push(bytes);
      } catch (error) {
        errors.push(error);
      }
    }
    expect(errors).toHaveLength(3);
    expect(new Set(errors).size).toBe(1);
  });
});

describe("a caller's mistakes", () => {
  test("a push after the handshake was done is a TypeError, not lost bytes", () => {
    const server = new ServerHandshake();
    expect(server.push(concat(c0, new Uint8Array(3072)))).toMatchObject({ done: true });
    expect(() => server.push(u8(2))).toThrow(TypeError);
  });

  test.each([-1, 1.5, 2 ** 32, Number.NaN])("the time %d is a RangeError that names the option", (time) => {
    expect(() => new ServerHandshake({ time })).toThrow(RangeError);
    expect(() => new ServerHandshake({ time })).toThrow(/time/);
  });

  test("a random source that returns the wrong number of bytes is a RangeError", () => {
    const server = new ServerHandshake({ random: (size) => new Uint8Array(size - 1) });
    expect(() => server.push(concat(c0, new Uint8Array(1536)))).toThrow(RangeError);
  });
});
