/** Up to here, small pieces are copied into one block: fewer, larger writes. */
const MAX_BLOCK_BYTES = 64 * 1024;
/** A piece of this size is worth a write of its own; it is not copied. */
const LARGE_PIECE_BYTES = 16 * 1024;

/**
 * Joins the pieces queued on a connection into few blocks, once for a whole audience: viewers of a stream have the same pieces queued, one after the
 * other, so the last result is kept and given again as long as the pieces are the same objects.
 */
export class Joiner {
  #parts: (Uint8Array | undefined)[] = [];
  #blocks: readonly Buffer[] | undefined;

  /** The first `count` of `parts` as blocks to write, in order: small pieces joined, large ones as they are. */
  join(parts: readonly (Uint8Array | undefined)[], count: number): readonly Buffer[] {
    if (this.#blocks !== undefined && this.#isSame(parts, count)) return this.#blocks;
    this.#parts = parts.slice(0, count);
    this.#blocks = toBlocks(this.#parts);
    return this.#blocks;
  }

  /** Lets go of the last result. */
  clear(): void {
    this.#blocks = undefined;
    this.#parts = [];
  }

  #isSame(parts: readonly (Uint8Array | undefined)[], count: number): boolean {
    if (count !== this.#parts.length) return false;
    for (let i = 0; i < count; i++) if (parts[i] !== this.#parts[i]) return false;
    return true;
  }
}

function toBlocks(parts: readonly (Uint8Array | undefined)[]): Buffer[] {
  const blocks: Buffer[] = [];
  let run: Uint8Array[] = [];
  let runBytes = 0;
  const endRun = (): void => {
    const [first] = run;
    if (first !== undefined) blocks.push(run.length === 1 ? toBuffer(first) : Buffer.concat(run));
    run = [];
    runBytes = 0;
  };
  for (const part of parts) {
    if (part === undefined) continue;
    if (runBytes + part.length > MAX_BLOCK_BYTES) endRun();
    if (part.length >= LARGE_PIECE_BYTES && runBytes === 0) {
      blocks.push(toBuffer(part));
      continue;
    }
    run.push(part);
    runBytes += part.length;
  }
  endRun();
  return blocks;
}

/** A socket would make a Buffer of it for each viewer. */
function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
