import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFlv } from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";

/** The tags of a file, in order. */
export async function allTags(file: string): Promise<FlvTag[]> {
  const tags: FlvTag[] = [];
  for await (const tag of readFlv(createReadStream(file))) tags.push(tag);
  return tags;
}

/** The audio and video tags of a file, in order. */
export async function mediaTags(file: string): Promise<FlvTag[]> {
  return (await allTags(file)).filter(({ type }) => type !== "script");
}

/** The tag's kind and a hash of its payload, and its timestamp if it is to be compared. */
export function tagLine({ type, timestamp, payload }: FlvTag, hasTimestamp: boolean): string {
  const hash = createHash("md5").update(payload).digest("hex");
  return hasTimestamp ? `${type} ${timestamp} ${hash}` : `${type} ${hash}`;
}
