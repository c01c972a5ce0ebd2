import { concat, hex, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { ClientHandshake } from "../src/index.ts";
import { digestAt, digestOf, digestPacket, plainPacket, signatureOf } from "./packets.ts";

const s0 = u8(3);

describe("C0 and C1", () => {
  test("simple: version 3, our time, four zeros, our random bytes, in one piece", () => {
    const client = new ClientHandshake({
      scheme: "simple",
      time: 0x01020304,
      random: (size) => new Uint8Array(size).fill(9),
    });
    expect(client.start()).toEqual(concat(hex("03 01020304 00000000"), new Uint8Array(1528).fill(9)));
  });

  test("by default C1 names a version and carries a client's digest in schema 8", () => {
    const c0c1 = new ClientHandshake().start();
    const c1 = c0c1.subarray(1);
    expect(c0c1).toHaveLength(1537);
    expect(c1.subarray(4, 8)).toEqual(u8(9, 0, 124, 2));
    expect(c1.subarray(digestAt(c1, 8)).subarray(0, 32)).toEqual(digestOf(c1, 8, "client"));
  });
});

describe("C2", () => {
  const s1 = plainPacket(11);
  const s2 = plainPacket(12);

  test("it is sent when S1 is complete, without waiting for S2", () => {
    const client = new ClientHandshake();
    client.start();
    expect(client.push(concat(s0, s1.subarray(0, 1535)))).toEqual({ done: false, reply: undefined });
    expect(client.push(s1.subarray(1535))).toEqual({ done: false, reply: s1 });
    expect(client.push(s2)).toEqual({ done: true, reply: undefined, rest: new Uint8Array(0), scheme: "simple" });
  });

  test.each([8, 772] as const)("it signs the digest of an S1 that carries one in schema %i", (schema) => {
    const signed = digestPacket(13, schema, "server", u8(90, 80, 70, 60));
    const client = new ClientHandshake();
    client.start();
    const progress = client.push(concat(s0, signed, s2));
    expect(progress).toMatchObject({ done: true, scheme: "digest" });
    const c2 = progress.reply ?? new Uint8Array(1536);
    expect(c2).toHaveLength(1536);
    expect(c2.subarray(1504)).toEqual(signatureOf(c2, digestOf(signed, schema, "server"), "client"));
  });

  test("it repeats an S1 that names a version but carries no digest", () => {
    const versioned = plainPacket(14, u8(3, 5, 0, 1));
    const client = new ClientHandshake();
    client.start();
    expect(client.push(concat(s0, versioned, s2))).toMatchObject({ done: true, reply: versioned, scheme: "simple" });
  });

  test("a simple client repeats S1 even when it carries a digest", () => {
    const signed = digestPacket(15, 8, "server", u8(1, 2, 3, 4));
    const client = new ClientHandshake({ scheme: "simple" });
    client.start();
    expect(client.push(concat(s0, signed, s2))).toMatchObject({ done: true, reply: signed, scheme: "simple" });
  });
});

describe("a server that is none", () => {
  test("an S0 other than 3 is refused at byte 0, and again at every later push", () => {
    const client = new ClientHandshake();
    client.start();
    const refusal = expect.objectContaining({ code: "HANDSHAKE_UNSUPPORTED_VERSION", offset: 0 }) as Error;
    expect(() => client.push(hex("48 54 54 50"))).toThrow(refusal);
    expect(() => client.push(s0)).toThrow(refusal);
  });
});

describe("a caller's mistakes", () => {
  test("a push before start is a TypeError", () => {
    expect(() => new ClientHandshake().push(s0)).toThrow(TypeError);
  });

  test("a second start is a TypeError", () => {
    const client = new ClientHandshake();
    client.start();
    expect(() => client.start()).toThrow(TypeError);
  });

  test("a push after the handshake was done is a TypeError", () => {
    const client = new ClientHandshake();
    client.start();
    expect(client.push(concat(s0, new Uint8Array(3072)))).toMatchObject({ done: true });
    expect(() => client.push(new Uint8Array(0))).toThrow(TypeError);
  });

  test("a time that is not a uint32 is a RangeError", () => {
    expect(() => new ClientHandshake({ time: -1 })).toThrow(RangeError);
  });
});
