import type { Bench, Case } from "../case.ts";
import { assertSameLines } from "../listing.ts";

async function assertNothingIsLeft({ server }: Bench): Promise<void> {
  await server.allGone();
  const { connections, publishers, subscribers, streams, publishes, plays } = await server.rtmp.stats();
  const left = `${connections.current} connections, ${publishers} publishers, ${subscribers} subscribers, ${streams.length} streams`;
  assertSameLines("the server", [left], ["0 connections, 0 publishers, 0 subscribers, 0 streams"]);
  if (publishes.accepted === 0 || plays.accepted === 0) throw new Error("nothing has been published or played");
  if (server.complaints.length > 0) throw new Error(`the server complained: ${server.complaints.join(", ")}`);
}

/** What the server is like after everything else. */
export const quietCases: readonly Case[] = [
  {
    statement: "after all of it the server holds no connection and no stream, and no real client broke the protocol",
    run: assertNothingIsLeft,
  },
];
