import type { StatusCode, StreamAddress } from "@rtmp/session";
import type { EventStream, Refusal } from "./events.ts";

/** The application as it may be shown: a query may hold a token. */
export function appName(app: string): string {
  return (app.split("?", 1)[0] ?? "").slice(0, 200);
}

/** What a stream is known by. Who names an application only has the empty key, and the application is the stream. */
export function streamPathOf(app: string, streamKey: string): string {
  return streamKey === "" ? app : `${app}/${streamKey}`;
}

/** The answer to who wants a name that somebody has. */
export function takenName({
  streamPath,
  streamKey,
}: Pick<StreamAddress, "streamPath" | "streamKey">): Refusal & { readonly code: StatusCode } {
  const description = `${streamKey === "" ? streamPath : streamKey} is already published.`;
  return { what: "publish", path: streamPath, code: "NetStream.Publish.BadName", description };
}

/** The stream as events name it. */
export function toEventStream({ app, streamKey, streamPath }: StreamAddress): EventStream {
  return { app, streamKey, streamPath };
}
