import { createHash, timingSafeEqual } from "node:crypto";
import { Rejection } from "@rtmp/server";
import type { StreamHookRequest } from "@rtmp/server";

/** Stream path, or `*` for all that are not named, → token. */
export type PublishKeys = Readonly<Record<string, string>>;

/**
 * Lets publish who brings the token of the stream as `?token=`. A stream without a token of its own has that of `*`, and
 * if there is none nobody may publish it. Without any keys everybody may. `keys` is asked each time.
 */
export function publishTokenPolicy(keys: () => PublishKeys): (request: StreamHookRequest) => void {
  return ({ streamPath, query }) => {
    if (!mayPublish(keys(), streamPath, query.get("token") ?? "")) {
      throw new Rejection("NetStream.Publish.Denied", `Not allowed to publish ${streamPath}.`);
    }
  };
}

/** Whether publishing a stream of that path takes a token. */
export function needsToken(keys: PublishKeys): boolean {
  return Object.keys(keys).length > 0;
}

function mayPublish(keys: PublishKeys, streamPath: string, token: string): boolean {
  if (!needsToken(keys)) return true;
  const expected = Object.hasOwn(keys, streamPath) ? keys[streamPath] : keys["*"];
  return expected !== undefined && timingSafeEqual(digest(token), digest(expected));
}

/** Of the same length for every token, so that comparing takes the same time. */
function digest(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
