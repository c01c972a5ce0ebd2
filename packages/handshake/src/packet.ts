import type { HandshakeSource } from "./options.ts";

/** The protocol version of plain RTMP, the byte C0 and S0 (RTMP 1.0 §5.2.2). */
export const RTMP_VERSION = 3;

/** Bytes of C1, S1, C2 and S2 each (RTMP 1.0 §5.2.3, §5.2.4). */
export const PACKET_SIZE = 1536;

/** A program's version as four bytes in the field that the specification calls zero. */
export type ProgramVersion = readonly [number, number, number, number];

/** Fills in a C1 or S1: time, version (zero in the simple handshake), random bytes (RTMP 1.0 §5.2.3). */
export function fillFirstPacket(packet: Uint8Array, source: HandshakeSource, version: ProgramVersion): void {
  packet[0] = source.time >>> 24;
  packet[1] = source.time >>> 16;
  packet[2] = source.time >>> 8;
  packet[3] = source.time;
  packet.set(version, 4);
  source.fill(packet, 8, PACKET_SIZE);
}

/** Whether the version field says more than the zero of the simple handshake. Only such a packet can carry a digest. */
export function hasVersion(packet: Uint8Array): boolean {
  return packet[4] !== 0 || packet[5] !== 0 || packet[6] !== 0 || packet[7] !== 0;
}
