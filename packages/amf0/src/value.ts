import { keysInWireOrder, PropertyFiller } from "./properties.ts";

/** Everything AMF0 can say, as JavaScript says it. */
export type Amf0Value =
  | number
  | boolean
  | string
  | null
  | undefined
  | Date
  | Uint8Array
  | EcmaArray
  | TypedObject
  | Amf0Xml
  | Amf0Unsupported
  | Amf0Object
  | readonly Amf0Value[];

/** An anonymous object: a plain JavaScript object whose own enumerable keys are the properties. */
export interface Amf0Object {
  [key: string]: Amf0Value;
}

/** The name of the class below that made the object, in whatever copy of this package; something else for all others. */
export function tagOf(value: object): string | undefined {
  return (value as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag];
}

/** An ECMA array: used like a plain object, `metadata.width`, and written back as an ECMA array (AMF0 §2.10). */
export class EcmaArray {
  [key: string]: Amf0Value;

  /** Copies the own properties of `properties`, in the order they were read or set. */
  constructor(properties?: Amf0Object) {
    if (properties === undefined) return;
    const filler = new PropertyFiller<Amf0Value>(this);
    for (const key of keysInWireOrder(properties)) filler.set(key, properties[key]);
    filler.finish();
  }

  /** Tells the class apart in the writer and in logs. */
  get [Symbol.toStringTag](): "EcmaArray" {
    return "EcmaArray";
  }
}

/** An object with the name of its class (AMF0 §2.18). Names are only carried: no class is looked up or made. */
export class TypedObject {
  /** The name as sent, for example `flex.messaging.messages.CommandMessage`. */
  readonly className: string;
  /** The properties; the object given to the constructor, not a copy. */
  readonly fields: Amf0Object;

  /** Pairs a class name of at most 65535 UTF-8 bytes with properties. */
  constructor(className: string, fields: Amf0Object = {}) {
    this.className = className;
    this.fields = fields;
  }

  /** Tells the class apart in the writer and in logs. */
  get [Symbol.toStringTag](): "TypedObject" {
    return "TypedObject";
  }
}

/** An XML document as text; it is not parsed (AMF0 §2.17). */
export class Amf0Xml {
  /** The document's source. */
  readonly text: string;

  /** Holds `text` as it is. */
  constructor(text: string) {
    this.text = text;
  }

  /** Tells the class apart in the writer and in logs. */
  get [Symbol.toStringTag](): "Amf0Xml" {
    return "Amf0Xml";
  }
}

/** What a sender puts in the place of a value that AMF0 cannot carry (AMF0 §2.15). */
export class Amf0Unsupported {
  /** Tells the class apart in the writer and in logs. */
  get [Symbol.toStringTag](): "Amf0Unsupported" {
    return "Amf0Unsupported";
  }
}

/** A date that says more than a `Date` can hold: a time zone, a part of a millisecond, a year beyond `Date`'s range. */
export class Amf0Date extends Date {
  /** Milliseconds since 1970 exactly as sent. Setting the `Date` to another time makes this one void. */
  readonly exactTime: number;
  /** The time zone field, a signed 16-bit number; reserved, and 0 from senders that follow AMF0 §2.13. */
  readonly timeZone: number;

  /** Throws a `RangeError` when `timeZone` is not a signed 16-bit integer. */
  constructor(exactTime: number, timeZone: number = 0) {
    super(exactTime);
    if ((timeZone << 16) >> 16 !== timeZone) throw new RangeError("timeZone must be an integer from -32768 to 32767");
    this.exactTime = exactTime;
    this.timeZone = timeZone;
  }
}

/** A `Date` when it says all there is to say, else an `Amf0Date`. */
export function exactDate(time: number, timeZone: number): Date {
  const date = new Date(time);
  return timeZone === 0 && Object.is(date.getTime(), time) ? date : new Amf0Date(time, timeZone);
}

/** The properties of an object, an ECMA array or a typed object; `undefined` for any other value. */
export function propertiesOf(value: Amf0Value): Amf0Object | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value) || value instanceof Uint8Array || value instanceof Date) return undefined;
  switch (tagOf(value)) {
    case "TypedObject":
      return (value as TypedObject).fields;
    case "Amf0Xml":
    case "Amf0Unsupported":
      return undefined;
    default:
      return value as Amf0Object;
  }
}
