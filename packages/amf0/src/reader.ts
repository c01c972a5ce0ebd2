// hot
import { Amf3Reader } from "./amf3-reader.ts";
import { Budget, type DecodeOptions, resolveDecodeOptions } from "./budget.ts";
import { Cursor } from "./cursor.ts";
import { Amf0Error } from "./errors.ts";
import { checkKey, checkName } from "./key.ts";
import { Marker } from "./marker.ts";
import { PropertyFiller } from "./properties.ts";
import { ReferenceTable } from "./reference-table.ts";
import {
  type Amf0Object,
  Amf0Unsupported,
  type Amf0Value,
  Amf0Xml,
  EcmaArray,
  exactDate,
  TypedObject,
} from "./value.ts";

/**
 * Reads the one value in `bytes`. Throws an `Amf0Error` when the bytes are not exactly one value within the limits.
 * The value shares no memory with `bytes`.
 */
export function decode(bytes: Uint8Array, options?: DecodeOptions): Amf0Value {
  const reader = new Amf0Reader(bytes, options);
  const value = reader.read();
  if (!reader.done) {
    throw new Amf0Error("AMF0_TRAILING_BYTES", reader.offset, `${bytes.length - reader.offset} bytes after the value`);
  }
  return value;
}

/**
 * Reads all values in `bytes`: the body of a command or data message. Throws an `Amf0Error` when the bytes are not AMF0 to
 * their end or pass a limit. The values share no memory with `bytes`.
 */
export function decodeAll(bytes: Uint8Array, options?: DecodeOptions): Amf0Value[] {
  const reader = new Amf0Reader(bytes, options);
  const values: Amf0Value[] = [];
  while (!reader.done) values.push(reader.read());
  return values;
}

/**
 * Takes the values of one body one by one: look at the command name, leave the rest. Limits and references span the body.
 * Do not change the bytes while reading. After a throw the reader stays at the faulty value and every read throws the same error.
 */
export class Amf0Reader {
  readonly #cursor: Cursor;
  readonly #budget: Budget;
  readonly #references: ReferenceTable;
  readonly #allowMissingEnd: boolean;
  #amf3: Amf3Reader | undefined;
  #failure: Amf0Error | undefined;

  /** Reads nothing yet. Throws a `RangeError` when an option is out of its range. */
  constructor(bytes: Uint8Array, options?: DecodeOptions) {
    const limits = resolveDecodeOptions(options);
    this.#cursor = new Cursor(bytes);
    this.#budget = new Budget(limits);
    this.#references = new ReferenceTable(this.#budget);
    this.#allowMissingEnd = limits.allowMissingEnd;
  }

  /** Where the next value begins, in bytes. */
  get offset(): number {
    return this.#cursor.position;
  }

  /** Whether all bytes have been read. */
  get done(): boolean {
    return this.#cursor.remaining === 0;
  }

  /** Takes the next value, of any type. Throws an `Amf0Error`, also when there is none. */
  read(): Amf0Value {
    if (this.#failure !== undefined) throw this.#failure;
    const start = this.#cursor.position;
    try {
      return this.#readValue();
    } catch (error) {
      if (error instanceof Amf0Error) this.#fail(start, error);
      throw error;
    }
  }

  /** Takes the next value, which must be a string of whatever form. Throws `AMF0_UNEXPECTED_TYPE` for other types. */
  readString(): string {
    const start = this.#cursor.position;
    const value = this.read();
    if (typeof value === "string") return value;
    throw this.#fail(start, new Amf0Error("AMF0_UNEXPECTED_TYPE", start, "a string is expected here"));
  }

  /** Takes the next value, which must be a number. Throws `AMF0_UNEXPECTED_TYPE` for other types. */
  readNumber(): number {
    const start = this.#cursor.position;
    const value = this.read();
    if (typeof value === "number") return value;
    throw this.#fail(start, new Amf0Error("AMF0_UNEXPECTED_TYPE", start, "a number is expected here"));
  }

  #fail(start: number, failure: Amf0Error): Amf0Error {
    this.#cursor.position = start;
    this.#failure = failure;
    return failure;
  }

  #readValue(): Amf0Value {
    const cursor = this.#cursor;
    cursor.beginItem();
    const start = cursor.itemStart;
    const marker = cursor.readU8();
    if (marker === Marker.AvmPlus) return (this.#amf3 ??= new Amf3Reader(cursor, this.#budget)).read();
    this.#budget.spendNodes(1, start);
    switch (marker) {
      case Marker.Number:
        return cursor.readF64();
      case Marker.Boolean:
        return cursor.readU8() !== 0; // AMF0 §2.3
      case Marker.String:
        return this.#readText(cursor.readU16());
      case Marker.LongString:
        return this.#readText(cursor.readU32());
      case Marker.Null:
        return null;
      case Marker.Undefined:
        return undefined;
      case Marker.Object:
        return this.#readObject(start);
      case Marker.EcmaArray:
        return this.#readEcmaArray(start);
      case Marker.StrictArray:
        return this.#readStrictArray(start);
      case Marker.TypedObject:
        return this.#readTypedObject(start);
      case Marker.Reference:
        return this.#references.resolve(cursor.readU16(), start);
      case Marker.Date:
        return exactDate(cursor.readF64(), cursor.readI16());
      case Marker.XmlDocument:
        return new Amf0Xml(this.#readText(cursor.readU32()));
      case Marker.Unsupported:
        return new Amf0Unsupported();
      case Marker.MovieClip:
      case Marker.RecordSet:
        throw new Amf0Error("AMF0_UNSUPPORTED_TYPE", start, "movie clips and record sets are reserved");
      case Marker.ObjectEnd:
        throw new Amf0Error("AMF0_UNKNOWN_MARKER", start, "an object ends where a value should be");
      default:
        throw new Amf0Error("AMF0_UNKNOWN_MARKER", start, `no AMF0 type has marker ${marker}`);
    }
  }

  #readText(byteCount: number): string {
    this.#budget.spendStringBytes(byteCount, this.#cursor.itemStart);
    return this.#cursor.readText(byteCount);
  }

  #readObject(start: number): Amf0Value {
    const object: Amf0Object = {};
    const entry = this.#references.open(object, start);
    this.#readProperties(object);
    this.#references.close(entry);
    return object;
  }

  #readEcmaArray(start: number): Amf0Value {
    this.#cursor.readU32(); // the count: senders write 0, or more than there are
    const array = new EcmaArray();
    const entry = this.#references.open(array, start);
    this.#readProperties(array);
    this.#references.close(entry);
    return array;
  }

  #readTypedObject(start: number): Amf0Value {
    const className = this.#readText(this.#cursor.readU16());
    checkName(className, start);
    const object = new TypedObject(className);
    const entry = this.#references.open(object, start);
    this.#readProperties(object.fields);
    this.#references.close(entry);
    return object;
  }

  #readStrictArray(start: number): Amf0Value {
    const count = this.#cursor.readU32();
    this.#cursor.demand(count); // a value has at least its marker
    const values: Amf0Value[] = [];
    const entry = this.#references.open(values, start);
    for (let i = 0; i < count; i++) values.push(this.#readValue());
    this.#references.close(entry);
    return values;
  }

  /** Keys and values up to an empty key and the end marker (AMF0 §2.5, §2.11). An empty key before a value is a key. */
  #readProperties(target: Record<string, Amf0Value>): void {
    const cursor = this.#cursor;
    const filler = new PropertyFiller(target);
    for (;;) {
      cursor.beginItem();
      const keyStart = cursor.itemStart;
      if (this.#allowMissingEnd && cursor.remaining === 0) break;
      const byteCount = cursor.readU16();
      if (byteCount === 0 && cursor.bytes[cursor.position] === Marker.ObjectEnd) {
        cursor.position++;
        break;
      }
      const key = this.#readText(byteCount);
      checkKey(key, keyStart);
      filler.set(key, this.#readValue());
    }
    filler.finish();
  }
}
