import { fileMedia } from "./file-media.ts";
import type { MediaLoop } from "./media-loop.ts";
import { syntheticMedia } from "./synthetic-media.ts";

/** What publishers send; every generator process makes the same of it. */
export type MediaSource =
  { readonly kind: "synthetic"; readonly bitsPerSecond: number } | { readonly kind: "file"; readonly path: string };

/** Makes or reads the media. Throws like `syntheticMedia` and `fileMedia`. */
export async function openMedia(source: MediaSource): Promise<MediaLoop> {
  return source.kind === "file" ? fileMedia(source.path) : syntheticMedia(source.bitsPerSecond);
}
