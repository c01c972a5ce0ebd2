import { encode } from "@rtmp/amf0";
import type { Amf0Value } from "@rtmp/amf0";
import { MessageTypeId } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import { ServerHandshake } from "@rtmp/handshake";
import { CapsEx, parseEnhancedCapabilities, relayCapabilities } from "./capabilities.ts";
import type { EnhancedCapabilities } from "./capabilities.ts";
import {
  ChunkStreamId,
  commandBody,
  commandMessage,
  numberOr,
  parseCommand,
  parseDataMessage,
  propertiesOf,
  stringOr,
} from "./commands.ts";
import type { Command } from "./commands.ts";
import { SessionError } from "./errors.ts";
import type { SessionErrorCode } from "./errors.ts";
import { MessageLink } from "./message-link.ts";
import { RateLimit } from "./rate-limit.ts";
import { resolveStreamAddress } from "./rtmp-url.ts";
import type { StreamAddress } from "./rtmp-url.ts";
import type { Decision, ServerSessionEvent, StreamEndReason } from "./server-events.ts";
import { sessionLimits, sessionTimeouts } from "./server-options.ts";
import type { ServerSessionOptions, SessionLimits, SessionTimeouts } from "./server-options.ts";
import { encodeOnStatus, statusObject } from "./status.ts";
import type { StatusCode } from "./status.ts";

type Role = "idle" | "publishing" | "playing";

interface NetStream {
  role: Role;
  address: StreamAddress | undefined;
}

const pauseAboveBytes = 64 * 1024;

/**
 * The server's side of one connection: handshake, NetConnection and NetStream commands (RTMP 1.0 §7.2).
 * It holds no socket and no timer. Bytes go in with `push`, what happened comes out of `onEvent`, bytes to write come
 * out of `takeOutput`, and `tick` is called when `nextDeadline` has come. Whatever throws, throws its package's typed
 * error; the connection is to be closed then.
 */
export class ServerSession {
  readonly #now: () => number;
  readonly #onEvent: (event: ServerSessionEvent) => void;
  readonly #options: ServerSessionOptions;
  readonly #limits: Required<Omit<SessionLimits, "maxMessageSize" | "maxChunkStreams" | "maxBufferedBytes">>;
  readonly #timeouts: Required<SessionTimeouts>;
  readonly #link: MessageLink;
  readonly #commandRate: RateLimit;
  readonly #streams = new Map<number, NetStream>();
  readonly #startedAt: number;
  #pending: RtmpMessage[] = [];
  #pendingBytes = 0;
  #isDeciding = false;
  #connected = false;
  #app = "";
  #tcUrl = "";
  #capabilities: EnhancedCapabilities | undefined;
  #lastReceivedAt: number;
  #lastPingAt = 0;
  #ignoredMessages = 0;

  constructor(options: ServerSessionOptions) {
    this.#options = options;
    this.#now = options.now;
    this.#onEvent = options.onEvent;
    this.#limits = sessionLimits(options.limits);
    this.#timeouts = sessionTimeouts(options.timeouts);
    this.#startedAt = options.now();
    this.#lastReceivedAt = this.#startedAt;
    this.#commandRate = new RateLimit(this.#limits.maxCommandsPerSecond, this.#startedAt);
    this.#link = new MessageLink({
      handshake: new ServerHandshake(options.random === undefined ? {} : { random: options.random }),
      limits: options.limits ?? {},
      onMessage: (message) => this.#receive(message),
      onHandshakeDone: (scheme) => this.#onEvent({ type: "handshake", scheme }),
      onUserControl: () => undefined, // SetBufferLength and its kin are accepted; a live stream has nothing to change
    });
  }

  /**
   * So much waits behind a pending decision that the host had better stop reading the socket. Not before: while it
   * reads it sees that the client has left.
   */
  get paused(): boolean {
    return this.#isDeciding && this.#pendingBytes > pauseAboveBytes;
  }

  /** All bytes ever received, the handshake included. */
  get bytesReceived(): number {
    return this.#link.bytesReceived;
  }

  /** Audio, video and data messages that counted for nothing: nobody had accepted a publisher on their stream. */
  get ignoredMessages(): number {
    return this.#ignoredMessages;
  }

  /** What the client said of Enhanced RTMP, once it has connected. */
  get capabilities(): EnhancedCapabilities | undefined {
    return this.#capabilities;
  }

  /** When `tick` wants to be called, in the time of `now`; `undefined` if never. */
  get nextDeadline(): number | undefined {
    if (!this.#connected) return this.#isDeciding ? undefined : this.#startedAt + this.#timeouts.handshakeMs;
    const { idleMs, pingIntervalMs } = this.#timeouts;
    const silences: number[] = [];
    if (idleMs > 0) silences.push(this.#lastReceivedAt + idleMs);
    if (pingIntervalMs > 0) silences.push(Math.max(this.#lastReceivedAt, this.#lastPingAt) + pingIntervalMs);
    return silences.length === 0 ? undefined : Math.min(...silences);
  }

  /** Takes bytes as the socket gave them; nothing of them is kept by reference. */
  push(bytes: Uint8Array): void {
    this.#lastReceivedAt = this.#now();
    this.#link.push(bytes);
  }

  /** Pings a silent client; throws SESSION_HANDSHAKE_TIMEOUT or SESSION_IDLE_TIMEOUT when its time is up. */
  tick(): void {
    const now = this.#now();
    if (this.#isDeciding) return;
    if (!this.#connected) {
      if (now - this.#startedAt >= this.#timeouts.handshakeMs)
        throw this.#error("SESSION_HANDSHAKE_TIMEOUT", "no connect in time");
      return;
    }
    const { idleMs, pingIntervalMs } = this.#timeouts;
    if (idleMs > 0 && now - this.#lastReceivedAt >= idleMs)
      throw this.#error("SESSION_IDLE_TIMEOUT", "no byte in time");
    if (pingIntervalMs > 0 && now - Math.max(this.#lastReceivedAt, this.#lastPingAt) >= pingIntervalMs) {
      this.#lastPingAt = now;
      this.#link.sendControl({
        kind: "user-control",
        event: { type: "ping-request", timestamp: Math.floor(now) >>> 0 },
      });
    }
  }

  /** The bytes to write since the last call, in order; `undefined` if there are none. */
  takeOutput(): Uint8Array | undefined {
    return this.#link.takeOutput();
  }

  /** How far the client is behind `bytesSent`, by its Acknowledgements; 0 if it sends none. */
  bytesBehind(bytesSent: number): number {
    return this.#link.peerLag.bytesBehind(bytesSent);
  }

  /** Tells a player that the publisher has left: UnpublishNotify, then StreamEOF. The stream stays open. */
  notifyUnpublish(messageStreamId: number): void {
    const stream = this.#streams.get(messageStreamId);
    if (stream?.role !== "playing") return;
    const name = stream.address?.streamKey ?? "";
    this.#sendStatus(messageStreamId, "status", "NetStream.Play.UnpublishNotify", `${name} is now unpublished.`);
    this.#link.sendControl({ kind: "user-control", event: { type: "stream-eof", messageStreamId } });
  }

  /** Tells a player that a publisher has come back: StreamBegin, then PublishNotify. */
  notifyPublish(messageStreamId: number): void {
    const stream = this.#streams.get(messageStreamId);
    if (stream?.role !== "playing") return;
    const name = stream.address?.streamKey ?? "";
    this.#link.sendControl({ kind: "user-control", event: { type: "stream-begin", messageStreamId } });
    this.#sendStatus(messageStreamId, "status", "NetStream.Play.PublishNotify", `${name} is now published.`);
  }

  /**
   * Asks the client to connect elsewhere (E-RTMP v2 "Reconnect Request"). Returns false, and sends nothing,
   * if the client has not said that it understands.
   */
  requestReconnect(request: { readonly tcUrl?: string; readonly description?: string } = {}): boolean {
    if (((this.#capabilities?.capsEx ?? 0) & CapsEx.Reconnect) === 0) return false;
    const extra: Record<string, Amf0Value> = request.tcUrl === undefined ? {} : { tcUrl: request.tcUrl };
    this.#sendStatus(0, "status", "NetConnection.Connect.ReconnectRequest", request.description ?? "", extra);
    return true;
  }

  /** Tells the client why the server closes the connection. */
  notifyShutdown(description: string): void {
    if (this.#connected) this.#sendStatus(0, "error", "NetConnection.Connect.AppShutdown", description);
  }

  #receive(message: RtmpMessage): void {
    if (!this.#isDeciding) {
      this.#dispatch(message);
      return;
    }
    this.#pendingBytes += message.payload.length + 64;
    if (this.#pendingBytes > this.#limits.maxPendingBytes) {
      throw this.#error("SESSION_TOO_MUCH_PENDING", "more sent behind a pending decision than is kept");
    }
    this.#pending.push(message);
  }

  #dispatch(message: RtmpMessage): void {
    switch (message.typeId) {
      case MessageTypeId.Audio:
      case MessageTypeId.Video: {
        const { messageStreamId } = message;
        if (this.#streams.get(messageStreamId)?.role === "publishing")
          this.#onEvent({ type: "media", messageStreamId, message });
        else this.#ignoredMessages++;
        return;
      }
      case MessageTypeId.DataAmf0:
      case MessageTypeId.DataAmf3:
        return this.#dispatchData(message);
      case MessageTypeId.CommandAmf0:
      case MessageTypeId.CommandAmf3:
        return this.#dispatchCommand(message);
      default: // shared objects and types nobody has defined
        this.#ignoredMessages++;
    }
  }

  #dispatchData(message: RtmpMessage): void {
    this.#checkCost(message, this.#limits.maxDataMessageSize);
    const { messageStreamId, timestamp } = message;
    if (this.#streams.get(messageStreamId)?.role !== "publishing") {
      this.#ignoredMessages++;
      return;
    }
    const dataMessage = parseDataMessage(message);
    if (dataMessage === undefined) this.#ignoredMessages++;
    else this.#onEvent({ type: "data", messageStreamId, timestamp, ...dataMessage });
  }

  #dispatchCommand(message: RtmpMessage): void {
    this.#checkCost(message, this.#limits.maxCommandSize);
    const command = parseCommand(message);
    if (command === undefined) throw this.#error("SESSION_BAD_COMMAND", "a command without a name");
    if (command.commandName === "connect") return this.#connect(command);
    if (!this.#connected) throw this.#error("SESSION_COMMAND_BEFORE_CONNECT", "a command before connect");
    switch (command.commandName) {
      case "createStream":
        return this.#createStream(command);
      case "publish":
        return this.#publish(command);
      case "play":
        return this.#play(command);
      case "deleteStream":
        return this.#deleteStream(command);
      case "closeStream":
        return this.#endStream(command.messageStreamId, "closeStream");
      case "FCPublish":
        return this.#answerFlashCommand(command, "onFCPublish", "NetStream.Publish.Start");
      case "FCUnpublish":
        this.#unpublishByName(stringOr(command.args[0], ""));
        return this.#answerFlashCommand(command, "onFCUnpublish", "NetStream.Unpublish.Success");
      case "getStreamLength":
        return this.#reply(command, null, 0);
      case "releaseStream":
      case "_checkbw":
        return this.#reply(command, null);
      case "pause":
        return this.#pause(command);
      case "receiveAudio":
      case "receiveVideo":
        return this.#receiveMedia(command);
      case "seek":
        return this.#sendStatus(
          command.messageStreamId,
          "error",
          "NetStream.Seek.Failed",
          "A live stream cannot seek.",
        );
      case "_result":
      case "_error":
      case "onStatus":
        return; // answers to nothing we asked
      default:
        this.#replyError(command, "NetConnection.Call.Failed", "Unknown command.");
        this.#onEvent({ type: "unknown-command", commandName: command.commandName.slice(0, 64) });
    }
  }

  #connect(command: Command): void {
    if (this.#connected) throw this.#error("SESSION_CONNECT_TWICE", "connect on a connected connection");
    const commandObject = propertiesOf(command.commandObject);
    const request = {
      app: stringOr(commandObject["app"], ""),
      tcUrl: stringOr(commandObject["tcUrl"], ""),
      flashVer: stringOr(commandObject["flashVer"], ""),
      objectEncoding: numberOr(commandObject["objectEncoding"], 0),
      commandObject,
      capabilities: parseEnhancedCapabilities(commandObject),
    };
    this.#app = request.app;
    this.#tcUrl = request.tcUrl;
    this.#capabilities = request.capabilities;
    const decision = this.#decide(
      () => this.#acceptConnect(command, request.objectEncoding),
      (code, description) => this.#replyError(command, code, description),
    );
    if (/^[/\s]*(\?.*)?$/.test(request.app))
      decision.reject("NetConnection.Connect.InvalidApp", "The URL names no application.");
    else this.#onEvent({ type: "connect", request, decision });
  }

  #acceptConnect(command: Command, objectEncoding: number): void {
    this.#connected = true;
    const windowSize = this.#options.windowAcknowledgementSize ?? 5_000_000;
    this.#link.sendControl({ kind: "window-acknowledgement-size", windowSize });
    this.#link.sendControl({ kind: "set-peer-bandwidth", windowSize, limitType: "dynamic" });
    this.#link.setChunkSize(this.#options.chunkSize ?? 60_000);
    this.#link.sendControl({ kind: "user-control", event: { type: "stream-begin", messageStreamId: 0 } });
    const enhanced = this.#capabilities === undefined ? {} : relayCapabilities;
    this.#reply(
      command,
      { fmsVer: "FMS/4,5,0,297", capabilities: 255, mode: 1, ...enhanced },
      statusObject("status", "NetConnection.Connect.Success", "Connection succeeded.", { objectEncoding, ...enhanced }),
    );
  }

  #createStream(command: Command): void {
    let messageStreamId = 1;
    while (this.#streams.has(messageStreamId)) messageStreamId++;
    this.#openStream(messageStreamId);
    this.#reply(command, null, messageStreamId);
  }

  /** Opens the stream if it is not open: some cameras publish on stream 1 without having created it. */
  #openStream(messageStreamId: number): NetStream {
    const open = this.#streams.get(messageStreamId);
    if (open !== undefined) return open;
    if (this.#streams.size >= this.#limits.maxStreams)
      throw this.#error("SESSION_TOO_MANY_STREAMS", "too many streams");
    const stream: NetStream = { role: "idle", address: undefined };
    this.#streams.set(messageStreamId, stream);
    return stream;
  }

  #publish(command: Command): void {
    const { messageStreamId } = command;
    const stream = this.#openStream(messageStreamId);
    if (stream.role !== "idle") {
      const description = "This stream is in use.";
      return this.#sendStatus(messageStreamId, "error", "NetStream.Publish.BadConnection", description);
    }
    const address = resolveStreamAddress(this.#app, stringOr(command.args[0], ""), this.#tcUrl);
    if (address === undefined) {
      return this.#sendStatus(messageStreamId, "error", "NetStream.Publish.BadName", "Not a usable stream name.");
    }
    const decision = this.#decide(
      () => {
        stream.role = "publishing";
        stream.address = address;
        this.#sendStatus(
          messageStreamId,
          "status",
          "NetStream.Publish.Start",
          `${address.streamKey} is now published.`,
        );
      },
      (code, description) => this.#sendStatus(messageStreamId, "error", code, description),
    );
    const publishType = stringOr(command.args[1], "live");
    this.#onEvent({ type: "publish", messageStreamId, address, publishType, decision });
  }

  #play(command: Command): void {
    const { messageStreamId } = command;
    const stream = this.#openStream(messageStreamId);
    if (stream.role === "publishing") {
      return this.#sendStatus(messageStreamId, "error", "NetStream.Play.Failed", "This stream is publishing.");
    }
    if (stream.role === "playing") this.#endStream(messageStreamId, "play");
    const address = resolveStreamAddress(this.#app, stringOr(command.args[0], ""), this.#tcUrl);
    if (address === undefined) {
      return this.#sendStatus(messageStreamId, "error", "NetStream.Play.StreamNotFound", "Not a usable stream name.");
    }
    const decision = this.#decide(
      () => this.#acceptPlay(messageStreamId, stream, address),
      (code, description) => this.#sendStatus(messageStreamId, "error", code, description),
    );
    this.#onEvent({ type: "play", messageStreamId, address, start: numberOr(command.args[1], -2), decision });
  }

  #acceptPlay(messageStreamId: number, stream: NetStream, address: StreamAddress): void {
    stream.role = "playing";
    stream.address = address;
    const windowSize = this.#options.playerWindowAcknowledgementSize ?? 500_000;
    this.#link.sendControl({ kind: "window-acknowledgement-size", windowSize });
    this.#link.sendControl({ kind: "user-control", event: { type: "stream-begin", messageStreamId } });
    this.#sendStatus(messageStreamId, "status", "NetStream.Play.Reset", `Playing and resetting ${address.streamKey}.`);
    this.#sendStatus(messageStreamId, "status", "NetStream.Play.Start", `Started playing ${address.streamKey}.`);
    this.#link.send({
      chunkStreamId: ChunkStreamId.Command,
      messageStreamId,
      typeId: MessageTypeId.DataAmf0,
      timestamp: 0,
      payload: encode("|RtmpSampleAccess", true, true),
    });
  }

  #deleteStream(command: Command): void {
    const messageStreamId = numberOr(command.args[0], command.messageStreamId);
    this.#endStream(messageStreamId, "deleteStream");
    this.#streams.delete(messageStreamId);
  }

  #endStream(messageStreamId: number, reason: StreamEndReason): void {
    const stream = this.#streams.get(messageStreamId);
    if (stream === undefined || stream.role === "idle") return;
    const type = stream.role === "publishing" ? "unpublish" : "stop";
    stream.role = "idle";
    stream.address = undefined;
    if (type === "unpublish") {
      this.#sendStatus(messageStreamId, "status", "NetStream.Unpublish.Success", "The stream is now unpublished.");
    } else if (reason === "closeStream") {
      this.#sendStatus(messageStreamId, "status", "NetStream.Play.Stop", "Stopped playing.");
    }
    this.#onEvent({ type, messageStreamId, reason });
  }

  #unpublishByName(name: string): void {
    const path = resolveStreamAddress(this.#app, name, this.#tcUrl)?.streamPath;
    for (const [messageStreamId, stream] of this.#streams) {
      if (stream.role !== "publishing" || stream.address?.streamPath !== path) continue;
      this.#endStream(messageStreamId, "FCUnpublish");
    }
  }

  #pause(command: Command): void {
    const { messageStreamId } = command;
    if (this.#streams.get(messageStreamId)?.role !== "playing") return;
    const isPaused = command.args[0] === true;
    const code = isPaused ? "NetStream.Pause.Notify" : "NetStream.Unpause.Notify";
    this.#sendStatus(messageStreamId, "status", code, isPaused ? "Paused." : "Playing again.");
    this.#onEvent({ type: "pause", messageStreamId, isPaused });
  }

  #receiveMedia(command: Command): void {
    const { messageStreamId } = command;
    if (this.#streams.get(messageStreamId)?.role !== "playing") return;
    const type = command.commandName === "receiveAudio" ? "receive-audio" : "receive-video";
    this.#onEvent({ type, messageStreamId, isWanted: command.args[0] !== false });
  }

  /** What Flash Media Live Encoder and its heirs wait for: a `_result` and a command of its own on stream 0. */
  #answerFlashCommand(command: Command, commandName: string, code: StatusCode): void {
    const description = stringOr(command.args[0], "").slice(0, 1024);
    this.#link.send(commandMessage(0, commandName, 0, null, statusObject("status", code, description)));
    this.#reply(command, null);
  }

  #decide(accept: () => void, reject: (code: StatusCode, description: string) => void): Decision {
    this.#isDeciding = true;
    const settle = (answer: () => void): void => {
      if (!this.#isDeciding || isSettled) return;
      isSettled = true;
      this.#isDeciding = false;
      this.#lastReceivedAt = this.#now(); // the client was kept waiting by us
      answer();
      this.#dispatchPending();
    };
    let isSettled = false;
    return {
      accept: () => settle(accept),
      reject: (code, description) => settle(() => reject(code, description)),
    };
  }

  #dispatchPending(): void {
    const waiting = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    for (const message of waiting) this.#receive(message);
  }

  #checkCost(message: RtmpMessage, maxSize: number): void {
    if (message.payload.length > maxSize)
      throw this.#error("SESSION_MESSAGE_TOO_LARGE", "a command or data message too large");
    if (!this.#commandRate.take(this.#now()))
      throw this.#error("SESSION_TOO_MANY_COMMANDS", "too many commands a second");
  }

  #reply(command: Command, ...values: readonly Amf0Value[]): void {
    this.#link.send(commandMessage(0, "_result", command.transactionId, ...values));
  }

  #replyError(command: Command, code: StatusCode, description: string): void {
    if (command.transactionId === 0) return;
    this.#link.send(commandMessage(0, "_error", command.transactionId, null, statusObject("error", code, description)));
  }

  #sendStatus(
    messageStreamId: number,
    level: "status" | "error",
    code: StatusCode,
    description: string,
    extra?: Readonly<Record<string, Amf0Value>>,
  ): void {
    this.#link.send(commandBody(messageStreamId, encodeOnStatus(level, code, description, extra)));
  }

  #error(code: SessionErrorCode, detail: string): SessionError {
    return new SessionError(code, this.#link.bytesReceived, detail);
  }
}
