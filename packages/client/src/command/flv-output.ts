import { open } from "node:fs/promises";
import type { Writable } from "node:stream";
import { encodeFlvHeader, encodeFlvTag } from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";
import { CommandError } from "./world.ts";

/** Where a recording goes. */
export interface FlvOutput {
  /** Writes a tag; resolves when the next may come, with false if the reader of a pipe has gone. */
  write(tag: FlvTag): Promise<boolean>;
  /** Completes the file: its header then says which media it holds. */
  close(): Promise<void>;
}

/** A header before anything is known of the stream claims both. */
const claimsBoth = encodeFlvHeader({ audio: true, video: true });
const flagsOffset = 4;

/** Begins an FLV file, or FLV on `stdout` for the name `-`. Throws a `CommandError` if the file cannot be written. */
export async function openFlvOutput(file: string, stdout: Writable): Promise<FlvOutput> {
  return file === "-" ? openPipe(stdout) : openFile(file);
}

async function openFile(file: string): Promise<FlvOutput> {
  const unwritable = (cause: unknown): CommandError =>
    new CommandError(`${file}: cannot write: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  const handle = await open(file, "w").catch((cause: unknown) => {
    throw unwritable(cause);
  });
  const isPlainFile = (await handle.stat()).isFile();
  const append = async (bytes: Uint8Array): Promise<void> => {
    await handle.appendFile(bytes).catch((cause: unknown) => {
      throw unwritable(cause);
    });
  };
  const has = { audio: false, video: false };
  await append(claimsBoth);
  return {
    write: async (tag) => {
      if (tag.type !== "script") has[tag.type] = true;
      await append(encodeFlvTag(tag));
      return true;
    },
    close: async () => {
      if (isPlainFile) await handle.write(encodeFlvHeader(has), flagsOffset, 1, flagsOffset);
      await handle.close();
    },
  };
}

async function openPipe(stdout: Writable): Promise<FlvOutput> {
  let isOpen = true;
  const lose = (): void => {
    isOpen = false;
  };
  stdout.on("error", lose); // whoever read the pipe has what he wanted
  const write = (bytes: Uint8Array): Promise<boolean> =>
    new Promise((resolve) => {
      stdout.write(bytes, (error) => {
        if (error) lose();
        resolve(isOpen);
      });
    });
  await write(claimsBoth);
  return {
    write: (tag) => (isOpen ? write(encodeFlvTag(tag)) : Promise.resolve(false)),
    close: () => Promise.resolve(), // a write is resolved when its bytes have left
  };
}
