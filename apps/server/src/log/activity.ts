import type { EventClient, EventStream, RtmpServer } from "@rtmp/server";
import type { Logger } from "@rtmp/app-kit";
import { clientFields } from "./server-log.ts";

const maxNameLength = 200;

interface Publication {
  readonly since: number;
}

interface Play {
  readonly since: number;
  cuts: number;
}

/**
 * Writes who comes, publishes, plays, is refused and goes: `publish`, `unpublish`, `play`, `stop`, what is mended and `client error` with reason,
 * duration and figures; `connect` and `disconnect` at level debug.
 */
export function logActivity(server: RtmpServer, logger: Logger): void {
  const publications = new Map<string, Publication>();
  const plays = new Map<string, Play>();

  server.on("connect", (client, app) => {
    logger.debug({ app, ...clientFields(client) }, "connect");
  });
  server.on("disconnect", (client, reason) => logger.debug({ reason, ...clientFields(client) }, "disconnect"));

  server.on("publish", (stream, client) => {
    publications.set(keyOf(stream, client), { since: performance.now() });
    logger.info(fieldsOf(stream, client), "publish");
  });
  server.on("unpublish", (stream, client, reason, { messagesIn, bytesIn, subscribers }) => {
    const publication = publications.get(keyOf(stream, client));
    publications.delete(keyOf(stream, client));
    const figures = { durationMs: durationMs(publication), messagesIn, bytesIn, subscribers };
    logger.info({ ...fieldsOf(stream, client), reason, ...figures }, "unpublish");
  });

  server.on("repair", (stream, client, repair) => {
    logger.warn({ ...fieldsOf(stream, client), repair }, "publisher is mended: its media breaks FLV's rules");
  });

  server.on("play", (stream, client) => {
    plays.set(keyOf(stream, client), { since: performance.now(), cuts: 0 });
    logger.info(fieldsOf(stream, client), "play");
  });
  server.on("skip", (stream, client) => {
    const play = plays.get(keyOf(stream, client));
    if (play !== undefined) play.cuts++;
    logger.warn(fieldsOf(stream, client), "viewer is behind: cut to the next key frame");
  });
  server.on("stop", (stream, client, reason) => {
    const play = plays.get(keyOf(stream, client));
    plays.delete(keyOf(stream, client));
    const fields = { ...fieldsOf(stream, client), reason, durationMs: durationMs(play), cuts: play?.cuts };
    logger.info(fields, "stop");
  });

  server.on("refuse", ({ what, path, code, description }, client) => {
    logger.info(
      { path: shortened(path), code, description: shortened(description), ...clientFields(client) },
      `${what} refused`,
    );
  });
  server.on("loopStart", (loop) => logger.info({ loop }, "loop started"));
  server.on("loopEnd", (loop, { expected, exitCode, signal, connections }) => {
    if (expected) logger.info({ loop, connections }, "loop ended");
    else
      logger.error(
        { loop, connections, exitCode, signal },
        "loop died: its clients are gone, and another takes its place",
      );
  });
  server.on("clientError", (error, client) => {
    const detail = error.message.slice(0, 300);
    logger.warn({ code: error.code, ...clientFields(client), offset: error.offset, detail }, "client error");
  });
}

function keyOf({ streamPath }: EventStream, { connectionId }: EventClient): string {
  return `${connectionId} ${streamPath}`;
}

function fieldsOf({ streamPath }: EventStream, client: EventClient): Readonly<Record<string, unknown>> {
  return { stream: shortened(streamPath), ...clientFields(client) };
}

function durationMs(begun: { readonly since: number } | undefined): number | undefined {
  return begun === undefined ? undefined : Math.round(performance.now() - begun.since);
}

/** A name is up to 1024 characters long, and each may be escaped to six. */
function shortened(name: string): string {
  return name.length <= maxNameLength ? name : `${name.slice(0, maxNameLength)}…`;
}
