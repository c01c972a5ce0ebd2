import { connect } from "node:net";
import type { Socket } from "node:net";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import {
  lengthPrefixedToAnnexB,
  parseAudioSpecificConfig,
  parseAudioTag,
  parseVideoTag,
  rawToAdts,
} from "@rtmp/flv-tags";
import type { AudioSpecificConfig, FlvTag } from "@rtmp/flv-tags";

/** How a native sender behaves. */
export interface TcpSenderOptions {
  readonly port: number;
  readonly token: string;
  readonly clock: "common" | "separate";
  /** Sends start codes and ADTS headers in place of configurations and bare frames. */
  readonly isByteStream: boolean;
  /** Added to the stamps of pictures, in µs, as a camera's clock would. */
  readonly videoEpochUs: number;
}

const Kind = { Hello: 1, VideoConfig: 2, Video: 3, AudioConfig: 4, Audio: 5, Goodbye: 7, Refusal: 0x85 } as const;

/** A sender that speaks the bridge's protocol over TCP, written from docs/bridge-protocol.md alone. */
export class TcpSender {
  readonly #options: TcpSenderOptions;
  readonly #socket: Socket;
  /** What the bridge sent, as kinds of frames. */
  readonly kinds: number[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #audioConfig: AudioSpecificConfig | undefined;
  #avcConfig: Uint8Array | undefined;

  private constructor(socket: Socket, options: TcpSenderOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("data", (bytes: Buffer) => this.#receive(bytes));
  }

  /** Connects and says Hello. */
  static async open(options: TcpSenderOptions): Promise<TcpSender> {
    const socket = connect(options.port, "127.0.0.1");
    await once(socket, "connect");
    const sender = new TcpSender(socket, options);
    const { token, clock } = options;
    sender.#send(
      Kind.Hello,
      0,
      0,
      Buffer.from(JSON.stringify({ version: 1, token, session: "tcp", clock, device: "test" })),
    );
    return sender;
  }

  /** Sends the media of a file at the pace it was made for, and Goodbye. */
  async sendAll(tags: readonly FlvTag[]): Promise<void> {
    const startedAt = performance.now();
    for (const tag of tags) {
      const aheadMs = tag.timestamp - (performance.now() - startedAt);
      if (aheadMs > 5) await setTimeout(aheadMs);
      if (tag.type === "video") this.#sendVideo(tag);
      if (tag.type === "audio") this.#sendAudio(tag);
    }
    this.#send(Kind.Goodbye, 0, 0, Buffer.alloc(0));
    await once(this.#socket, "close");
  }

  #sendVideo({ timestamp, payload }: FlvTag): void {
    const { isByteStream, videoEpochUs } = this.#options;
    const tag = parseVideoTag(payload);
    if (tag.kind === "sequence-header") {
      this.#avcConfig = tag.config;
      if (!isByteStream) this.#send(Kind.VideoConfig, 0, 0, tag.config);
    } else if (tag.kind === "frame") {
      const isKey = tag.frameType === "key";
      const stampUs = timestamp * 1000 + videoEpochUs;
      if (!isByteStream) return this.#send(Kind.Video, isKey ? 1 : 0, stampUs, tag.data);
      const sets = isKey ? parameterSets(this.#avcConfig!) : [];
      this.#send(Kind.Video, 2, stampUs, Buffer.concat([...sets, lengthPrefixedToAnnexB(tag.data)]));
    }
  }

  #sendAudio({ timestamp, payload }: FlvTag): void {
    const { isByteStream } = this.#options;
    const tag = parseAudioTag(payload);
    if (tag.kind === "sequence-header") {
      this.#audioConfig = parseAudioSpecificConfig(tag.config);
      if (!isByteStream) this.#send(Kind.AudioConfig, 0, 0, tag.config);
    } else if (tag.kind === "frame") {
      const data = isByteStream ? rawToAdts(this.#audioConfig!, tag.data) : tag.data;
      this.#send(Kind.Audio, isByteStream ? 2 : 0, timestamp * 1000, data);
    }
  }

  #send(kind: number, flags: number, timestampUs: number, payload: Uint8Array): void {
    const head = Buffer.alloc(14);
    head.writeUInt32BE(10 + payload.length, 0);
    head.writeUInt8(kind, 4);
    head.writeUInt8(flags, 5);
    head.writeBigInt64BE(BigInt(timestampUs), 6);
    this.#socket.write(Buffer.concat([head, payload]));
  }

  #receive(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 4 && this.#rest.length >= 4 + this.#rest.readUInt32BE(0)) {
      this.kinds.push(this.#rest.readUInt8(4));
      this.#rest = this.#rest.subarray(4 + this.#rest.readUInt32BE(0));
    }
  }
}

/** The parameter sets of an avcC with one of each, with start codes. */
function parameterSets(avcConfig: Uint8Array): Buffer[] {
  const bytes = Buffer.from(avcConfig);
  const spsSize = bytes.readUInt16BE(6);
  const sps = bytes.subarray(8, 8 + spsSize);
  const ppsSize = bytes.readUInt16BE(9 + spsSize);
  const pps = bytes.subarray(11 + spsSize, 11 + spsSize + ppsSize);
  const startCode = Buffer.from([0, 0, 0, 1]);
  return [startCode, sps, startCode, pps];
}
