import type { StatusCode, StreamAddress } from "@rtmp/session";
import type { EventStream, Refusal } from "./events.ts";

/** The application as it may be shown: a query may hold a token. */
export function appName(app: string): string {
  return (app.split("?", 1)[0] ?? "").slice(0, 200);
}

/** The answer to who wants a name that somebody has. */
export function takenName({ streamPath, streamKey }: StreamAddress): Refusal & { readonly code: StatusCode } {
  const description = `${streamKey} is already published.`;
  return { what: "publish", path: streamPath, code: "NetStream.Publish.BadName", description };
}

/** The stream as events name it. */
export function toEventStream({ app, streamKey, streamPath }: StreamAddress): EventStream {
  return { app, streamKey, streamPath };
}
