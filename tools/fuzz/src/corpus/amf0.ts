import { ascii, concat, f64, hex, u16, u32, u8 } from "@rtmp/testkit";

const OBJECT_END = hex("000009");

function text(value: string): Uint8Array {
  return concat(u8(2), u16(value.length), ascii(value));
}

function number(value: number): Uint8Array {
  return concat(u8(0), f64(value));
}

function key(name: string, value: Uint8Array): Uint8Array {
  return concat(u16(name.length), ascii(name), value);
}

function object(...properties: readonly Uint8Array[]): Uint8Array {
  return concat(u8(3), ...properties, OBJECT_END);
}

function ecmaArray(count: number, ...properties: readonly Uint8Array[]): Uint8Array {
  return concat(u8(8), u32(count), ...properties, OBJECT_END);
}

function strictArray(...values: readonly Uint8Array[]): Uint8Array {
  return concat(u8(10), u32(values.length), ...values);
}

const connect = concat(
  text("connect"),
  number(1),
  object(
    key("app", text("live")),
    key("flashVer", text("FMLE/3.0 (compatible; FMSc/1.0)")),
    key("tcUrl", text("rtmp://127.0.0.1:1935/live")),
    key("fpad", hex("0100")),
    key("fourCcList", strictArray(text("av01"), text("hvc1"), text("*"))),
    key("videoFourCcInfoMap", object(key("*", number(7)))),
  ),
);

const metadata = concat(
  text("@setDataFrame"),
  text("onMetaData"),
  ecmaArray(
    7,
    key("duration", number(0)),
    key("width", number(1920)),
    key("videocodecid", number(7)),
    key("stereo", hex("0101")),
    key("encoder", text("Lavf60.16.100")),
    key("2", number(-0)),
    key("1", number(Number.NaN)),
  ),
);

/** Bodies with every type of AMF0, and of AMF3 behind its marker. */
export const amf0Corpus: readonly Uint8Array[] = [
  connect,
  metadata,
  concat(text("_result"), number(4), hex("05"), number(1)),
  concat(text("onStatus"), number(0), hex("05"), object(key("level", text("status")), key("code", text("A.B")))),
  // date, long string, undefined, unsupported, XML document, typed object
  concat(hex("0b"), f64(1.5e12), hex("0000"), hex("0b"), f64(0.5), hex("ff88"), hex("0b"), f64(Number.NaN), u16(1)),
  concat(hex("0c"), u32(5), ascii("hello"), hex("060d0f"), u32(4), ascii("<a/>")),
  concat(hex("10"), u16(3), ascii("a.B"), key("x", number(1)), OBJECT_END),
  // references: to an object before, to one around, to none
  concat(object(key("a", object())), hex("07 0000"), hex("07 0001")),
  concat(hex("03"), key("self", hex("07 0000")), OBJECT_END),
  hex("07 0005"),
  strictArray(object(), hex("07 0001"), hex("07 0001"), strictArray(hex("07 0001"), hex("07 0002"))),
  // reserved markers, an empty key with a value, a forbidden key
  hex("04"),
  hex("0e"),
  hex("09"),
  object(key("", number(3))),
  object(key("__proto__", object())),
  object(key("constructor", text("x")), key("toString", hex("05")), key("hasOwnProperty", hex("06"))),
  concat(...Array.from({ length: 70 }, () => concat(u8(3), u16(1), ascii("a"))), hex("05")),
  concat(...Array.from({ length: 70 }, () => concat(u8(10), u32(1))), hex("05")),
  // AMF3: undefined, null, booleans, integers, double, string with reference, date, array, object, byte array
  hex("1100 1101 1102 1103 110401 1104ffffffff 1104bfffffff"),
  concat(hex("1105"), f64(Math.PI), hex("1106"), u8(11), ascii("hello"), hex("1106 00")),
  concat(hex("1108 01"), f64(1e12), hex("1108 00")),
  concat(hex("1109 05 01 0401 0402 1109 00")),
  concat(hex("1109 03 03"), ascii("k"), hex("0601 01 03")),
  concat(hex("110a 13 03"), ascii("T"), hex("03"), ascii("x"), hex("0405 110a 01 0406")),
  concat(hex("110a 0b 01 03"), ascii("y"), hex("0407 01 110a 00")),
  concat(hex("110c 07 010203 110c 00")),
  concat(hex("1107 09"), ascii("<b/>"), hex("110b 09"), ascii("<c/>")),
  concat(
    hex("110d 03 00 00000001 110e 03 00 00000001 110f 03 00"),
    f64(2),
    hex("1110 03 00 01 0401 1111 03 00 0401 0402"),
  ),
  concat(hex("110a 07 03"), ascii("E"), hex("00")), // externalizable
];
