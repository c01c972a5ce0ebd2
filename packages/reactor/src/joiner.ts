/**
 * Joins the pieces queued on a connection into one buffer, once for a whole audience: viewers of a stream have the same pieces queued, one after the
 * other, so the last result is kept and given again as long as the pieces are the same objects.
 */
export class Joiner {
  #parts: (Uint8Array | undefined)[] = [];
  #joined: Buffer | undefined;

  /** The first `count` of `parts` in one buffer. A single part is not copied. */
  join(parts: readonly (Uint8Array | undefined)[], count: number): Buffer {
    if (this.#joined !== undefined && this.#isSame(parts, count)) return this.#joined;
    this.#parts = parts.slice(0, count);
    this.#joined = concat(this.#parts);
    return this.#joined;
  }

  /** Lets go of the last result. */
  clear(): void {
    this.#joined = undefined;
    this.#parts = [];
  }

  #isSame(parts: readonly (Uint8Array | undefined)[], count: number): boolean {
    if (count !== this.#parts.length) return false;
    for (let i = 0; i < count; i++) if (parts[i] !== this.#parts[i]) return false;
    return true;
  }
}

function concat(parts: readonly (Uint8Array | undefined)[]): Buffer {
  const present = parts.filter((part) => part !== undefined);
  const [first] = present;
  if (present.length !== 1 || first === undefined) return Buffer.concat(present);
  // A socket would make a Buffer of it for each viewer.
  return Buffer.isBuffer(first) ? first : Buffer.from(first.buffer, first.byteOffset, first.byteLength);
}
