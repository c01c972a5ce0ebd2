// hot
import { DEPTH_CEILING } from "./budget.ts";
import { ByteSink } from "./byte-sink.ts";
import { fitsKey, LONGEST_KEY } from "./key.ts";
import { Amf3Marker, Marker } from "./marker.ts";
import { keysInWireOrder } from "./properties.ts";
import { type Amf0Date, type Amf0Object, type Amf0Value, type Amf0Xml, tagOf, type TypedObject } from "./value.ts";

const LONGEST_BYTE_ARRAY = 2 ** 28 - 1;

// Making memory anew costs as much as writing a small command into it.
const LARGEST_SPARE = 16_384;
let spareSink: ByteSink | undefined;

/**
 * Writes the values one after the other: the body of a command or data message. The bytes are new and the caller's.
 * Throws a `TypeError` for what AMF0 has no type for, for the key `__proto__` and for values that contain themselves, and a
 * `RangeError` for more than 512 levels, keys and class names over 65535 bytes and byte arrays of 2^28 bytes and more.
 */
export function encode(...values: readonly Amf0Value[]): Uint8Array {
  const sink = spareSink ?? new ByteSink();
  spareSink = undefined; // a getter in `values` may call `encode`
  const writer = new Writer(sink);
  for (const value of values) writer.write(value);
  const bytes = sink.take();
  if (bytes.length <= LARGEST_SPARE) spareSink = sink;
  return bytes;
}

class Writer {
  readonly #sink: ByteSink;
  readonly #containers: object[] = []; // open now, outermost first

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  write(value: Amf0Value): void {
    const sink = this.#sink;
    switch (typeof value) {
      case "number":
        sink.writeU8(Marker.Number);
        sink.writeF64(value);
        return;
      case "string":
        this.#writeString(value);
        return;
      case "boolean":
        sink.writeU8(Marker.Boolean);
        sink.writeU8(value ? 1 : 0);
        return;
      case "undefined":
        sink.writeU8(Marker.Undefined);
        return;
      case "object":
        if (value === null) sink.writeU8(Marker.Null);
        else this.#writeObject(value);
        return;
      default:
        throw new TypeError(`AMF0 has no type for a ${typeof value}`);
    }
  }

  #writeString(text: string): void {
    if (fitsKey(text)) {
      this.#sink.writeU8(Marker.String);
      this.#sink.writeText(text, 2);
    } else {
      this.#sink.writeU8(Marker.LongString);
      this.#sink.writeText(text, 4);
    }
  }

  #writeObject(value: object): void {
    if (Array.isArray(value)) {
      this.#writeStrictArray(value);
      return;
    }
    if (value instanceof Date) {
      this.#writeDate(value);
      return;
    }
    if (value instanceof Uint8Array) {
      this.#writeByteArray(value);
      return;
    }
    switch (tagOf(value)) {
      case "EcmaArray":
        this.#writeEcmaArray(value as Amf0Object);
        return;
      case "TypedObject":
        this.#writeTypedObject(value as TypedObject);
        return;
      case "Amf0Xml":
        this.#sink.writeU8(Marker.XmlDocument);
        this.#sink.writeText((value as Amf0Xml).text, 4);
        return;
      case "Amf0Unsupported":
        this.#sink.writeU8(Marker.Unsupported);
        return;
      default:
        this.#writePlainObject(value);
    }
  }

  /** Objects of foreign classes would lose what they are without a word, so only plain ones are taken. */
  #writePlainObject(value: object): void {
    if (!isPlainObject(value)) throw new TypeError(`AMF0 has no type for instances of ${value.constructor.name}`);
    this.#open(value);
    this.#sink.writeU8(Marker.Object);
    this.#writeProperties(value as Amf0Object, keysInWireOrder(value));
    this.#containers.pop();
  }

  #writeEcmaArray(array: Amf0Object): void {
    const keys = keysInWireOrder(array);
    this.#open(array);
    this.#sink.writeU8(Marker.EcmaArray);
    this.#sink.writeU32(keys.length);
    this.#writeProperties(array, keys);
    this.#containers.pop();
  }

  #writeTypedObject(object: TypedObject): void {
    this.#open(object);
    this.#sink.writeU8(Marker.TypedObject);
    this.#writeKey(object.className);
    this.#writeProperties(object.fields, keysInWireOrder(object.fields));
    this.#containers.pop();
  }

  #writeStrictArray(values: readonly Amf0Value[]): void {
    this.#open(values);
    this.#sink.writeU8(Marker.StrictArray);
    this.#sink.writeU32(values.length);
    for (const value of values) this.write(value);
    this.#containers.pop();
  }

  #writeProperties(properties: Amf0Object, keys: readonly string[]): void {
    for (const key of keys) {
      if (key === "__proto__") throw new TypeError("the key __proto__ is not written: readers refuse it");
      this.#writeKey(key);
      this.write(properties[key]);
    }
    this.#sink.writeU16(0);
    this.#sink.writeU8(Marker.ObjectEnd);
  }

  #writeKey(key: string): void {
    if (!fitsKey(key)) throw new RangeError(`keys and class names have at most ${LONGEST_KEY} bytes`);
    this.#sink.writeText(key, 2);
  }

  #writeDate(date: Date): void {
    const { exactTime, timeZone = 0 } = date as Partial<Amf0Date>;
    const time = date.getTime();
    const isExact = exactTime !== undefined && Object.is(new Date(exactTime).getTime(), time);
    this.#sink.writeU8(Marker.Date);
    this.#sink.writeF64(isExact ? exactTime : time);
    this.#sink.writeU16(timeZone);
  }

  /** AMF0 has no byte array of its own: the marker lends AMF3's (AMF0 §3.1, AMF3 §3.14). */
  #writeByteArray(bytes: Uint8Array): void {
    if (bytes.length > LONGEST_BYTE_ARRAY) throw new RangeError(`byte arrays have at most ${LONGEST_BYTE_ARRAY} bytes`);
    this.#sink.writeU8(Marker.AvmPlus);
    this.#sink.writeU8(Amf3Marker.ByteArray);
    this.#writeU29(bytes.length * 2 + 1);
    this.#sink.writeBytes(bytes);
  }

  #writeU29(value: number): void {
    const sink = this.#sink;
    if (value >= 0x20_0000) {
      sink.writeU8((value >> 22) | 0x80);
      sink.writeU8(((value >> 15) & 0x7f) | 0x80);
      sink.writeU8(((value >> 8) & 0x7f) | 0x80);
      sink.writeU8(value & 0xff);
      return;
    }
    if (value >= 0x4000) sink.writeU8((value >> 14) | 0x80);
    if (value >= 0x80) sink.writeU8(((value >> 7) & 0x7f) | 0x80);
    sink.writeU8(value & 0x7f);
  }

  #open(container: object): void {
    if (this.#containers.includes(container)) throw new TypeError("a value that contains itself cannot be written");
    if (this.#containers.length === DEPTH_CEILING) {
      throw new RangeError(`a value nested deeper than ${DEPTH_CEILING} levels cannot be written`);
    }
    this.#containers.push(container);
  }
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
