import type { SeededRandom } from "./seeded-random.ts";

/** The bytes cut into pieces of `pieceSize`; the last may be shorter. */
export function splits(bytes: Uint8Array, pieceSize: number): Uint8Array[] {
  if (!(pieceSize >= 1)) throw new RangeError("pieceSize must be at least 1");
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += pieceSize) pieces.push(bytes.slice(at, at + pieceSize));
  return pieces;
}

/** The bytes cut at random places, now and then with an empty piece. */
export function randomSplits(bytes: Uint8Array, random: SeededRandom): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = random.int(0, random.pick([1, 3, 16, 200, bytes.length]));
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}
