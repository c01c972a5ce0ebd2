import { concat, hex, u24, u32, u32le, u8 } from "@rtmp/testkit";
import type { SeededRandom } from "@rtmp/testkit";

/** A chunk's basic header in the form that `id` needs, or in a longer one. */
export function basicHeader(format: number, id: number, isLong = false): Uint8Array {
  if (id < 64 && id >= 2 && !isLong) return u8((format << 6) | id);
  const rest = Math.max(0, id - 64);
  if (rest < 256 && !isLong) return u8(format << 6, rest);
  return u8((format << 6) | 1, rest & 255, rest >>> 8);
}

/** A control message that fits one chunk, on chunk stream 2. */
export function control(typeId: number, body: Uint8Array): Uint8Array {
  return concat(u8(2), u24(0), u24(body.length), u8(typeId), u32(0), body);
}

export const chunkCorpus: readonly Uint8Array[] = [
  control(1, u32(4096)),
  control(1, u32(1)),
  concat(hex("03 000000 000096 14 00000000"), new Uint8Array(128).fill(2), hex("c3"), new Uint8Array(22)),
  // two chunk streams interleaved, format 1 and 3 that open messages, an abort
  concat(
    hex("04 000010 000084 08 01000000"),
    new Uint8Array(128),
    hex("06 000011 000003 09 01000000 170100 c4 00000000"),
    hex("86 000005 170200 c6 170300 44 000007 000001 08 af"),
    hex("04 000010 000084 08 01000000"),
    new Uint8Array(128),
    control(2, u32(4)),
    hex("c4 01"),
  ),
  // extended timestamps, repeated and not
  concat(hex("05 ffffff 000082 09 01000000 01000000"), new Uint8Array(128), hex("c5 01000000 0102")),
  concat(hex("05 ffffff 000082 09 01000000 01000000"), new Uint8Array(128), hex("c5 aabb")),
  hex("07 fffffe 000001 08 01000000 01 87 ffffff 00ffffff 02 c7 00ffffff 03"),
  // the ids at which the basic header grows, in the short form and in longer ones
  ...[3, 63, 64, 319, 320, 65599].flatMap((id) => [
    concat(basicHeader(0, id), hex("000001 000001 08 01000000 55"), basicHeader(3, id), hex("66")),
    concat(
      basicHeader(0, id, true),
      hex("000001 000000 08 01000000"),
      basicHeader(1, id, true),
      hex("000000 000000 08"),
    ),
  ]),
  concat(control(1, u32(200)), hex("03 000000 0000c8 12 00000000"), new Uint8Array(200)),
  // user control, window acknowledgement size, peer bandwidth, acknowledgement
  ...["0000 00000001", "0003 00000001 00000bb8", "0006 00000064", "0007 00000064", "001f 00000001", "0063 01"].map(
    (body) => control(4, hex(body)),
  ),
  concat(control(5, u32(2_500_000)), control(6, concat(u32(2_500_000), u8(2))), control(3, u32(0xffff_ffff))),
  // an aggregate of two
  concat(
    hex("04 000020 000025 16 01000000"),
    hex("08 000002 000020 00 000000 af01 0000000d"),
    hex("09 000005 000030 01 000000 1701000000 00000010"),
  ),
  hex("00 00 ffffff 000001 09 00000000 ffffffff 99"),
  hex("42 000000 00000a 04 0006 0000000001020304"),
];

const sizes = [0, 1, 2, 4, 11, 127, 128, 129, 300, 1200, 1200, 5000, 0xff_ffff];
const times = [0, 1, 40, 0xff_fffe, 0xff_ffff, 0x100_0000, 0x8000_0000, 0xffff_ffff];
const types = [1, 2, 3, 4, 5, 6, 8, 9, 15, 17, 18, 20, 22, 22, 99];

interface OpenMessage {
  length: number;
  sent: number;
  time: number;
}

/** Chunks as a sender could write them, with a little disregard of the rules: a stream that goes deep before it breaks. */
export function chunkSequence(random: SeededRandom): Uint8Array {
  const parts: Uint8Array[] = [];
  const open = new Map<number, OpenMessage>();
  const ids = random.pick([
    [3, 4, 5],
    [2, 3, 4, 63, 64],
    [2, 3, 4, 4, 5, 63, 64, 319, 320, 65599],
  ]);
  let chunkSize = 128;
  for (let left = random.int(1, 40); left > 0; left--) {
    const id = random.pick(ids);
    const message = open.get(id);
    const isContinued = message !== undefined && message.sent < message.length;
    const isRude = random.int(0, 40) === 0;
    const format = isContinued && !isRude ? 3 : message === undefined && !isRude ? 0 : random.int(0, 3);
    const state =
      isContinued && format === 3 ? message : { length: message?.length ?? 0, sent: 0, time: message?.time ?? 0 };
    parts.push(basicHeader(format, id, random.int(0, 20) === 0));
    if (format < 3) state.time = random.pick(times);
    if (format < 3) parts.push(u24(Math.min(state.time, 0xff_ffff)));
    let announced: number | undefined;
    if (format < 2) {
      const typeId = random.pick(types);
      state.length =
        typeId < 7 ? random.pick([4, 4, 5, 6, 10]) : random.pick(sizes.slice(0, isRude ? sizes.length : 11));
      parts.push(u24(state.length), u8(typeId));
      if (typeId === 1) announced = random.pick([1, 3, 128, 4096, 0x7fff_ffff]);
    }
    if (format === 0) parts.push(u32le(random.pick([0, 1, 2, 0xffff_ffff])));
    if (state.time >= 0xff_ffff && random.int(0, 9) > 0) parts.push(u32(state.time));
    const size = Math.min(chunkSize, state.length - state.sent);
    const body = random.bytes(Math.min(size, 6000)); // a claim beyond it stays unfulfilled
    if (announced !== undefined) body.set(u32(announced).subarray(0, size));
    parts.push(body);
    if (announced !== undefined && size === state.length) chunkSize = announced;
    state.sent += size;
    open.set(id, state);
    if (body.length < size) break;
  }
  return concat(...parts);
}
