import type { Amf0Value } from "@rtmp/amf0";
import { encodeControlMessage, MessageTypeId } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import { ClientHandshake } from "@rtmp/handshake";
import { checkChunkSize, checkWindowSize, defaultChunkSize } from "./announced-sizes.ts";
import { ChunkStreamId, commandMessage, numberOr, parseCommand, parseDataMessage } from "./commands.ts";
import type { Command, DataEvent } from "./commands.ts";
import { SessionError } from "./errors.ts";
import { MessageLink } from "./message-link.ts";
import type { LinkLimits } from "./message-link.ts";
import { parseStatus } from "./status.ts";
import type { Status } from "./status.ts";
import { Transactions } from "./transactions.ts";
import type { Reply } from "./transactions.ts";

/** What happened on a client's side of a connection, in wire order. */
export type ClientSessionEvent =
  /** Handshake done: `connect` may be called before or after. */
  | { readonly type: "handshake"; readonly scheme: "simple" | "digest" }
  /** An `onStatus`: stream 0 is the connection itself. */
  | { readonly type: "status"; readonly messageStreamId: number; readonly status: Status; readonly fields: Amf0Value }
  /** Audio (8) or video (9) from the server. */
  | { readonly type: "media"; readonly message: RtmpMessage }
  /** A data message; `body` begins with `name`. */
  | DataEvent
  | { readonly type: "stream-begin"; readonly messageStreamId: number }
  | { readonly type: "stream-eof"; readonly messageStreamId: number }
  /** Any other command, for example `onBWDone` or `onFCPublish`. */
  | { readonly type: "command"; readonly command: Command };

/** What `connect` tells the server. */
export interface ConnectParameters {
  readonly app: string;
  readonly tcUrl: string;
  /** Default `"FMLE/3.0 (compatible; rtmp)"`: servers tell publishers by it. */
  readonly flashVer?: string;
  /** More properties of the command object, for example the Enhanced RTMP maps. */
  readonly extra?: Readonly<Record<string, Amf0Value>>;
}

/** What a `ClientSession` needs of its host, and how it behaves. */
export interface ClientSessionOptions {
  readonly onEvent: (event: ClientSessionEvent) => void;
  /** Of what we write once connected, in bytes. Default 60 000. */
  readonly chunkSize?: number;
  /** After how many bytes of ours the server must send an Acknowledgement. Default 2 500 000. */
  readonly windowAcknowledgementSize?: number;
  readonly limits?: LinkLimits;
  /** Default `"simple"`, which every server takes. */
  readonly scheme?: "simple" | "digest";
  /** Tests give their own so that bytes repeat. */
  readonly random?: (size: number) => Uint8Array;
}

const chunkStreamIds = {
  [MessageTypeId.Audio]: ChunkStreamId.Audio,
  [MessageTypeId.Video]: ChunkStreamId.Video,
  [MessageTypeId.DataAmf0]: ChunkStreamId.Data,
} as const;

/**
 * The client's side of one connection. It holds no socket and no timer: `start` begins the handshake, bytes go in with
 * `push`, what happened comes out of `onEvent`, and bytes to write come out of `takeOutput`.
 */
export class ClientSession {
  readonly #onEvent: (event: ClientSessionEvent) => void;
  readonly #chunkSize: number;
  readonly #windowSize: number;
  readonly #handshake: ClientHandshake;
  readonly #link: MessageLink;
  readonly #transactions = new Transactions();
  /** Messages asked for before the handshake is done. */
  #early: RtmpMessage[] = [];

  /** Throws a `RangeError` naming the option that is out of its range. */
  constructor(options: ClientSessionOptions) {
    this.#chunkSize = options.chunkSize ?? defaultChunkSize;
    this.#windowSize = options.windowAcknowledgementSize ?? 2_500_000;
    checkChunkSize(this.#chunkSize);
    checkWindowSize("windowAcknowledgementSize", this.#windowSize);
    this.#onEvent = options.onEvent;
    this.#handshake = new ClientHandshake({
      scheme: options.scheme ?? "simple",
      ...(options.random === undefined ? {} : { random: options.random }),
    });
    this.#link = new MessageLink({
      handshake: this.#handshake,
      limits: options.limits ?? {},
      onMessage: (message) => this.#receive(message),
      onHandshakeDone: (scheme) => this.#handshakeDone(scheme),
      onUserControl: (event) => {
        if (event.type !== "stream-begin" && event.type !== "stream-eof") return;
        this.#onEvent({ type: event.type, messageStreamId: event.messageStreamId });
      },
    });
  }

  /** All bytes ever received, the handshake included. */
  get bytesReceived(): number {
    return this.#link.bytesReceived;
  }

  /** Begins the handshake. Call it once, first. */
  start(): void {
    this.#link.sendBytes(this.#handshake.start());
  }

  /** Takes bytes as the socket gave them; nothing of them is kept by reference. Throws the typed error of the layer broken. */
  push(bytes: Uint8Array): void {
    this.#link.push(bytes);
  }

  /** The bytes to write since the last call, in order; `undefined` if there are none. */
  takeOutput(): Uint8Array | undefined {
    return this.#link.takeOutput();
  }

  /** Sends `connect` (RTMP 1.0 §7.2.1.1); `onReply` hears the server's answer. May be called before the handshake is done. */
  connect(parameters: ConnectParameters, onReply: (reply: Reply) => void): void {
    const { app, tcUrl, flashVer = "FMLE/3.0 (compatible; rtmp)", extra = {} } = parameters;
    const commandObject = { app, type: "nonprivate", flashVer, tcUrl, objectEncoding: 0, ...extra };
    this.#sendWhenReady(
      commandMessage(
        0,
        "connect",
        this.#transactions.open((reply) => {
          if (reply.isError) return onReply(reply);
          this.#link.sendControl({ kind: "window-acknowledgement-size", windowSize: this.#windowSize });
          this.#link.setChunkSize(this.#chunkSize);
          onReply(reply);
        }),
        commandObject,
      ),
    );
  }

  /** Sends `createStream`; `onCreated` hears the message stream id, or `undefined` if the server refused or named none. */
  createStream(onCreated: (messageStreamId: number | undefined) => void): void {
    this.call("createStream", [], (reply) => {
      const messageStreamId = numberOr(reply.values[0], -1);
      const isUsable = !reply.isError && messageStreamId >>> 0 === messageStreamId;
      onCreated(isUsable ? messageStreamId : undefined);
    });
  }

  /** Calls anything on the connection with a null command object; `onReply`, if given, hears `_result` or `_error`. */
  call(commandName: string, args: readonly Amf0Value[], onReply?: (reply: Reply) => void): void {
    const transactionId = this.#transactions.open(onReply);
    this.#sendWhenReady(commandMessage(0, commandName, transactionId, null, ...args));
  }

  /** Asks to publish on a created stream; the server answers with a `status` event. */
  publish(messageStreamId: number, streamKey: string, publishType = "live"): void {
    this.#sendWhenReady(
      commandMessage(messageStreamId, "publish", this.#transactions.open(), null, streamKey, publishType),
    );
  }

  /** Asks to play on a created stream; the server answers with `status` events. `start` is in seconds; -2 is live or recorded. */
  play(messageStreamId: number, streamKey: string, start = -2): void {
    this.#sendWhenReady(commandMessage(messageStreamId, "play", this.#transactions.open(), null, streamKey, start));
  }

  /** Asks for a break, or to go on (RTMP 1.0 §7.2.2.8); the server answers with a `status` event. */
  pause(messageStreamId: number, isPaused: boolean, positionMs = 0): void {
    this.#sendWhenReady(commandMessage(messageStreamId, "pause", 0, null, isPaused, positionMs));
  }

  /** Says whether sound is wanted (RTMP 1.0 §7.2.2.4). */
  receiveAudio(messageStreamId: number, isWanted: boolean): void {
    this.#sendWhenReady(commandMessage(messageStreamId, "receiveAudio", 0, null, isWanted));
  }

  /** Says whether video is wanted (RTMP 1.0 §7.2.2.5). */
  receiveVideo(messageStreamId: number, isWanted: boolean): void {
    this.#sendWhenReady(commandMessage(messageStreamId, "receiveVideo", 0, null, isWanted));
  }

  /** Ends what a stream is used for and keeps its id. */
  closeStream(messageStreamId: number): void {
    this.#sendWhenReady(commandMessage(messageStreamId, "closeStream", 0, null));
  }

  /** Tells the server how much a player buffers (RTMP 1.0 §7.1.7). */
  setBufferLength(messageStreamId: number, bufferLengthMs: number): void {
    const event = { type: "set-buffer-length", messageStreamId, bufferLengthMs } as const;
    this.#sendWhenReady(encodeControlMessage({ kind: "user-control", event }));
  }

  /** Ends a stream and frees its id. */
  deleteStream(messageStreamId: number): void {
    this.call("deleteStream", [messageStreamId]);
  }

  /** Sends audio, video or data on a published stream. The payload is copied. Throws a `TypeError` before the handshake is done. */
  sendMedia(
    messageStreamId: number,
    typeId: typeof MessageTypeId.Audio | typeof MessageTypeId.Video | typeof MessageTypeId.DataAmf0,
    timestamp: number,
    payload: Uint8Array,
  ): void {
    if (!this.#link.handshakeDone) throw new TypeError("sendMedia() before the handshake is done");
    this.#link.send({
      chunkStreamId: chunkStreamIds[typeId],
      messageStreamId,
      typeId,
      timestamp: timestamp >>> 0,
      payload,
    });
  }

  #handshakeDone(scheme: "simple" | "digest"): void {
    for (const message of this.#early) this.#link.send(message);
    this.#early = [];
    this.#onEvent({ type: "handshake", scheme });
  }

  #sendWhenReady(message: RtmpMessage): void {
    if (this.#link.handshakeDone) this.#link.send(message);
    else this.#early.push(message);
  }

  #receive(message: RtmpMessage): void {
    switch (message.typeId) {
      case MessageTypeId.Audio:
      case MessageTypeId.Video:
        return this.#onEvent({ type: "media", message });
      case MessageTypeId.DataAmf0:
      case MessageTypeId.DataAmf3: {
        const { messageStreamId, timestamp } = message;
        const dataMessage = parseDataMessage(message);
        if (dataMessage !== undefined) this.#onEvent({ type: "data", messageStreamId, timestamp, ...dataMessage });
        return;
      }
      case MessageTypeId.CommandAmf0:
      case MessageTypeId.CommandAmf3:
        return this.#receiveCommand(message);
    }
  }

  #receiveCommand(message: RtmpMessage): void {
    const command = parseCommand(message);
    if (command === undefined)
      throw new SessionError("SESSION_BAD_COMMAND", this.#link.bytesReceived, "a command without a name");
    switch (command.commandName) {
      case "_result":
      case "_error":
        return this.#transactions.settle(command);
      case "onStatus": {
        const fields = command.args[0];
        const { messageStreamId } = command;
        return this.#onEvent({ type: "status", messageStreamId, status: parseStatus(fields), fields });
      }
      default:
        return this.#onEvent({ type: "command", command });
    }
  }
}
