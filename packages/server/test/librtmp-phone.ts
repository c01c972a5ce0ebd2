import { ascii, concat, f64, hex, u16, u24, u32, u32le, u8 } from "@rtmp/testkit";

const end = hex("000009");
const NULL = u8(5);
const text = (value: string): Uint8Array => concat(u8(2), u16(value.length), ascii(value));
const number = (value: number): Uint8Array => concat(u8(0), f64(value));
const property = (name: string, value: Uint8Array): Uint8Array => concat(u16(name.length), ascii(name), value);

const [COMMAND, AUDIO, VIDEO] = [20, 8, 9];
/** librtmp's, until somebody says otherwise. */
const chunkSize = 128;

/**
 * The bytes of an Android app with x264, faac and librtmp: an application without a stream name, a handshake without
 * digest, sequence headers in format 1 on chunk stream 10, one NAL unit in each message, ADTS in AAC, no metadata.
 */
export class LibrtmpPhone {
  readonly #app: string;
  readonly #previous = new Map<number, { timestamp: number; typeId: number; size: number }>();
  #transactionId = 0;

  constructor(app: string) {
    this.#app = app;
  }

  /** C0 and C1: time, four zeros, anything. */
  hello(): Uint8Array {
    return concat(
      u8(3),
      u32(123_456),
      u32(0),
      new Uint8Array(1528).map((_, index) => (index * 7) & 0xff),
    );
  }

  /** C2, the echo of S1, and `connect` right behind it. `answer` is S0, S1 and S2. */
  connect(answer: Uint8Array): Uint8Array {
    const properties = concat(
      property("app", text(this.#app)),
      property("type", text("nonprivate")),
      property("flashVer", text("FMLE/3.0 (compatible; FMSc/1.0)")),
      property("tcUrl", text(`rtmp://127.0.0.1:1935/${this.#app}`)),
    );
    const body = concat(this.#call("connect"), u8(3), properties, end);
    return concat(answer.subarray(1, 1537), this.#large(3, 0, COMMAND, 0, body));
  }

  /** What follows the answer to `connect`. */
  announce(): Uint8Array {
    return concat(
      this.#medium(3, 0, COMMAND, concat(this.#call("releaseStream"), NULL, text(""))),
      this.#medium(3, 0, COMMAND, concat(this.#call("FCPublish"), NULL, text(""))),
      this.#medium(3, 0, COMMAND, concat(this.#call("createStream"), NULL)),
    );
  }

  /** What follows the answer to `createStream`. */
  publish(): Uint8Array {
    return this.#large(4, 0, COMMAND, 1, concat(this.#call("publish"), NULL, text(""), text("live")));
  }

  /** SPS and PPS, before every key frame. */
  sequenceHeader(timestamp: number, sps: Uint8Array, pps: Uint8Array): Uint8Array {
    const sets = concat(hex("ff e1"), u16(sps.length), sps, u8(1), u16(pps.length), pps);
    return this.#medium(10, timestamp, VIDEO, concat(hex("17 00 000000 01"), sps.subarray(1, 4), sets));
  }

  /** One NAL unit; whatever is no slice of a key frame is said to be of another. */
  nalUnit(timestamp: number, nalUnit: Uint8Array): Uint8Array {
    const isIdr = (nalUnit[0]! & 0x1f) === 5;
    const body = concat(u8(isIdr ? 0x17 : 0x27), hex("01 000000"), u32(nalUnit.length), nalUnit);
    return this.#large(16, timestamp, VIDEO, 1, body);
  }

  /** What faac makes when it is not told to leave ADTS out. */
  sound(timestamp: number, adtsFrame: Uint8Array): Uint8Array {
    return this.#large(17, timestamp, AUDIO, 1, concat(hex("af 01"), adtsFrame));
  }

  /** What librtmp says when it is closed. */
  leave(): Uint8Array {
    return concat(
      this.#medium(3, 0, COMMAND, concat(this.#call("FCUnpublish"), NULL, text(""))),
      this.#medium(3, 0, COMMAND, concat(this.#call("deleteStream"), NULL, number(1))),
    );
  }

  #call(name: string): Uint8Array {
    return concat(text(name), number(++this.#transactionId));
  }

  /** RTMP_PACKET_SIZE_LARGE: format 0. */
  #large(chunkStreamId: number, timestamp: number, typeId: number, streamId: number, body: Uint8Array): Uint8Array {
    this.#previous.set(chunkStreamId, { timestamp, typeId, size: body.length });
    const header = concat(u8(chunkStreamId), u24(timestamp), u24(body.length), u8(typeId), u32le(streamId));
    return concat(header, inChunks(chunkStreamId, body));
  }

  /**
   * RTMP_PACKET_SIZE_MEDIUM: format 1, also where it is the first on its chunk stream; format 2 behind a message of the
   * same size and type, and format 3 if the time is the same too.
   */
  #medium(chunkStreamId: number, timestamp: number, typeId: number, body: Uint8Array): Uint8Array {
    const previous = this.#previous.get(chunkStreamId);
    this.#previous.set(chunkStreamId, { timestamp, typeId, size: body.length });
    const isSame = previous?.size === body.length && previous.typeId === typeId;
    const format = !isSame ? 1 : previous.timestamp === timestamp ? 3 : 2;
    const time = u24(timestamp - (previous?.timestamp ?? 0));
    const header = [time, concat(u24(body.length), u8(typeId))].slice(0, 3 - format);
    return concat(u8((format << 6) | chunkStreamId), ...header, inChunks(chunkStreamId, body));
  }
}

function inChunks(chunkStreamId: number, body: Uint8Array): Uint8Array {
  const parts = [body.subarray(0, chunkSize)];
  for (let at = chunkSize; at < body.length; at += chunkSize)
    parts.push(u8(0xc0 | chunkStreamId), body.subarray(at, at + chunkSize));
  return concat(...parts);
}
