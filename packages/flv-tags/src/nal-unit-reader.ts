import { findStartCode, trimTrailingZeros } from "./annex-b.ts";
import { FlvError } from "./errors.ts";

/**
 * Cuts an Annex B byte stream, in pieces of any size, into NAL units.
 * A reported unit is a view that the next `push` overwrites.
 */
export class NalUnitReader {
  readonly #maxSize: number;
  #buffer: Uint8Array = new Uint8Array(64 * 1024);
  #size = 0;
  #unitStart = -1; // in the buffer; -1 before the first start code
  #scanFrom = 0; // no start code begins before it
  #bufferOffset = 0; // where the buffer begins in the stream

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** Takes the next bytes. `offset` says where in the stream the unit begins. */
  push(bytes: Uint8Array, onNalUnit: (nalUnit: Uint8Array, offset: number) => void): void {
    // A piece larger than the cap is cut, so that how the stream was split cannot change what is too large.
    for (let position = 0; position < bytes.length; position += this.#maxSize) {
      this.#append(bytes.subarray(position, position + this.#maxSize));
      this.#scan(onNalUnit);
    }
  }

  /** Reports the last unit, which only the end of the stream ends. */
  end(onNalUnit: (nalUnit: Uint8Array, offset: number) => void): void {
    if (this.#unitStart < 0) {
      this.#checkLeadingZeros(this.#size);
      return;
    }
    this.#report(this.#size, onNalUnit);
    this.#size = this.#unitStart;
  }

  #append(bytes: Uint8Array): void {
    const keepFrom = this.#unitStart < 0 ? this.#scanFrom : this.#unitStart;
    if (this.#size + bytes.length > this.#buffer.length) {
      const kept = this.#buffer.subarray(keepFrom, this.#size);
      const needed = kept.length + bytes.length;
      // Half the room stays free after a move, so each byte is moved a bounded number of times.
      const target = needed * 2 > this.#buffer.length ? new Uint8Array(needed * 2) : this.#buffer;
      target.set(kept);
      this.#buffer = target;
      this.#bufferOffset += keepFrom;
      this.#size -= keepFrom;
      this.#scanFrom -= keepFrom;
      if (this.#unitStart >= 0) this.#unitStart -= keepFrom;
    }
    this.#buffer.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  #scan(onNalUnit: (nalUnit: Uint8Array, offset: number) => void): void {
    const bytes = this.#buffer.subarray(0, this.#size);
    for (;;) {
      const code = findStartCode(bytes, this.#scanFrom);
      if (code === undefined) break;
      if (this.#unitStart < 0) this.#checkLeadingZeros(code.start);
      else this.#report(code.start, onNalUnit);
      this.#unitStart = code.end;
      this.#scanFrom = code.end;
    }
    const scanned = Math.max(this.#scanFrom, this.#size - 2); // the last two bytes may open a start code
    if (this.#unitStart < 0) this.#checkLeadingZeros(scanned);
    this.#scanFrom = scanned;
    if (this.#unitStart >= 0) this.#checkSize(scanned);
  }

  #report(end: number, onNalUnit: (nalUnit: Uint8Array, offset: number) => void): void {
    this.#checkSize(end);
    const nalUnit = trimTrailingZeros(this.#buffer.subarray(this.#unitStart, end));
    if (nalUnit.length > 0) onNalUnit(nalUnit, this.#bufferOffset + this.#unitStart);
  }

  #checkSize(end: number): void {
    if (end - this.#unitStart <= this.#maxSize) return;
    const limit = String(this.#maxSize);
    throw new FlvError(
      "FLV_ACCESS_UNIT_TOO_LARGE",
      this.#bufferOffset + this.#unitStart,
      `a NAL unit of over ${limit} bytes`,
    );
  }

  #checkLeadingZeros(end: number): void {
    for (let at = this.#scanFrom; at < end; at++) {
      if (this.#buffer[at] !== 0) {
        throw new FlvError("FLV_BAD_NAL_UNIT", this.#bufferOffset + at, "the stream does not begin with a start code");
      }
    }
  }
}
