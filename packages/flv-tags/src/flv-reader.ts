// hot
import { readUint24, readUint32 } from "./byte-fields.ts";
import { FlvError } from "./errors.ts";
import { FILTER_BIT, FlvTagTypeId } from "./tag.ts";
import type { FlvHeader, FlvTag, FlvTagType } from "./tag.ts";

const FILE_HEADER_SIZE = 9;
const PREVIOUS_TAG_SIZE_SIZE = 4;
const TAG_HEADER_SIZE = PREVIOUS_TAG_SIZE_SIZE + 11; // read in one go, the size of the tag before it first
const FIRST_RESERVE = 64 * 1024;

/** What an `FlvReader` may spend. */
export interface FlvReaderOptions {
  /** Largest tag body in bytes, at most 16 777 215 by the format. Default 8 MiB. */
  readonly maxTagSize?: number;
}

/**
 * Reads an FLV file from pieces of any size and reports its tags in order.
 *
 * Tolerated: any PreviousTagSize, a header longer than nine bytes, a stream id that is not zero, a last PreviousTagSize
 * cut short. Tags of a type nobody defined are skipped. After a throw every further `push` and `end` throws the same error.
 */
export class FlvReader {
  readonly #maxTagSize: number;
  readonly #fixed: Uint8Array = new Uint8Array(TAG_HEADER_SIZE);
  #state: "file-header" | "header-rest" | "tag-header" | "payload" = "file-header";
  #partSize: number = FILE_HEADER_SIZE;
  #filled = 0;
  #offset = 0;
  #payload: Uint8Array = new Uint8Array(0);
  #type: FlvTagType | undefined; // undefined: a tag to skip
  #isEncrypted = false;
  #isAmf3 = false;
  #timestamp = 0;
  #header: FlvHeader | undefined;
  #failure: FlvError | undefined;

  constructor(options: FlvReaderOptions = {}) {
    const { maxTagSize = 8 * 1024 * 1024 } = options;
    if (!Number.isInteger(maxTagSize) || maxTagSize < 0) throw new RangeError("maxTagSize must be a whole number >= 0");
    this.#maxTagSize = maxTagSize;
  }

  /** The file header, once its nine bytes have arrived. The flags in it are only a claim: many writers set them wrong. */
  get header(): FlvHeader | undefined {
    return this.#header;
  }

  /**
   * Takes the next bytes and calls `onTag` for each tag they complete. Every reported payload is a copy the tag owns.
   * Throws `FlvError`, after the tags before the fault have been reported.
   */
  push(bytes: Uint8Array, onTag: (tag: FlvTag) => void): void {
    if (this.#failure !== undefined) throw this.#failure;
    let position = 0;
    while (position < bytes.length) {
      const part = bytes.subarray(position, position + this.#partSize - this.#filled);
      this.#store(part);
      position += part.length;
      this.#filled += part.length;
      this.#offset += part.length;
      if (this.#filled === this.#partSize) this.#finishPart(onTag);
    }
  }

  /** Says that no more bytes follow. Throws `FLV_TRUNCATED` when the file stops inside its header or inside a tag. */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state === "tag-header" && this.#filled <= PREVIOUS_TAG_SIZE_SIZE) return;
    this.#fail("FLV_TRUNCATED", this.#offset, `the file stops inside its ${this.#state.replace("-", " ")}`);
  }

  #store(part: Uint8Array): void {
    if (this.#state === "file-header" || this.#state === "tag-header") this.#fixed.set(part, this.#filled);
    else if (this.#state === "payload" && this.#type !== undefined) {
      this.#reserve(this.#filled + part.length);
      this.#payload.set(part, this.#filled);
    }
  }

  /** The size in a tag header is a claim: pays only for bytes that came, and ends exactly at the claim. */
  #reserve(needed: number): void {
    if (needed <= this.#payload.length) return;
    const size = Math.min(this.#partSize, Math.max(needed, this.#payload.length * 2));
    const grown = new Uint8Array(size);
    grown.set(this.#payload.subarray(0, this.#filled));
    this.#payload = grown;
  }

  #finishPart(onTag: (tag: FlvTag) => void): void {
    switch (this.#state) {
      case "file-header":
        this.#finishFileHeader();
        break;
      case "header-rest":
        this.#expect("tag-header", TAG_HEADER_SIZE);
        break;
      case "tag-header":
        this.#finishTagHeader();
        if (this.#partSize === 0) this.#finishTag(onTag);
        break;
      case "payload":
        this.#finishTag(onTag);
    }
  }

  #expect(state: "header-rest" | "tag-header" | "payload", partSize: number): void {
    this.#state = state;
    this.#partSize = partSize;
    this.#filled = 0;
  }

  /** (FLV 10.1 §E.2) */
  #finishFileHeader(): void {
    const bytes = this.#fixed;
    if (bytes[0] !== 0x46 || bytes[1] !== 0x4c || bytes[2] !== 0x56) {
      this.#fail("FLV_BAD_SIGNATURE", 0, "the file does not begin with FLV");
    }
    if (bytes[3] !== 1) this.#fail("FLV_UNSUPPORTED_VERSION", 3, `FLV version ${String(bytes[3])}`);
    const dataOffset = readUint32(bytes, 5);
    if (dataOffset < FILE_HEADER_SIZE) this.#fail("FLV_BAD_HEADER", 5, `header size ${String(dataOffset)}`);
    this.#header = { hasAudio: (bytes[4]! & 4) !== 0, hasVideo: (bytes[4]! & 1) !== 0 };
    if (dataOffset > FILE_HEADER_SIZE) this.#expect("header-rest", dataOffset - FILE_HEADER_SIZE);
    else this.#expect("tag-header", TAG_HEADER_SIZE);
  }

  /** (FLV 10.1 §E.4.1) */
  #finishTagHeader(): void {
    const bytes = this.#fixed;
    const typeId = bytes[4]! & 0x1f;
    const size = readUint24(bytes, 5);
    if (size > this.#maxTagSize) {
      const tagOffset = this.#offset - TAG_HEADER_SIZE + PREVIOUS_TAG_SIZE_SIZE;
      this.#fail("FLV_TAG_TOO_LARGE", tagOffset, `a tag of ${String(size)} bytes, limit ${String(this.#maxTagSize)}`);
    }
    this.#type = tagType(typeId);
    this.#isEncrypted = (bytes[4]! & FILTER_BIT) !== 0;
    this.#isAmf3 = typeId === FlvTagTypeId.ScriptAmf3;
    this.#timestamp = ((bytes[11]! << 24) | readUint24(bytes, 8)) >>> 0; // TimestampExtended is the top byte
    this.#payload = new Uint8Array(this.#type === undefined ? 0 : Math.min(size, FIRST_RESERVE));
    this.#expect("payload", size);
  }

  #finishTag(onTag: (tag: FlvTag) => void): void {
    const type = this.#type;
    let payload = this.#payload;
    this.#payload = new Uint8Array(0);
    this.#expect("tag-header", TAG_HEADER_SIZE);
    if (type === undefined) return;
    // AMF3 script data opens with a format byte; 0, the only one defined, means AMF0 values follow (E-RTMP v2).
    if (this.#isAmf3 && !this.#isEncrypted && payload[0] === 0) payload = payload.subarray(1);
    const timestamp = this.#timestamp;
    onTag(this.#isEncrypted ? { type, timestamp, payload, isEncrypted: true } : { type, timestamp, payload });
  }

  #fail(code: FlvError["code"], offset: number, detail: string): never {
    this.#failure = new FlvError(code, offset, detail);
    throw this.#failure;
  }
}

function tagType(typeId: number): FlvTagType | undefined {
  switch (typeId) {
    case FlvTagTypeId.Audio:
      return "audio";
    case FlvTagTypeId.Video:
      return "video";
    case FlvTagTypeId.Script:
    case FlvTagTypeId.ScriptAmf3:
      return "script";
    default:
      return undefined;
  }
}
