import { connect } from "node:net";
import type { Socket } from "node:net";
import { ChunkReader, encodeMessage, MessageTypeId } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import { commandMessage, parseCommand, parseRtmpUrl, parseStatus } from "@rtmp/session";
import type { RtmpUrl } from "@rtmp/session";

/** librtmp's, until somebody says otherwise. */
const chunkSize = 128;
const handshakeSize = 1536;

/**
 * An Android app with x264, faac and librtmp: names an application and no stream, shakes hands without digest, sends one
 * NAL unit a message, sequence headers in format 1 on a chunk stream of their own, ADTS in AAC, and no metadata.
 */
export class PhoneApp implements Disposable {
  readonly #url: RtmpUrl;
  readonly #socket: Socket;
  readonly #reader = new ChunkReader();
  #handshake: Buffer | undefined = Buffer.alloc(0);
  readonly #previous = new Map<number, RtmpMessage>();
  #transactionId = 0;
  #settle: { readonly onAir: () => void; readonly failed: (error: Error) => void } | undefined;

  private constructor(url: string) {
    this.#url = parseRtmpUrl(url);
    this.#socket = connect(this.#url.port, this.#url.host);
    this.#socket.on("data", (bytes) => this.#hear(bytes));
    this.#socket.on("error", (error) => this.#settle?.failed(error));
    this.#socket.on("close", () => this.#settle?.failed(new Error("the server closed the connection")));
  }

  /** Resolves when the server has let the app publish. */
  static async publish(url: string): Promise<PhoneApp> {
    const app = new PhoneApp(url);
    const onAir = new Promise<void>((resolve, reject) => {
      app.#settle = { onAir: resolve, failed: reject };
    });
    const hello = Buffer.alloc(1 + handshakeSize, 0x5a);
    hello[0] = 3;
    hello.fill(0, 5, 9); // no version of Flash: no digest
    app.#socket.write(hello);
    await onAir;
    return app;
  }

  /** Sends SPS and PPS, as before every key frame. */
  sequenceHeader(timestamp: number, sps: Uint8Array, pps: Uint8Array): void {
    const sets = [0xff, 0xe1, ...lengthOf(sps), ...sps, 1, ...lengthOf(pps), ...pps];
    const payload = Uint8Array.of(0x17, 0, 0, 0, 0, 1, ...sps.subarray(1, 4), ...sets);
    this.#sendCompressed({ chunkStreamId: 10, messageStreamId: 1, typeId: MessageTypeId.Video, timestamp, payload });
  }

  /** Sends one NAL unit. */
  nalUnit(timestamp: number, nalUnit: Uint8Array): void {
    const payload = new Uint8Array(9 + nalUnit.length);
    payload.set([(nalUnit[0]! & 0x1f) === 5 ? 0x17 : 0x27, 1]);
    new DataView(payload.buffer).setUint32(5, nalUnit.length);
    payload.set(nalUnit, 9);
    this.#send({ chunkStreamId: 16, messageStreamId: 1, typeId: MessageTypeId.Video, timestamp, payload });
  }

  /** Sends one frame with its ADTS header. */
  sound(timestamp: number, adtsFrame: Uint8Array): void {
    const payload = Uint8Array.of(0xaf, 1, ...adtsFrame);
    this.#send({ chunkStreamId: 17, messageStreamId: 1, typeId: MessageTypeId.Audio, timestamp, payload });
  }

  /** Leaves when everything sent has gone out. */
  leave(): void {
    this.#call(0, "FCUnpublish", "");
    this.#call(0, "deleteStream", 1);
    this.#socket.end();
  }

  /** The same as hanging up. */
  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #hear(bytes: Buffer): void {
    if (this.#handshake === undefined) return this.#read(bytes);
    const received = Buffer.concat([this.#handshake, bytes]);
    if (received.length < 1 + 2 * handshakeSize) {
      this.#handshake = received;
      return;
    }
    this.#handshake = undefined;
    this.#socket.write(received.subarray(1, 1 + handshakeSize));
    const { app, tcUrl } = this.#url;
    const commandObject = { app, type: "nonprivate", flashVer: "FMLE/3.0 (compatible; FMSc/1.0)", tcUrl };
    this.#send({ ...commandMessage(0, "connect", ++this.#transactionId, commandObject), chunkStreamId: 3 });
    this.#read(received.subarray(1 + 2 * handshakeSize));
  }

  #read(bytes: Uint8Array): void {
    for (const message of this.#reader.read(bytes)) {
      if (message.typeId !== MessageTypeId.CommandAmf0) continue;
      const command = parseCommand(message);
      if (command?.commandName === "_result") this.#answered(command.transactionId);
      else if (command?.commandName === "onStatus") this.#told(parseStatus(command.args[0]).code);
    }
  }

  /** connect is call 1, createStream call 4. */
  #answered(transactionId: number): void {
    if (transactionId === 1) {
      this.#call(0, "releaseStream", "");
      this.#call(0, "FCPublish", "");
      this.#call(0, "createStream");
    } else if (transactionId === 4) {
      const message = commandMessage(1, "publish", ++this.#transactionId, null, "", "live");
      this.#send({ ...message, chunkStreamId: 4 });
    }
  }

  #told(code: string): void {
    if (code === "NetStream.Publish.Start") this.#settle?.onAir();
    else this.#settle?.failed(new Error(`the app was told ${code}`));
  }

  #call(messageStreamId: number, commandName: string, ...args: readonly (string | number)[]): void {
    const message = commandMessage(messageStreamId, commandName, ++this.#transactionId, null, ...args);
    this.#sendCompressed({ ...message, chunkStreamId: 3 });
  }

  #send(message: RtmpMessage): void {
    this.#previous.set(message.chunkStreamId, message);
    this.#socket.write(encodeMessage(message, chunkSize));
  }

  /** In format 1, or 2 behind a message of the same size and type: format 0 without its last fields, and the time is a delta. */
  #sendCompressed(message: RtmpMessage): void {
    const { chunkStreamId, typeId, timestamp, payload } = message;
    const previous = this.#previous.get(chunkStreamId);
    this.#previous.set(chunkStreamId, message);
    const delta = timestamp - (previous?.timestamp ?? 0);
    const bytes = encodeMessage({ ...message, timestamp: delta }, chunkSize);
    const isSame = previous?.payload.length === payload.length && previous.typeId === typeId;
    const [format, end] = isSame ? [2, 4] : [1, 8];
    const first = Uint8Array.of((format << 6) | chunkStreamId);
    this.#socket.write(Buffer.concat([first, bytes.subarray(1, end), bytes.subarray(12)]));
  }
}

function lengthOf(set: Uint8Array): readonly number[] {
  return [set.length >> 8, set.length & 0xff];
}
