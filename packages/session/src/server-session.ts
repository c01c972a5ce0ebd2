import type { Amf0Value } from "@rtmp/amf0";
import { MessageTypeId } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import { ServerHandshake } from "@rtmp/handshake";
import { CapsEx, parseEnhancedCapabilities, relayCapabilities } from "./capabilities.ts";
import type { EnhancedCapabilities } from "./capabilities.ts";
import { ClientDeadlines } from "./client-deadlines.ts";
import { CommandAnswers } from "./command-answers.ts";
import { numberOr, parseCommand, parseDataMessage, propertiesOrNone, stringOr } from "./commands.ts";
import type { Command } from "./commands.ts";
import { DecisionGate } from "./decision-gate.ts";
import { SessionError } from "./errors.ts";
import type { SessionErrorCode } from "./errors.ts";
import { MessageLink } from "./message-link.ts";
import { NetStreams } from "./net-streams.ts";
import { RateLimit } from "./rate-limit.ts";
import type { ConnectRequest, ServerSessionEvent } from "./server-events.ts";
import { resolveServerOptions } from "./server-options.ts";
import type { ResolvedServerOptions, ServerSessionOptions } from "./server-options.ts";
import { statusObject } from "./status.ts";
import type { StatusCode } from "./status.ts";

/** A real frame is larger, but for silence; a flood of smaller ones costs far more than its bytes. */
const smallMessageSize = 32;
/** What a data message or command costs grows with its size: each of these counts as one more. */
const costUnit = 4096;

/**
 * The server's side of one connection: handshake, NetConnection and NetStream commands (RTMP 1.0 §7.2).
 * It holds no socket and no timer. Bytes go in with `push`, what happened comes out of `onEvent`, bytes to write come
 * out of `takeOutput`, and `tick` is called when `nextDeadline` has come. Whatever throws, throws its package's typed
 * error; the session is over then and throws the same again, and the connection is to be closed.
 */
export class ServerSession {
  readonly #now: () => number;
  readonly #onEvent: (event: ServerSessionEvent) => void;
  readonly #options: ResolvedServerOptions;
  readonly #link: MessageLink;
  readonly #answers: CommandAnswers;
  readonly #gate: DecisionGate;
  readonly #streams: NetStreams;
  readonly #deadlines: ClientDeadlines;
  readonly #commandRate: RateLimit;
  readonly #streamRequestRate: RateLimit;
  #smallMessageRate: RateLimit | undefined; // made when the first tiny message comes
  #state: "new" | "connected" | "refused" = "new";
  #capabilities: EnhancedCapabilities | undefined;
  #ignoredMessages = 0;
  #failure: { readonly error: unknown } | undefined;

  /** Throws a `RangeError` naming the option that is out of its range. */
  constructor(options: ServerSessionOptions) {
    const resolved = resolveServerOptions(options);
    this.#options = resolved;
    this.#now = options.now;
    this.#onEvent = options.onEvent;
    this.#deadlines = new ClientDeadlines(resolved.timeouts, options.now());
    this.#commandRate = new RateLimit(resolved.limits.maxCommandsPerSecond, options.now());
    const perSecond = resolved.limits.maxStreamRequestsPerSecond;
    this.#streamRequestRate = new RateLimit(perSecond, options.now(), perSecond * 4);
    this.#link = new MessageLink({
      handshake: new ServerHandshake(options.random === undefined ? {} : { random: options.random }),
      limits: options.limits ?? {},
      onMessage: (message) => this.#receive(message),
      onHandshakeDone: (scheme) => this.#onEvent({ type: "handshake", scheme }),
      onUserControl: acceptUserControl,
    });
    this.#answers = new CommandAnswers(this.#link);
    this.#gate = new DecisionGate({
      maxPendingBytes: resolved.limits.maxPendingBytes,
      dispatch: (message) => this.#dispatch(message),
      run: (step) => {
        this.#deadlines.answered(this.#now());
        this.#run(step);
      },
    });
    this.#streams = new NetStreams({
      link: this.#link,
      answers: this.#answers,
      maxStreams: resolved.limits.maxStreams,
      playerWindowSize: resolved.playerWindowAcknowledgementSize,
      onEvent: options.onEvent,
      decide: (accept, reject) => this.#gate.decide(accept, reject),
      fail: (code, detail) => this.#error(code, detail),
    });
  }

  /**
   * So much waits behind a pending decision that the host had better stop reading the socket. Not before: while it
   * reads it sees that the client has left.
   */
  get paused(): boolean {
    return this.#gate.isCrowded;
  }

  /** All bytes ever received, the handshake included. */
  get bytesReceived(): number {
    return this.#link.bytesReceived;
  }

  /**
   * Messages that counted for nothing: audio, video and data where nobody had accepted a publisher, types nobody has
   * defined, and whatever comes behind a refused `connect`.
   */
  get ignoredMessages(): number {
    return this.#ignoredMessages;
  }

  /** What the client said of Enhanced RTMP in its `connect`. */
  get capabilities(): EnhancedCapabilities | undefined {
    return this.#capabilities;
  }

  /** When `tick` wants to be called, in the time of `now`; `undefined` if never, and while a decision is pending. */
  get nextDeadline(): number | undefined {
    return this.#gate.isDeciding ? undefined : this.#deadlines.next;
  }

  /** Takes bytes as the socket gave them; nothing of them is kept by reference. */
  push(bytes: Uint8Array): void {
    this.#deadlines.heard(this.#now());
    this.#run(() => this.#link.push(bytes));
  }

  /**
   * Pings a silent client. Throws SESSION_HANDSHAKE_TIMEOUT, SESSION_CONNECT_REJECTED or SESSION_IDLE_TIMEOUT when the
   * client's time is up. While a decision is pending it does nothing: the client waits for us.
   */
  tick(): void {
    this.#run(() => {
      const now = this.#now();
      switch (this.#gate.isDeciding ? undefined : this.#deadlines.overdue(now)) {
        case "connect":
          throw this.#state === "refused"
            ? this.#error("SESSION_CONNECT_REJECTED", "the client stays though its connect was refused")
            : this.#error("SESSION_HANDSHAKE_TIMEOUT", "no connect in time");
        case "byte":
          throw this.#error("SESSION_IDLE_TIMEOUT", "no byte in time");
        case "ping":
          this.#deadlines.pinged(now);
          this.#link.sendControl({
            kind: "user-control",
            event: { type: "ping-request", timestamp: Math.floor(now) >>> 0 },
          });
          return;
        case undefined:
          return;
      }
    });
  }

  /** The bytes to write since the last call, in order; `undefined` if there are none. */
  takeOutput(): Uint8Array | undefined {
    return this.#link.takeOutput();
  }

  /** How far the client is behind `bytesSent`, by its Acknowledgements; 0 if it sends none. */
  bytesBehind(bytesSent: number): number {
    return this.#link.peerLag.bytesBehind(bytesSent);
  }

  /** Whether the client acknowledges often enough for `bytesBehind` to know what has reached it. */
  get acknowledges(): boolean {
    return this.#link.peerLag.isMeasured;
  }

  /** Ends what an accepted publisher sends on a stream, for the server's own reasons; no event follows. */
  endPublication(messageStreamId: number, description: string): void {
    this.#streams.endPublication(messageStreamId, description);
  }

  /** Tells a player that the publisher has left: UnpublishNotify, then StreamEOF. The stream stays open. */
  notifyUnpublish(messageStreamId: number): void {
    this.#streams.notifyUnpublish(messageStreamId);
  }

  /** Tells a player that a publisher has come back: StreamBegin, then PublishNotify. */
  notifyPublish(messageStreamId: number): void {
    this.#streams.notifyPublish(messageStreamId);
  }

  /**
   * Asks the client to connect elsewhere (E-RTMP v2 "Reconnect Request"). Returns false, and sends nothing,
   * if the client is not connected or has not said that it understands.
   */
  requestReconnect(request: { readonly tcUrl?: string; readonly description?: string } = {}): boolean {
    if (this.#state !== "connected" || ((this.#capabilities?.capsEx ?? 0) & CapsEx.Reconnect) === 0) return false;
    const extra: Record<string, Amf0Value> = request.tcUrl === undefined ? {} : { tcUrl: request.tcUrl };
    const description = request.description ?? "";
    this.#answers.status(0, "status", "NetConnection.Connect.ReconnectRequest", description, extra);
    return true;
  }

  /** Tells the client why the server closes the connection. */
  notifyShutdown(description: string): void {
    if (this.#state !== "connected") return;
    this.#answers.status(0, "error", "NetConnection.Connect.AppShutdown", description);
  }

  /** Runs one step from outside. What it throws ends the session: every later step throws the same. */
  #run(step: () => void): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      step();
    } catch (error) {
      this.#failure = { error };
      this.#gate.abandon();
      throw error;
    }
  }

  /** What a message costs is counted when it comes, not when its turn comes behind a decision. */
  #receive(message: RtmpMessage): void {
    this.#checkCost(message);
    if (this.#gate.pass(message)) return;
    throw this.#error("SESSION_TOO_MUCH_PENDING", "more sent behind a pending decision than is kept");
  }

  #checkCost({ typeId, payload }: RtmpMessage): void {
    if (typeId === MessageTypeId.Audio || typeId === MessageTypeId.Video) {
      if (payload.length >= smallMessageSize) return;
      this.#smallMessageRate ??= new RateLimit(this.#options.limits.maxSmallMessagesPerSecond, this.#now());
      if (this.#smallMessageRate.take(this.#now())) return;
      throw this.#error("SESSION_TOO_MANY_MESSAGES", "too many tiny messages a second");
    }
    const isCommand = typeId === MessageTypeId.CommandAmf0 || typeId === MessageTypeId.CommandAmf3;
    const isData = typeId === MessageTypeId.DataAmf0 || typeId === MessageTypeId.DataAmf3;
    if (!isCommand && !isData) return;
    const { maxCommandSize, maxDataMessageSize } = this.#options.limits;
    if (payload.length > (isCommand ? maxCommandSize : maxDataMessageSize))
      throw this.#error("SESSION_MESSAGE_TOO_LARGE", "a command or data message too large");
    if (!this.#commandRate.take(this.#now(), 1 + Math.floor(payload.length / costUnit)))
      throw this.#error("SESSION_TOO_MANY_COMMANDS", "too many commands a second");
  }

  #dispatch(message: RtmpMessage): void {
    if (this.#state === "refused") {
      this.#ignoredMessages++;
      return;
    }
    switch (message.typeId) {
      case MessageTypeId.Audio:
      case MessageTypeId.Video:
        return this.#dispatchMedia(message);
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

  #dispatchMedia(message: RtmpMessage): void {
    const messageStreamId = this.#streams.publishingStream(message.messageStreamId);
    if (messageStreamId === undefined) this.#ignoredMessages++;
    else this.#onEvent({ type: "media", messageStreamId, message });
  }

  #dispatchData(message: RtmpMessage): void {
    const messageStreamId = this.#streams.publishingStream(message.messageStreamId);
    const dataMessage = messageStreamId === undefined ? undefined : parseDataMessage(message);
    if (messageStreamId === undefined || dataMessage === undefined) this.#ignoredMessages++;
    else this.#onEvent({ type: "data", messageStreamId, timestamp: message.timestamp, ...dataMessage });
  }

  #dispatchCommand(message: RtmpMessage): void {
    const command = parseCommand(message);
    if (command === undefined) throw this.#error("SESSION_BAD_COMMAND", "a command without a name");
    if (command.commandName === "connect") return this.#connect(command);
    if (this.#state === "new") throw this.#error("SESSION_COMMAND_BEFORE_CONNECT", "a command before connect");
    switch (command.commandName) {
      case "createStream":
        return this.#answers.result(command, null, this.#streams.create());
      case "publish":
      case "play":
        if (!this.#streamRequestRate.take(this.#now()))
          throw this.#error("SESSION_TOO_MANY_COMMANDS", "too many streams asked for a second");
        return command.commandName === "publish" ? this.#streams.publish(command) : this.#streams.play(command);
      case "deleteStream":
        return this.#streams.delete(command);
      case "closeStream":
        return this.#streams.end(command.messageStreamId, "closeStream");
      case "pause":
        return this.#streams.pause(command);
      case "receiveAudio":
      case "receiveVideo":
        return this.#streams.receiveMedia(command);
      case "seek":
        return this.#streams.seek(command);
      default:
        return this.#dispatchUnspecified(command);
    }
  }

  /** Commands that are not in the specification: the habits of Flash Media Live Encoder and of players for its server. */
  #dispatchUnspecified(command: Command): void {
    switch (command.commandName) {
      case "FCPublish":
        return this.#answerFlashCommand(command, "onFCPublish", "NetStream.Publish.Start");
      case "FCUnpublish":
        this.#streams.unpublishByName(command);
        return this.#answerFlashCommand(command, "onFCUnpublish", "NetStream.Unpublish.Success");
      case "FCSubscribe":
        return this.#answerFlashCommand(command, "onFCSubscribe", "NetStream.Play.Start");
      case "getStreamLength":
        return this.#answerCall(command, 0);
      case "releaseStream":
      case "_checkbw":
        return this.#answerCall(command, undefined);
      case "_result":
      case "_error":
      case "onStatus":
        return; // answers to nothing we asked
      default:
        if (command.transactionId !== 0) this.#answers.error(command, "NetConnection.Call.Failed", "Unknown command.");
        this.#onEvent({ type: "unknown-command", commandName: command.commandName.slice(0, 64) });
    }
  }

  #connect(command: Command): void {
    if (this.#state === "connected") throw this.#error("SESSION_CONNECT_TWICE", "connect on a connected connection");
    const request = readConnectRequest(command);
    this.#streams.setApplication(request.app, request.tcUrl);
    this.#capabilities = request.capabilities;
    const decision = this.#gate.decide(
      () => this.#acceptConnect(command, request.objectEncoding),
      (code, description) => this.#refuseConnect(command, code, description),
    );
    if (!/^[/\s]*(\?.*)?$/s.test(request.app)) return this.#onEvent({ type: "connect", request, decision });
    const code = "NetConnection.Connect.InvalidApp";
    const description = "The URL names no application.";
    decision.reject(code, description);
    this.#onEvent({ type: "refused", what: "connect", name: request.app, code, description });
  }

  #acceptConnect(command: Command, objectEncoding: number): void {
    this.#state = "connected";
    this.#deadlines.connected();
    const windowSize = this.#options.windowAcknowledgementSize;
    this.#link.sendControl({ kind: "window-acknowledgement-size", windowSize });
    this.#link.sendControl({ kind: "set-peer-bandwidth", windowSize, limitType: "dynamic" });
    this.#link.setChunkSize(this.#options.chunkSize);
    this.#link.sendControl({ kind: "user-control", event: { type: "stream-begin", messageStreamId: 0 } });
    // E-RTMP v2 says "an Object as one of the parameters": some clients look into the first, those of Flash's kind into
    // the second.
    const enhanced = this.#capabilities === undefined ? {} : relayCapabilities;
    this.#answers.result(
      command,
      { fmsVer: "FMS/4,5,0,297", capabilities: 255, mode: 1, ...enhanced },
      statusObject("status", "NetConnection.Connect.Success", "Connection succeeded.", { objectEncoding, ...enhanced }),
    );
  }

  /** The client has the rest of its time to go; until then nothing it says is heard. */
  #refuseConnect(command: Command, code: StatusCode, description: string): void {
    this.#state = "refused";
    this.#answers.error(command, code, description);
  }

  /** What Flash Media Live Encoder and its heirs wait for: a command of the server's own and a `_result`. */
  #answerFlashCommand(command: Command, commandName: string, code: StatusCode): void {
    this.#answers.call(commandName, code, stringOr(command.args[0], "").slice(0, 1024));
    this.#answerCall(command, undefined);
  }

  /** Transaction 0 asks for no answer (RTMP 1.0 §7.2.1.2). Only connect and createStream get one all the same. */
  #answerCall(command: Command, value: Amf0Value): void {
    if (command.transactionId !== 0) this.#answers.result(command, null, value);
  }

  #error(code: SessionErrorCode, detail: string): SessionError {
    return new SessionError(code, this.#link.bytesReceived, detail);
  }
}

/** SetBufferLength and its kin are accepted; a live stream has nothing to change. */
function acceptUserControl(): void {
  // one for all sessions
}

function readConnectRequest(command: Command): ConnectRequest {
  const commandObject = propertiesOrNone(command.commandObject);
  return {
    app: stringOr(commandObject["app"], ""),
    tcUrl: stringOr(commandObject["tcUrl"], ""),
    flashVer: stringOr(commandObject["flashVer"], ""),
    objectEncoding: numberOr(commandObject["objectEncoding"], 0) === 3 ? 3 : 0,
    commandObject,
    capabilities: parseEnhancedCapabilities(commandObject),
  };
}
