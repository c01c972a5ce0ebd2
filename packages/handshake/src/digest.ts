import { createHmac } from "node:crypto";
import type { GenuineKey } from "./genuine-keys.ts";
import { PACKET_SIZE } from "./packet.ts";

const DIGEST_SIZE = 32;

/** Possible places of a digest within its half of the packet. */
const PLACES = 728;

/**
 * Where in a C1 or S1 the four bytes lie that say where its digest is; the digest is somewhere behind them.
 * Flash Player 9 used 8, later ones 772.
 */
export type DigestSchema = 8 | 772;

/** A digest found in a C1 or S1, and by which schema. */
export interface FoundDigest {
  readonly schema: DigestSchema;
  readonly digest: Uint8Array;
}

/** Looks for a digest made with `key`, in both schemas. The digest is a view of `packet`. */
export function findDigest(packet: Uint8Array, key: GenuineKey): FoundDigest | undefined {
  for (const schema of [772, 8] as const) {
    const position = digestPosition(packet, schema);
    const digest = packet.subarray(position, position + DIGEST_SIZE);
    if (equal(digest, computeDigest(packet, position, key))) return { schema, digest };
  }
  return undefined;
}

/** Writes the digest of a complete C1 or S1 into it. Returns the digest, a view of `packet`. */
export function writeDigest(packet: Uint8Array, schema: DigestSchema, key: GenuineKey): Uint8Array {
  const position = digestPosition(packet, schema);
  packet.set(computeDigest(packet, position, key), position);
  return packet.subarray(position, position + DIGEST_SIZE);
}

/** Signs a complete C2 or S2: its last 32 bytes become an answer to the digest the peer had in S1 or C1. */
export function writeSignature(packet: Uint8Array, peerDigest: Uint8Array, key: GenuineKey): void {
  const answerKey = createHmac("sha256", key.signatureKey).update(peerDigest).digest();
  const signed = packet.subarray(0, PACKET_SIZE - DIGEST_SIZE);
  packet.set(createHmac("sha256", answerKey).update(signed).digest(), signed.length);
}

function digestPosition(packet: Uint8Array, schema: DigestSchema): number {
  const sum = packet[schema]! + packet[schema + 1]! + packet[schema + 2]! + packet[schema + 3]!;
  return schema + 4 + (sum % PLACES);
}

/** The digest covers the whole packet except its own 32 bytes. */
function computeDigest(packet: Uint8Array, position: number, key: GenuineKey): Uint8Array {
  return createHmac("sha256", key.digestKey)
    .update(packet.subarray(0, position))
    .update(packet.subarray(position + DIGEST_SIZE, PACKET_SIZE))
    .digest();
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, index) => byte === b[index]);
}
