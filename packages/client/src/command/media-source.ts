import { createReadStream } from "node:fs";
import { extname } from "node:path";
import { readAac, readFlv, readH264 } from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";
import { mergeTags } from "./merge-tags.ts";
import { streamMetadata } from "./stream-metadata.ts";
import { CommandError } from "./world.ts";

/** The formats that can be pushed. */
export type MediaKind = "flv" | "h264" | "aac";

/** The format of a file, by its name; a name that says nothing is taken for FLV. */
export function mediaKind(file: string): MediaKind {
  switch (extname(file).toLowerCase()) {
    case ".h264":
    case ".264":
      return "h264";
    case ".aac":
      return "aac";
    default:
      return "flv";
  }
}

/** The tags of one file, or of several raw ones in order of time with metadata in front. Reads as it is asked. */
export async function* openTags(
  files: readonly string[],
  frameRate: number | undefined,
): AsyncGenerator<FlvTag, void, undefined> {
  const [file = "", ...others] = files;
  if (others.length === 0 && mediaKind(file) === "flv") {
    yield* readFile(file, frameRate);
    return;
  }
  const sources = files.map((name) => readFile(name, frameRate));
  const heads: FlvTag[] = [];
  try {
    for (const source of sources) {
      const head = await source.next();
      if (head.done !== true) heads.push(head.value);
    }
    if (heads.length > 0) yield streamMetadata(heads, frameRate);
    for (const head of heads) yield head;
    yield* mergeTags(sources);
  } finally {
    for (const source of sources) await source.return();
  }
}

async function* readFile(file: string, frameRate: number | undefined): AsyncGenerator<FlvTag, void, undefined> {
  const kind = mediaKind(file);
  try {
    yield* readBytes(kind, createReadStream(file), frameRate);
  } catch (cause) {
    throw new CommandError(whyUnreadable(file, kind, cause), { cause });
  }
}

function readBytes(
  kind: MediaKind,
  bytes: AsyncIterable<Uint8Array>,
  frameRate: number | undefined,
): AsyncGenerator<FlvTag, void, undefined> {
  switch (kind) {
    case "flv":
      return readFlv(bytes);
    case "h264":
      return readH264(bytes, frameRate === undefined ? {} : { frameRate });
    case "aac":
      return readAac(bytes);
  }
}

const formatNames = { flv: "an FLV", h264: "a raw H.264", aac: "an ADTS AAC" } as const;

function whyUnreadable(file: string, kind: MediaKind, cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  switch (code) {
    case "ENOENT":
      return `${file}: no such file`;
    case "EACCES":
      return `${file}: not allowed to read it`;
    case "EISDIR":
      return `${file}: is a folder`;
    case "FLV_BAD_SIGNATURE":
    case "FLV_BAD_ADTS":
      return `${file}: not ${formatNames[kind]} file`;
    default:
      return `${file}: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}
