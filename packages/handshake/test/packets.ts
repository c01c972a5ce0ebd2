import { createHmac } from "node:crypto";
import { ascii, concat, hex, seededRandom, u8 } from "@rtmp/testkit";

// Packets of the digest handshake, built apart from the code under test, straight from its description.

const tail = hex("f0eec24a8068bee8 2e00d0d1029e7e57 6eec5d2d29806fab 93b8e636cfeb31ae");
const sentences = { client: "Genuine Adobe Flash Player 001", server: "Genuine Adobe Flash Media Server 001" };

export type Side = keyof typeof sentences;

export function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(
    createHmac("sha256", key)
      .update(concat(...parts))
      .digest(),
  );
}

/** Where a packet's digest must lie in the schema whose pointer is at byte 8 or at byte 772. */
export function digestAt(packet: Uint8Array, schema: 8 | 772): number {
  const [a = 0, b = 0, c = 0, d = 0] = packet.subarray(schema, schema + 4);
  return ((a + b + c + d) % 728) + schema + 4;
}

export function digestOf(packet: Uint8Array, schema: 8 | 772, side: Side): Uint8Array {
  const at = digestAt(packet, schema);
  return hmac(ascii(sentences[side]), packet.subarray(0, at), packet.subarray(at + 32));
}

/** What the last 32 bytes of a C2 or S2 must be. */
export function signatureOf(packet: Uint8Array, peerDigest: Uint8Array, side: Side): Uint8Array {
  const key = hmac(concat(ascii(sentences[side]), tail), peerDigest);
  return hmac(key, packet.subarray(0, 1504));
}

/** A C1 or S1 without a digest. `version` is the field the specification calls zero. */
export function plainPacket(seed: number, version: Uint8Array = u8(0, 0, 0, 0)): Uint8Array {
  return concat(u8(0, 0, 0x12, 0x34), version, seededRandom(seed).bytes(1528));
}

/** A C1 or S1 with a digest, its pointer bytes set to `pointer`. */
export function digestPacket(seed: number, schema: 8 | 772, side: Side, pointer: Uint8Array): Uint8Array {
  const packet = plainPacket(seed, u8(10, 0, 32, 18));
  packet.set(pointer, schema);
  packet.set(digestOf(packet, schema, side), digestAt(packet, schema));
  return packet;
}
