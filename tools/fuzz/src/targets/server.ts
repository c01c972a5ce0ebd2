import { encode } from "@rtmp/amf0";
import { ChunkReader, MessageTypeId } from "@rtmp/chunk";
import { FlushQueue, TimerQueue } from "@rtmp/reactor";
import { ManualClock, memoryConnectionPair } from "@rtmp/reactor/testing";
import type { MemoryConnection } from "@rtmp/reactor/testing";
import { createRtmpServer, Rejection } from "@rtmp/server";
import type { RtmpServer } from "@rtmp/server";
import { ClientSession } from "@rtmp/session";
import { concat, hex } from "@rtmp/testkit";
import { amf0Errors, chunkErrors, handshakeErrors, sessionErrors } from "../families.ts";
import { expectEqual, faultOf } from "../observation.ts";
import { clientCommands, ScriptedPeer } from "../scripted-messages.ts";
import { HANDSHAKE_SIZE, peerHandshake } from "../session-host.ts";
import { Tape } from "../tape.ts";
import { BrokenLaw, MAX_INPUT_SIZE } from "../target.ts";
import type { FuzzTarget, Verdict } from "../target.ts";
import { scriptBytes } from "./server-session.ts";

const CHUNK_SIZE = 65_536;
const MAX_UNSENT_BYTES = 400_000;
const setChunkSize = hex("02 000000 000004 01 00000000 00010000");
const strangerCount = 3;

/**
 * A whole server with a publisher and a viewer who behave, and three strangers who do not. Whatever the strangers do, the
 * viewer goes on seeing the stream, nothing of the server's own breaks, and nothing stays behind when all have left.
 */
export const serverTarget: FuzzTarget = {
  name: "server",
  codes: [
    "SESSION_COMMAND_BEFORE_CONNECT",
    "SESSION_TOO_MANY_STREAMS",
    "SESSION_TOO_MANY_COMMANDS",
    "CHUNK_BAD_AGGREGATE",
  ],
  generate: (random) => scriptBytes(random),
  async check(input): Promise<Verdict> {
    const stage = new Stage();
    try {
      await stage.play(new Tape(input));
      await stage.close();
    } finally {
      await stage.server.close();
    }
    return { codes: stage.clientErrors };
  },
};

/** The server, the network and everybody on it. */
class Stage {
  readonly server: RtmpServer;
  readonly clientErrors: string[] = [];
  readonly #clock = new ManualClock();
  readonly #timers = new TimerQueue(this.#clock);
  readonly #flushQueue = new FlushQueue({ clock: this.#clock });
  readonly #serverEnds: MemoryConnection[] = [];
  readonly #faults: unknown[] = [];
  #connects = 0;
  #disconnects = 0;

  constructor() {
    this.server = createRtmpServer({
      gopCache: { maxBytes: 50_000 },
      subscriber: { skipAboveBytes: 20_000, dropAboveBytes: 100_000 },
      limits: { maxStreams: 4, maxCommandSize: 4096, maxDataMessageSize: 4096 },
      hooks: {
        onPublish: ({ streamKey }) => decideLater(streamKey),
        onPlay: ({ streamKey }) => decideLater(streamKey),
      },
      log: {
        ...{ debug: ignore, info: ignore, warn: ignore },
        error: (message, fields) => {
          if (message !== "hook failed") this.#faults.push({ message, ...fields });
        },
      },
    });
    this.server.on("clientError", (error) => {
      this.clientErrors.push(faultOf(error, sessionErrors, chunkErrors, amf0Errors, handshakeErrors).code);
    });
    this.server.on("disconnect", () => {
      this.#disconnects++;
    });
  }

  /** The script, with the publisher's frames between the strangers' doings. */
  async play(tape: Tape): Promise<void> {
    const publisher = new Friend(this.connect());
    const viewer = new Friend(this.connect());
    await this.#settle();
    publisher.session.publish(1, "good");
    publisher.flush();
    await this.#settle();
    publisher.send(MessageTypeId.Video, hex("17 00 000000 01 64001f ff e1 0000 00"));
    viewer.session.play(1, "good");
    viewer.flush();
    const strangers = Array.from({ length: strangerCount }, () => new Stranger(this.connect(), tape));
    await this.#settle();
    for (let sent = 0; !tape.done && sent < MAX_INPUT_SIZE;) {
      const choice = tape.u8();
      const stranger = strangers[choice % strangerCount]!;
      if (choice >= 252)
        strangers.unshift(new Stranger(this.connect(), tape)); // the others stay, and say no more
      else if (choice >= 240) this.#clock.advance(tape.pick([0, 10, 100, 1000]));
      else if (choice >= 200) {
        for (let left = tape.pick([1, 1, 3, 12]); left > 0; left--) publisher.send(MessageTypeId.Video, frame(tape));
      } else if (choice >= 180) stranger.misbehave(tape);
      else sent += stranger.speak();
      await this.#settle();
    }
    const last = concat(hex("17 01 000000 00000001 65"), Uint8Array.of(tape.u8()), hex("c0ffee"));
    publisher.send(MessageTypeId.Video, last);
    await this.#settle();
    this.#clock.advance(200);
    if (publisher.closeReason !== undefined) throw new BrokenLaw("publisher lost", publisher.closeReason);
    if (viewer.closeReason !== undefined) throw new BrokenLaw("viewer lost", viewer.closeReason);
    expectEqual("last frame", Buffer.from(last).toString("hex"), viewer.lastFrame);
    for (const friend of [publisher, viewer]) friend.connection.end("bye");
    for (const stranger of strangers) stranger.leave();
  }

  /** All have left: nothing may be left of them. */
  async close(): Promise<void> {
    this.#clock.advance(5000);
    await this.#settle();
    const { connections, publishers, subscribers, streams } = await this.server.stats();
    const left = { current: connections.current, publishers, subscribers, streams: streams.length };
    expectEqual(
      "left behind",
      JSON.stringify({ current: 0, publishers: 0, subscribers: 0, streams: 0 }),
      JSON.stringify(left),
    );
    expectEqual("disconnects", String(this.#connects), String(this.#disconnects));
  }

  connect(): MemoryConnection {
    this.#connects++;
    const pair = memoryConnectionPair({
      clock: this.#clock,
      timers: this.#timers,
      flushQueue: this.#flushQueue,
      maxUnsentBytes: MAX_UNSENT_BYTES,
      onError: (error) => void this.#faults.push(error),
    });
    this.#serverEnds.push(pair.server);
    this.server.serve(pair.server);
    return pair.client;
  }

  /** Lets happen what can, and looks whether anything broke. */
  async #settle(): Promise<void> {
    this.#clock.advance(0);
    for (let turn = 0; turn < 4; turn++) await Promise.resolve();
    this.#clock.advance(0);
    const [fault] = this.#faults;
    if (fault instanceof BrokenLaw) throw fault;
    if (fault !== undefined) {
      const { error = fault } = fault as { readonly error?: unknown };
      const text = error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(fault);
      throw new BrokenLaw(`server fault ${error instanceof Error ? error.name : ""}`, text, { cause: fault });
    }
    for (const { unsentBytes, closed } of this.#serverEnds) {
      if (!closed && unsentBytes > MAX_UNSENT_BYTES) throw new BrokenLaw("bounded", `${unsentBytes} bytes unsent`);
    }
  }
}

function ignore(): void {
  // nobody reads these
}

/** Hooks that refuse, fail, take a while, or agree at once. */
function decideLater(streamKey: string): Promise<void> | undefined {
  if (streamKey === "no") throw new Rejection("NetStream.Publish.BadName", "no");
  if (streamKey === "record") throw new TypeError("a hook with a fault");
  return streamKey === "later" || streamKey === "other" ? Promise.resolve() : undefined;
}

function frame(tape: Tape): Uint8Array {
  const size = tape.pick([10, 10, 500, 5000, 20_000]);
  return concat(tape.pick([hex("17 01 000000"), hex("27 01 000000"), hex("27 01 000028")]), new Uint8Array(size));
}

/** One who keeps to the protocol. */
class Friend {
  readonly connection: MemoryConnection;
  readonly session: ClientSession;
  closeReason: string | undefined;
  lastFrame: string | undefined;
  #timestamp = 0;

  constructor(connection: MemoryConnection) {
    this.connection = connection;
    this.session = new ClientSession({
      onEvent: (event) => {
        if (event.type === "media") this.lastFrame = Buffer.from(event.message.payload).toString("hex");
      },
    });
    connection.open({
      data: (bytes) => {
        this.session.push(bytes);
        this.flush();
      },
      close: (reason) => void (this.closeReason ??= reason),
    });
    this.session.start();
    this.session.connect({ app: "live", tcUrl: "rtmp://127.0.0.1/live" }, () => undefined);
    this.session.createStream(() => undefined);
    this.flush();
  }

  send(typeId: typeof MessageTypeId.Video, payload: Uint8Array): void {
    this.session.sendMedia(1, typeId, (this.#timestamp += 40), payload);
    this.flush();
  }

  flush(): void {
    const output = this.session.takeOutput();
    if (output !== undefined) this.connection.send(output);
  }
}

/** One who says what the script says. What it is sent must make sense all the same. */
class Stranger {
  readonly #connection: MemoryConnection;
  readonly #peer: ScriptedPeer;
  readonly #reader = new ChunkReader({ maxMessageSize: 0xff_ffff });
  #handshakeLeft = HANDSHAKE_SIZE;

  constructor(connection: MemoryConnection, tape: Tape) {
    this.#connection = connection;
    this.#peer = new ScriptedPeer(tape, clientCommands, CHUNK_SIZE);
    connection.open({ data: (bytes) => this.#receive(bytes), close: ignore });
    const form = tape.u8();
    const connectBody = encode("connect", 1, { app: "live", tcUrl: "rtmp://127.0.0.1/live" });
    const bodies = form % 8 === 0 ? [] : [connectBody, encode("createStream", 2, null)];
    if (form % 3 === 1) bodies.push(encode("play", 3, null, "good"));
    const messages = bodies.map((payload, i) =>
      this.#peer.write({
        chunkStreamId: 3,
        messageStreamId: i === 2 ? 1 : 0,
        typeId: MessageTypeId.CommandAmf0,
        timestamp: 0,
        payload,
      }),
    );
    connection.send(concat(peerHandshake, setChunkSize, ...messages));
  }

  /** Says the next thing; returns how many bytes it was. */
  speak(): number {
    const bytes = this.#peer.next();
    this.#connection.send(bytes);
    return bytes.length;
  }

  misbehave(tape: Tape): void {
    switch (tape.u8() % 6) {
      case 0:
      case 1:
        this.#connection.stalled = true;
        return;
      case 2:
      case 3:
        this.#connection.stalled = false;
        return;
      case 4:
        return this.#connection.end("bye");
      default:
        return this.#connection.reset();
    }
  }

  leave(): void {
    this.#connection.stalled = false;
    this.#connection.end("bye");
  }

  #receive(bytes: Uint8Array): void {
    const skipped = Math.min(this.#handshakeLeft, bytes.length);
    this.#handshakeLeft -= skipped;
    try {
      this.#reader.push(bytes.subarray(skipped), ignore);
    } catch (error) {
      throw new BrokenLaw("own output", String(error), { cause: error });
    }
  }
}
