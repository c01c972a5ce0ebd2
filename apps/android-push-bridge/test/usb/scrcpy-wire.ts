import { ascii, concat, u32 } from "@rtmp/testkit";
import type { ScrcpyLayout } from "../../src/usb/scrcpy-version.ts";

/** The 12 bytes in front of a packet and the packet, as `Streamer.java` of either layout writes them. */
export function packet(
  layout: ScrcpyLayout,
  fields: {
    readonly timestampUs?: number;
    readonly isConfig?: boolean;
    readonly isKeyFrame?: boolean;
    readonly payload: Uint8Array;
    readonly claimedSize?: number;
  },
): Uint8Array {
  const shift = layout === "session-packets" ? 1n : 0n;
  let word = BigInt(fields.isConfig ? 0 : (fields.timestampUs ?? 0));
  if (fields.isConfig) word |= 1n << (63n - shift);
  if (fields.isKeyFrame) word |= 1n << (62n - shift);
  return concat(u64(word), u32(fields.claimedSize ?? fields.payload.length), fields.payload);
}

/** The packet of scrcpy 4 that says how large pictures are from here on. */
export function sessionPacket(width: number, height: number): Uint8Array {
  return concat(u32(0x80000000), u32(width), u32(height));
}

/** The dummy byte of a forward tunnel and the phone's name, in front of the first connection. */
export function prelude(name: string): Uint8Array {
  return concat(new Uint8Array(1), ascii(name), new Uint8Array(64 - name.length));
}

/** What says that pictures follow, and how large they are. */
export function videoHeader(layout: ScrcpyLayout, width: number, height: number): Uint8Array {
  const size = layout === "session-packets" ? sessionPacket(width, height) : concat(u32(width), u32(height));
  return concat(ascii("h264"), size);
}

/** What says that AAC follows. */
export const audioHeader: Uint8Array = concat(new Uint8Array(1), ascii("aac"));

/** A big-endian 64-bit integer. */
export function u64(value: bigint): Uint8Array {
  return concat(u32(Number(value >> 32n)), u32(Number(value & 0xffffffffn)));
}
