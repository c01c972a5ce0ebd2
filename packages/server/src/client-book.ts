import { endReasonOf } from "./end-reason.ts";
import type { EventClient, EventStream, ServerEvents } from "./events.ts";
import type { EmitEvent } from "./server-context.ts";

interface KnownClient {
  readonly client: EventClient;
  readonly loop: number;
  /** One entry each time: a client may play a stream twice. */
  readonly published: EventStream[];
  readonly played: EventStream[];
}

const noFigures = { messagesIn: 0, bytesIn: 0, subscribers: 0 };

/**
 * Who is connected to which loop and what they publish and play, as the loops' events tell. So that the end of a loop is
 * the end of its clients for everybody who listens, and not just silence.
 */
export class ClientBook {
  readonly #clients = new Map<number, KnownClient>();
  readonly #publishers = new Map<string, number>();
  readonly #viewers = new Map<string, number>();

  isLive(streamPath: string): boolean {
    return this.#publishers.has(streamPath);
  }

  viewersOf(streamPath: string): number {
    return this.#viewers.get(streamPath) ?? 0;
  }

  /** Notes an event of a client of `loop`, before it is told. */
  note<Name extends keyof ServerEvents>(loop: number, name: Name, args: ServerEvents[Name]): void {
    switch (name) {
      case "connect": {
        const [client] = args as ServerEvents["connect"];
        this.#know(loop, client);
        return;
      }
      case "publish":
      case "play": {
        const [stream, client] = args as ServerEvents["publish" | "play"];
        const known = this.#know(loop, client);
        (name === "publish" ? known.published : known.played).push(stream);
        return count(name === "publish" ? this.#publishers : this.#viewers, stream.streamPath, 1);
      }
      case "unpublish":
      case "stop": {
        const [stream, client] = args as ServerEvents["unpublish" | "stop"];
        const known = this.#clients.get(client.connectionId);
        const streams = (name === "unpublish" ? known?.published : known?.played) ?? [];
        const index = streams.findIndex(({ streamPath }) => streamPath === stream.streamPath);
        if (index >= 0) streams.splice(index, 1);
        return count(name === "unpublish" ? this.#publishers : this.#viewers, stream.streamPath, -1);
      }
      case "disconnect": {
        const [client] = args as ServerEvents["disconnect"];
        this.#clients.delete(client.connectionId);
        return;
      }
      default: // says nothing about who is there
    }
  }

  /** A loop has ended without a word: tells what its clients cannot tell any more. */
  loopGone(loop: number, reason: string, emit: EmitEvent): void {
    const endReason = endReasonOf(reason);
    const gone = [...this.#clients.values()].filter((known) => known.loop === loop);
    const tell = <Name extends keyof ServerEvents>(name: Name, ...args: ServerEvents[Name]): void => {
      this.note(loop, name, args);
      emit(name, ...args);
    };
    for (const { client, published } of gone) {
      for (const stream of [...published]) tell("unpublish", stream, client, endReason, noFigures);
    }
    for (const { client, played } of gone) {
      for (const stream of [...played]) tell("stop", stream, client, endReason);
      tell("disconnect", client, reason);
    }
  }

  #know(loop: number, client: EventClient): KnownClient {
    let known = this.#clients.get(client.connectionId);
    if (known === undefined) {
      known = { client, loop, published: [], played: [] };
      this.#clients.set(client.connectionId, known);
    }
    return known;
  }
}

function count(counts: Map<string, number>, streamPath: string, change: number): void {
  const left = (counts.get(streamPath) ?? 0) + change;
  if (left > 0) counts.set(streamPath, left);
  else counts.delete(streamPath);
}
