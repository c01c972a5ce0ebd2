import { concat, hex, u32, u8 } from "@rtmp/testkit";

/** A NAL unit behind its length. */
export const unit = (...bytes: readonly number[]): Uint8Array => concat(u32(bytes.length), u8(...bytes));
/** A coded slice; `first`: the first of its picture. */
export const slice = (first: boolean, n: number): Uint8Array => unit(0x41, first ? 0x9a : 0x42, n);
export const idrSlice = (first: boolean, n: number): Uint8Array => unit(0x65, first ? 0x88 : 0x42, n);
export const sei: Uint8Array = unit(0x06, 0x05, 0x01, 0xaa, 0x80);

/** A message with the NAL units given, as `27 01` or `17 01`. */
export const inter = (...units: readonly Uint8Array[]): Uint8Array => concat(hex("27 01 000000"), ...units);
export const key = (...units: readonly Uint8Array[]): Uint8Array => concat(hex("17 01 000000"), ...units);
