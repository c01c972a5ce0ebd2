import { encode } from "@rtmp/amf0";
import { MessageTypeId } from "@rtmp/chunk";
import type { CommandAnswers } from "./command-answers.ts";
import { ChunkStreamId, numberOr, stringOr } from "./commands.ts";
import type { Command } from "./commands.ts";
import type { SessionError, SessionErrorCode } from "./errors.ts";
import type { MessageLink } from "./message-link.ts";
import { resolveStreamAddress, resolveStreamPath } from "./rtmp-url.ts";
import type { StreamAddress } from "./rtmp-url.ts";
import type { Decision, ServerSessionEvent, StreamEndReason } from "./server-events.ts";
import type { StatusCode } from "./status.ts";

/** One message stream of a client, and what it is used for. */
interface NetStream {
  role: "idle" | "publishing" | "playing";
  address: Pick<StreamAddress, "streamKey" | "streamPath"> | undefined;
}

interface NetStreamsOptions {
  readonly link: MessageLink;
  readonly answers: CommandAnswers;
  readonly maxStreams: number;
  /** Announced to whoever plays. */
  readonly playerWindowSize: number;
  readonly onEvent: (event: ServerSessionEvent) => void;
  readonly decide: (accept: () => void, reject: (code: StatusCode, description: string) => void) => Decision;
  readonly fail: (code: SessionErrorCode, detail: string) => SessionError;
}

/** The message streams of one client and the NetStream commands on them (RTMP 1.0 §7.2.2). */
export class NetStreams {
  readonly #options: NetStreamsOptions;
  readonly #link: MessageLink;
  readonly #answers: CommandAnswers;
  readonly #streams = new Map<number, NetStream>();
  #app = "";
  #tcUrl = "";

  constructor(options: NetStreamsOptions) {
    this.#options = options;
    this.#link = options.link;
    this.#answers = options.answers;
  }

  /** Takes what `connect` said; stream names lie below it. */
  setApplication(app: string, tcUrl: string): void {
    this.#app = app;
    this.#tcUrl = tcUrl;
  }

  /**
   * The publishing stream that media on stream `messageStreamId` is of; `undefined` if it is of none. What comes on stream
   * 0 is of the connection's only publisher: librtmp opens chunk streams with format 1, which has no stream id.
   */
  publishingStream(messageStreamId: number): number | undefined {
    if (this.#streams.get(messageStreamId)?.role === "publishing") return messageStreamId;
    return messageStreamId === 0 ? this.#onlyPublisher() : undefined;
  }

  /** Opens a stream and returns its id, the lowest that is free. */
  create(): number {
    let messageStreamId = 1;
    while (this.#streams.has(messageStreamId)) messageStreamId++;
    this.#open(messageStreamId);
    return messageStreamId;
  }

  publish(command: Command): void {
    const { messageStreamId } = command;
    const stream = this.#open(messageStreamId);
    if (stream.role !== "idle") {
      return this.#refuseCommand(command, "publish", "NetStream.Publish.BadConnection", "This stream is in use.");
    }
    const address = this.#resolve(command);
    if (address === undefined) {
      return this.#refuseCommand(command, "publish", "NetStream.Publish.BadName", "Not a usable stream name.");
    }
    const decision = this.#options.decide(
      () => {
        stream.role = "publishing";
        stream.address = pathOf(address);
        this.#status(messageStreamId, "NetStream.Publish.Start", `${shownName(address)} is now published.`);
      },
      (code, description) => this.#refuse(messageStreamId, code, description),
    );
    const publishType = stringOr(command.args[1], "live");
    this.#options.onEvent({ type: "publish", messageStreamId, address, publishType, decision });
  }

  play(command: Command): void {
    const { messageStreamId } = command;
    const stream = this.#open(messageStreamId);
    if (stream.role === "publishing") {
      return this.#refuseCommand(command, "play", "NetStream.Play.Failed", "This stream is publishing.");
    }
    if (stream.role === "playing") this.end(messageStreamId, "play");
    const address = this.#resolve(command);
    if (address === undefined) {
      return this.#refuseCommand(command, "play", "NetStream.Play.StreamNotFound", "Not a usable stream name.");
    }
    const decision = this.#options.decide(
      () => this.#acceptPlay(messageStreamId, stream, address),
      (code, description) => this.#refuse(messageStreamId, code, description),
    );
    const start = numberOr(command.args[1], -2);
    this.#options.onEvent({ type: "play", messageStreamId, address, start, decision });
  }

  /** Answers Pause.Notify or Unpause.Notify (RTMP 1.0 §7.2.2.8); where nothing plays there is nothing to pause. */
  pause(command: Command): void {
    const { messageStreamId } = command;
    if (!this.#isPlaying(messageStreamId)) return;
    const isPaused = command.args[0] === true;
    if (isPaused) this.#status(messageStreamId, "NetStream.Pause.Notify", "Paused.");
    else this.#status(messageStreamId, "NetStream.Unpause.Notify", "Playing again.");
    this.#options.onEvent({ type: "pause", messageStreamId, isPaused });
  }

  /** Who wants media again is told so, who wants none hears nothing (RTMP 1.0 §7.2.2.4, §7.2.2.5). */
  receiveMedia(command: Command): void {
    const { messageStreamId } = command;
    if (!this.#isPlaying(messageStreamId)) return;
    const type = command.commandName === "receiveAudio" ? "receive-audio" : "receive-video";
    const isWanted = command.args[0] !== false;
    if (isWanted) {
      this.#status(messageStreamId, "NetStream.Seek.Notify", "At the live edge.");
      this.#status(messageStreamId, "NetStream.Play.Start", "Playing.");
    }
    this.#options.onEvent({ type, messageStreamId, isWanted });
  }

  seek(command: Command): void {
    this.#refuse(command.messageStreamId, "NetStream.Seek.Failed", "A live stream cannot seek.");
  }

  /** Ends what the stream is used for; the stream itself stays open. */
  end(messageStreamId: number, reason: StreamEndReason): void {
    const stream = this.#streams.get(messageStreamId);
    if (stream === undefined || stream.role === "idle") return;
    const type = stream.role === "publishing" ? "unpublish" : "stop";
    stream.role = "idle";
    stream.address = undefined;
    if (type === "unpublish") {
      this.#status(messageStreamId, "NetStream.Unpublish.Success", "The stream is now unpublished.");
    } else if (reason === "closeStream") {
      this.#status(messageStreamId, "NetStream.Play.Stop", "Stopped playing.");
    }
    this.#options.onEvent({ type, messageStreamId, reason });
  }

  /** Ends what a publisher sends, because the server says so. */
  endPublication(messageStreamId: number, description: string): void {
    const stream = this.#streams.get(messageStreamId);
    if (stream?.role !== "publishing") return;
    stream.role = "idle";
    stream.address = undefined;
    this.#refuse(messageStreamId, "NetStream.Publish.BadName", description);
  }

  /** Ends the stream that the command names, or the one it came on, and frees its id. */
  delete(command: Command): void {
    const messageStreamId = numberOr(command.args[0], command.messageStreamId);
    this.end(messageStreamId, "deleteStream");
    this.#streams.delete(messageStreamId);
  }

  /** FCUnpublish names the stream instead of coming on it. */
  unpublishByName(command: Command): void {
    const [name] = command.args;
    const path = typeof name === "string" ? resolveStreamPath(this.#app, name) : undefined;
    if (path === undefined) return;
    for (const [messageStreamId, stream] of this.#streams) {
      if (stream.role !== "publishing" || stream.address?.streamPath !== path) continue;
      this.end(messageStreamId, "FCUnpublish");
    }
  }

  /** Tells a player that the publisher has left: UnpublishNotify, then StreamEOF. */
  notifyUnpublish(messageStreamId: number): void {
    if (!this.#isPlaying(messageStreamId)) return;
    const name = this.#nameOf(messageStreamId);
    this.#status(messageStreamId, "NetStream.Play.UnpublishNotify", `${name} is now unpublished.`);
    this.#link.sendControl({ kind: "user-control", event: { type: "stream-eof", messageStreamId } });
  }

  /** Tells a player that a publisher has come back: StreamBegin, then PublishNotify. */
  notifyPublish(messageStreamId: number): void {
    if (!this.#isPlaying(messageStreamId)) return;
    const name = this.#nameOf(messageStreamId);
    this.#link.sendControl({ kind: "user-control", event: { type: "stream-begin", messageStreamId } });
    this.#status(messageStreamId, "NetStream.Play.PublishNotify", `${name} is now published.`);
  }

  /** Opens the stream if it is not open: some cameras publish on stream 1 without having created it. */
  #open(messageStreamId: number): NetStream {
    const open = this.#streams.get(messageStreamId);
    if (open !== undefined) return open;
    if (this.#streams.size >= this.#options.maxStreams) {
      throw this.#options.fail("SESSION_TOO_MANY_STREAMS", "too many streams");
    }
    const stream: NetStream = { role: "idle", address: undefined };
    this.#streams.set(messageStreamId, stream);
    return stream;
  }

  #acceptPlay(messageStreamId: number, stream: NetStream, address: StreamAddress): void {
    stream.role = "playing";
    stream.address = pathOf(address);
    const name = shownName(address);
    this.#link.sendControl({ kind: "window-acknowledgement-size", windowSize: this.#options.playerWindowSize });
    this.#link.sendControl({ kind: "user-control", event: { type: "stream-begin", messageStreamId } });
    this.#status(messageStreamId, "NetStream.Play.Reset", `Playing and resetting ${name}.`);
    this.#status(messageStreamId, "NetStream.Play.Start", `Started playing ${name}.`);
    // On the chunk stream of the commands: the media ones belong to messages that are encoded elsewhere.
    this.#link.send({
      chunkStreamId: ChunkStreamId.Command,
      messageStreamId,
      typeId: MessageTypeId.DataAmf0,
      timestamp: 0,
      payload: encode("|RtmpSampleAccess", true, true),
    });
  }

  #resolve(command: Command): StreamAddress | undefined {
    const [name] = command.args; // a name may be empty, but it has to be there
    return typeof name === "string" ? resolveStreamAddress(this.#app, name, this.#tcUrl) : undefined;
  }

  #isPlaying(messageStreamId: number): boolean {
    return this.#streams.get(messageStreamId)?.role === "playing";
  }

  #nameOf(messageStreamId: number): string {
    const address = this.#streams.get(messageStreamId)?.address;
    return address === undefined ? "" : shownName(address);
  }

  #onlyPublisher(): number | undefined {
    let only: number | undefined;
    for (const [messageStreamId, { role }] of this.#streams) {
      if (role !== "publishing") continue;
      if (only !== undefined) return undefined;
      only = messageStreamId;
    }
    return only;
  }

  #status(messageStreamId: number, code: StatusCode, description: string): void {
    this.#answers.status(messageStreamId, "status", code, description);
  }

  #refuseCommand(command: Command, what: "publish" | "play", code: StatusCode, description: string): void {
    this.#refuse(command.messageStreamId, code, description);
    this.#options.onEvent({ type: "refused", what, name: stringOr(command.args[0], ""), code, description });
  }

  #refuse(messageStreamId: number, code: StatusCode, description: string): void {
    this.#answers.status(messageStreamId, "error", code, description);
  }
}

/** The stream as its client knows it. */
function shownName({ streamKey, streamPath }: Pick<StreamAddress, "streamKey" | "streamPath">): string {
  return streamKey === "" ? streamPath : streamKey;
}

/** What is asked for again; the query was for whoever decided. */
function pathOf({ streamKey, streamPath }: StreamAddress): Pick<StreamAddress, "streamKey" | "streamPath"> {
  return { streamKey, streamPath };
}
