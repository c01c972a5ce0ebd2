import { ChunkReader } from "@rtmp/chunk";
import { concat } from "@rtmp/testkit";
import { ServerSession } from "../src/index.ts";
import type { Decision, ServerSessionEvent, ServerSessionOptions } from "../src/index.ts";
import { describeEvent, describeMessage } from "./describe.ts";
import { connect, createStream, handshake, play, publish } from "./wire.ts";

/** Handshake bytes that are the same in every run. */
export const noChance = (size: number): Uint8Array => new Uint8Array(size).fill(7);

/** A server session with a clock of its own, and a client made of bytes. */
export class ServerSide {
  readonly session: ServerSession;
  /** Every event since the last `takeEvents`. */
  readonly seen: ServerSessionEvent[] = [];
  now = 1000;
  /** What to do with decisions: accept them at once, or leave them to the test. */
  readonly decisions: Decision[] = [];
  decide: "accept" | "later";
  readonly #answers = new ChunkReader();
  #handshakeBytes = 3073;

  constructor(options: Partial<ServerSessionOptions> & { readonly decide?: "accept" | "later" } = {}) {
    const { decide = "accept", ...rest } = options;
    this.decide = decide;
    this.session = new ServerSession({
      now: () => this.now,
      onEvent: (event) => {
        this.seen.push(event);
        if (!("decision" in event)) return;
        this.decisions.push(event.decision);
        if (this.decide === "accept") event.decision.accept();
      },
      random: noChance,
      ...rest,
    });
  }

  /** Pushes all parts as one piece and returns what the server answers. */
  send(...parts: readonly Uint8Array[]): string[] {
    this.session.push(concat(...parts));
    return this.takeAnswers();
  }

  /** What the server has said since the last time, the handshake left out. */
  takeAnswers(): string[] {
    const output = this.session.takeOutput() ?? new Uint8Array(0);
    const skipped = Math.min(this.#handshakeBytes, output.length);
    this.#handshakeBytes -= skipped;
    return this.#answers.read(output.subarray(skipped)).map(describeMessage);
  }

  takeEvents(): string[] {
    return this.seen.splice(0).map(describeEvent);
  }

  /** The decision that is asked for last. */
  get decision(): Decision {
    const last = this.decisions.at(-1);
    if (last === undefined) throw new Error("nothing has been asked");
    return last;
  }
}

/** A server whose client has shaken hands and is connected to `live`. */
export function connectedServer(options?: ConstructorParameters<typeof ServerSide>[0]): ServerSide {
  return quiet(new ServerSide(options), handshake, connect);
}

/** A server whose client publishes `live/camera` on stream 1. */
export function publishingServer(options?: ConstructorParameters<typeof ServerSide>[0]): ServerSide {
  return quiet(connectedServer(options), createStream, publish(1, "camera"));
}

/** A server whose client plays `live/camera` on stream 1. */
export function playingServer(options?: ConstructorParameters<typeof ServerSide>[0]): ServerSide {
  return quiet(connectedServer(options), createStream, play(1, "camera"));
}

function quiet(server: ServerSide, ...parts: readonly Uint8Array[]): ServerSide {
  const { decide } = server;
  server.decide = "accept";
  server.send(...parts);
  server.decide = decide;
  server.takeEvents();
  server.decisions.length = 0;
  return server;
}

/** The code of what `run` throws; anything but an error with a code escapes. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
    throw error;
  }
  return "nothing thrown";
}
