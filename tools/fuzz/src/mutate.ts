import { concat } from "@rtmp/testkit";
import type { SeededRandom } from "@rtmp/testkit";
import { MAX_INPUT_SIZE } from "./target.ts";

/** Values at which length fields, counters and timestamps change their meaning. */
const INTERESTING = [
  0, 1, 2, 3, 4, 9, 63, 64, 127, 128, 129, 255, 256, 319, 320, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0xff_fffe, 0xff_ffff,
  0x100_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];

type Mutation = (bytes: Uint8Array, random: SeededRandom, corpus: readonly Uint8Array[]) => Uint8Array;

const mutations: readonly Mutation[] = [
  flipBit,
  setByte,
  setByte,
  writeInteresting,
  writeInteresting,
  tamperLength,
  tamperLength,
  nudge,
  insertBytes,
  removeSlice,
  duplicateSlice,
  repeatSlice,
  truncate,
  splice,
];

/** A seed of the corpus, changed in one to eight ways; now and then as it is. */
export function mutated(corpus: readonly Uint8Array[], random: SeededRandom): Uint8Array {
  const seed = random.pick(corpus).slice();
  return random.int(0, 31) === 0 ? seed : mutate(seed, random, corpus);
}

/** `bytes` changed in one to eight ways. `corpus` is where foreign parts come from. */
export function mutate(bytes: Uint8Array, random: SeededRandom, corpus: readonly Uint8Array[]): Uint8Array {
  let changed: Uint8Array = bytes.slice();
  for (let left = random.pick([1, 1, 1, 2, 2, 3, 4, 8]); left > 0; left--) {
    changed = random.pick(mutations)(changed, random, corpus).slice(0, MAX_INPUT_SIZE);
  }
  return changed;
}

/** Writes the low `width` bytes of `value`, clipped at the end of `bytes`. */
function writeInteger(bytes: Uint8Array, at: number, width: number, value: number, isLittleEndian: boolean): void {
  for (let i = 0; i < width && at + i < bytes.length; i++) {
    const place = isLittleEndian ? i : width - 1 - i;
    bytes[at + i] = Math.floor(value / 2 ** (8 * place)) & 0xff;
  }
}

function readInteger(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

function place(bytes: Uint8Array, random: SeededRandom): number {
  return random.int(0, Math.max(0, bytes.length - 1));
}

function slice(bytes: Uint8Array, random: SeededRandom): [start: number, end: number] {
  const start = place(bytes, random);
  return [start, Math.min(bytes.length, start + random.int(1, random.pick([1, 4, 16, 64, 1024])))];
}

function flipBit(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  if (bytes.length > 0) bytes[place(bytes, random)]! ^= 1 << random.int(0, 7);
  return bytes;
}

function setByte(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  if (bytes.length > 0) bytes[place(bytes, random)] = random.int(0, 255);
  return bytes;
}

function writeInteresting(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const width = random.int(1, 4);
  writeInteger(bytes, place(bytes, random), width, random.pick(INTERESTING), random.int(0, 3) === 0);
  return bytes;
}

/** Looks for an integer that could be the length of what follows it, and makes it lie. */
function tamperLength(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const from = place(bytes, random);
  for (let step = 0; step < Math.min(bytes.length, 256); step++) {
    const at = (from + step) % bytes.length;
    const width = random.int(1, 4);
    const rest = bytes.length - at - width;
    const length = readInteger(bytes, at, width);
    if (length === 0 || length > rest) continue;
    const lie = random.pick([
      0,
      1,
      length - 1,
      length + 1,
      length * 2,
      rest - 1,
      rest,
      rest + 1,
      0xff_ffff,
      0xffff_ffff,
    ]);
    writeInteger(bytes, at, width, Math.max(0, lie), false);
    return bytes;
  }
  return writeInteresting(bytes, random);
}

function nudge(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  if (bytes.length > 0) bytes[place(bytes, random)]! += random.pick([-16, -2, -1, 1, 2, 16]);
  return bytes;
}

function insertBytes(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const at = random.int(0, bytes.length);
  return concat(bytes.subarray(0, at), random.bytes(random.pick([1, 1, 2, 4, 16, 300])), bytes.subarray(at));
}

function removeSlice(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const [start, end] = slice(bytes, random);
  return concat(bytes.subarray(0, start), bytes.subarray(end));
}

function duplicateSlice(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const [start, end] = slice(bytes, random);
  const at = random.int(0, bytes.length);
  return concat(bytes.subarray(0, at), bytes.subarray(start, end), bytes.subarray(at));
}

/** Many times the same: depth, counts and everything that grows with them. */
function repeatSlice(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const [start, end] = slice(bytes, random);
  const size = end - start;
  if (size === 0) return bytes;
  const count = Math.min(
    random.pick([2, 3, 10, 10, 100, 1000, 20_000]),
    Math.floor((MAX_INPUT_SIZE - bytes.length) / size),
  );
  if (count <= 0) return bytes;
  const repeated = new Uint8Array(size * count);
  for (let i = 0; i < count; i++) repeated.set(bytes.subarray(start, end), i * size);
  return concat(bytes.subarray(0, start), repeated, bytes.subarray(start));
}

function truncate(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  return bytes.slice(0, random.int(0, bytes.length));
}

/** The beginning of one and the end of another. */
function splice(bytes: Uint8Array, random: SeededRandom, corpus: readonly Uint8Array[]): Uint8Array {
  const other = random.pick(corpus);
  return concat(bytes.subarray(0, random.int(0, bytes.length)), other.subarray(random.int(0, other.length)));
}
