import type { Budget } from "./budget.ts";
import type { Cursor } from "./cursor.ts";
import { Amf0Error } from "./errors.ts";
import { checkKey, checkName } from "./key.ts";
import { Amf3Marker } from "./marker.ts";
import { PropertyFiller } from "./properties.ts";
import { ReferenceTable } from "./reference-table.ts";
import { type Amf0Object, type Amf0Value, Amf0Xml, EcmaArray, exactDate, TypedObject } from "./value.ts";

/** The shape many objects of one body share: class name, fixed keys, and whether more keys follow (AMF3 §3.12). */
interface Traits {
  readonly className: string;
  readonly isDynamic: boolean;
  readonly keys: readonly Text[];
}

interface Text {
  readonly text: string;
  readonly byteCount: number;
}

const EMPTY: Text = { text: "", byteCount: 0 };

/** Reads the AMF3 values inside an AMF0 body. Its three tables live as long as the body. */
export class Amf3Reader {
  readonly #cursor: Cursor;
  readonly #budget: Budget;
  readonly #texts: Text[] = [];
  readonly #traits: Traits[] = [];
  readonly #objects: ReferenceTable;

  constructor(cursor: Cursor, budget: Budget) {
    this.#cursor = cursor;
    this.#budget = budget;
    this.#objects = new ReferenceTable(budget);
  }

  read(): Amf0Value {
    const cursor = this.#cursor;
    cursor.beginItem();
    this.#budget.spendNodes(1, cursor.itemStart);
    const marker = cursor.readU8();
    switch (marker) {
      case Amf3Marker.Undefined:
        return undefined;
      case Amf3Marker.Null:
        return null;
      case Amf3Marker.False:
        return false;
      case Amf3Marker.True:
        return true;
      case Amf3Marker.Integer:
        return (this.#readU29() << 3) >> 3; // bit 28 is the sign (AMF3 §3.6)
      case Amf3Marker.Double:
        return cursor.readF64();
      case Amf3Marker.String:
        return this.#readText().text;
      case Amf3Marker.XmlDocument:
      case Amf3Marker.Xml:
      case Amf3Marker.Date:
      case Amf3Marker.Array:
      case Amf3Marker.Object:
      case Amf3Marker.ByteArray:
        return this.#readReferable(marker, cursor.itemStart);
      case Amf3Marker.VectorInt:
      case Amf3Marker.VectorUint:
      case Amf3Marker.VectorDouble:
      case Amf3Marker.VectorObject:
      case Amf3Marker.Dictionary:
        throw new Amf0Error("AMF0_UNSUPPORTED_TYPE", cursor.itemStart, "AMF3 vectors and dictionaries are not read");
      default:
        throw new Amf0Error("AMF0_UNKNOWN_MARKER", cursor.itemStart, `no AMF3 type has marker ${marker}`);
    }
  }

  /** Values whose first number is either a reference or, with its lowest bit set, a header (AMF3 §3.9 to §3.14). */
  #readReferable(marker: number, start: number): Amf0Value {
    const head = this.#readU29();
    if ((head & 1) === 0) return this.#objects.resolve(head >> 1, start);
    const header = head >> 1;
    switch (marker) {
      case Amf3Marker.Date:
        return this.#addLeaf(exactDate(this.#cursor.readF64(), 0), 0);
      case Amf3Marker.Array:
        return this.#readArray(header, start);
      case Amf3Marker.Object:
        return this.#readObject(header, start);
      case Amf3Marker.ByteArray:
        this.#budget.spendStringBytes(header, start);
        return this.#addLeaf(this.#cursor.readBytes(header), header);
      default:
        this.#budget.spendStringBytes(header, start);
        return this.#addLeaf(new Amf0Xml(this.#cursor.readText(header)), header);
    }
  }

  #addLeaf(value: Amf0Value, stringBytes: number): Amf0Value {
    this.#objects.addLeaf(value, stringBytes);
    return value;
  }

  /** An array without keys is an array; with keys, an ECMA array in which the dense part comes last (AMF3 §3.11). */
  #readArray(denseCount: number, start: number): Amf0Value {
    this.#cursor.demand(denseCount); // a value has at least its marker
    this.#cursor.beginItem();
    const firstKeyStart = this.#cursor.itemStart;
    const firstKey = this.#readText();
    if (firstKey.text === "") {
      const values: Amf0Value[] = [];
      const entry = this.#objects.open(values, start);
      for (let i = 0; i < denseCount; i++) values.push(this.read());
      this.#objects.close(entry);
      return values;
    }
    const array = new EcmaArray();
    const entry = this.#objects.open(array, start);
    const filler = new PropertyFiller<Amf0Value>(array);
    this.#readPairs(filler, firstKey, firstKeyStart);
    for (let i = 0; i < denseCount; i++) filler.set(String(i), this.read());
    filler.finish();
    this.#objects.close(entry);
    return array;
  }

  #readObject(header: number, start: number): Amf0Value {
    const traits = this.#readTraits(header, start);
    const fields: Amf0Object = {};
    const object = traits.className === "" ? fields : new TypedObject(traits.className, fields);
    const entry = this.#objects.open(object, start);
    const filler = new PropertyFiller<Amf0Value>(fields);
    for (const key of traits.keys) {
      this.#budget.spendStringBytes(key.byteCount, start);
      filler.set(key.text, this.read());
    }
    if (traits.isDynamic) {
      this.#cursor.beginItem();
      const firstKeyStart = this.#cursor.itemStart;
      this.#readPairs(filler, this.#readText(), firstKeyStart);
    }
    filler.finish();
    this.#objects.close(entry);
    return object;
  }

  /** `header` without its lowest bit: a reference, or the flags and the number of fixed keys. */
  #readTraits(header: number, start: number): Traits {
    if ((header & 1) === 0) {
      const known = this.#traits[header >> 1];
      if (known !== undefined) return known;
      throw new Amf0Error("AMF0_BAD_REFERENCE", start, `traits ${header >> 1} of ${this.#traits.length}`);
    }
    if ((header & 2) !== 0) {
      throw new Amf0Error("AMF0_UNSUPPORTED_TYPE", start, "externalizable objects have a form only their class knows");
    }
    const keyCount = header >> 3;
    const className = this.#readText().text;
    checkName(className, start);
    this.#cursor.demand(keyCount);
    const keys: Text[] = [];
    for (let i = 0; i < keyCount; i++) {
      this.#cursor.beginItem();
      const key = this.#readText();
      checkKey(key.text, this.#cursor.itemStart);
      keys.push(key);
    }
    const traits = { className, isDynamic: (header & 4) !== 0, keys };
    this.#traits.push(traits);
    return traits;
  }

  /** Key and value, until the empty key. */
  #readPairs(filler: PropertyFiller<Amf0Value>, firstKey: Text, firstKeyStart: number): void {
    const cursor = this.#cursor;
    let keyStart = firstKeyStart;
    for (let key = firstKey; key.text !== ""; key = this.#readText()) {
      checkKey(key.text, keyStart);
      filler.set(key.text, this.read());
      cursor.beginItem();
      keyStart = cursor.itemStart;
    }
  }

  /** A string or a reference to an earlier one; the empty string is never referred to (AMF3 §1.3.2). */
  #readText(): Text {
    const cursor = this.#cursor;
    const head = this.#readU29();
    const lengthOrIndex = head >> 1;
    if ((head & 1) !== 0) {
      if (lengthOrIndex === 0) return EMPTY;
      this.#budget.spendStringBytes(lengthOrIndex, cursor.itemStart);
      const text = { text: cursor.readText(lengthOrIndex), byteCount: lengthOrIndex };
      this.#texts.push(text);
      return text;
    }
    const known = this.#texts[lengthOrIndex];
    if (known === undefined) {
      throw new Amf0Error("AMF0_BAD_REFERENCE", cursor.itemStart, `string ${lengthOrIndex} of ${this.#texts.length}`);
    }
    this.#budget.spendStringBytes(known.byteCount, cursor.itemStart);
    return known;
  }

  /** Seven bits a byte while the top bit is set, at most four bytes, the fourth with all eight (AMF3 §1.3.1). */
  #readU29(): number {
    let value = 0;
    for (let i = 0; i < 3; i++) {
      const byte = this.#cursor.readU8();
      value = (value << 7) | (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    return (value << 8) | this.#cursor.readU8();
  }
}
