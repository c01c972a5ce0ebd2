/** More than a DATA block of the sync service may carry is refused by phones. */
const maxBlockSize = 64 * 1024;

/** A file to be written on a phone. */
export interface AdbFile {
  /** Absolute, on the phone; at most 1000 bytes. */
  readonly path: string;
  /** Unix permission bits, for example 0o644. */
  readonly mode: number;
  /** Seconds since 1970. */
  readonly modifiedAt: number;
  readonly content: Uint8Array;
}

/**
 * Writes what the sync service of a phone is told to store one file: SEND, the content as DATA blocks of at most 64 KiB,
 * DONE. Its integers are little-endian. Throws a `RangeError` for a path of more than 1000 bytes.
 */
export function encodeSyncSend(file: AdbFile): Uint8Array {
  const target = Buffer.from(`${file.path},${file.mode}`);
  if (target.length > 1024) throw new RangeError("the path of a file on the phone is too long");
  const parts = [syncHeader("SEND", target.length), target];
  for (let at = 0; at < file.content.length; at += maxBlockSize) {
    const block = file.content.subarray(at, at + maxBlockSize);
    parts.push(syncHeader("DATA", block.length), Buffer.from(block));
  }
  parts.push(syncHeader("DONE", file.modifiedAt));
  return Buffer.concat(parts);
}

/** Writes what ends a sync service. */
export function encodeSyncQuit(): Uint8Array {
  return syncHeader("QUIT", 0);
}

function syncHeader(id: "SEND" | "DATA" | "DONE" | "QUIT", value: number): Buffer {
  const header = Buffer.alloc(8);
  header.write(id, "latin1");
  header.writeUInt32LE(value, 4);
  return header;
}
