import { ascii, concat, f64, hex, u16, u24, u32, u8 } from "@rtmp/testkit";

const nanosecondOffset = "02 000064"; // a ModEx body: three bytes, 100 ns

const metadataBody = concat(
  hex("02 000a"),
  ascii("onMetaData"),
  hex("08 00000001 0005"),
  ascii("width"),
  hex("00"),
  f64(640),
  hex("000009"),
);

const colorInfo = concat(hex("02 0009"), ascii("colorInfo"), hex("03 0007"), ascii("hdrCll"), hex("05 000009"));

const avcConfig = hex("01 64001f ff e1 0004 6764001f 01 0004 68eb ecb2 fdf8f800");
const hevcConfig = concat(
  hex("01 01 60000000 900000000000 5d f000 fc fd f8 f8 0000 0f 02"),
  hex("a0 0001 0004 40010c01 21 0001 0004 42010101"),
);

/** Payloads of video messages, old and enhanced, with every packet type and layout. */
export const videoCorpus: readonly Uint8Array[] = [
  concat(hex("17 00 000000"), avcConfig),
  hex("17 01 000028 00000002 6588"),
  hex("27 01 ffffd8 00000002 4188 00000001 06"),
  hex("27 01 000000 00000003 060580"), // SEI by itself
  hex("17 01 000000 00000003 6588aa"),
  hex("17 01 000000 00000003 6542aa"), // the rest of a picture by itself
  hex("17 02 000000"),
  hex("57 00"),
  hex("12 aabb"),
  hex("34 00"),
  concat(hex("1c 00 000000"), hevcConfig),
  hex("1d 01 000000 0a0b"),
  concat(hex("90"), ascii("hvc1"), hevcConfig),
  concat(hex("91"), ascii("hvc1"), hex("000010 00000001 26")),
  concat(hex("a3"), ascii("avc1"), hex("00000001 41")),
  concat(hex("a1"), ascii("av01"), hex("1200 0a01")),
  concat(hex("90"), ascii("vp09"), hex("01000000 00 0a 82 02 02 02 0000")),
  concat(hex("95"), ascii("av01"), hex("80 04 8100 0c00")),
  concat(hex("92"), ascii("vvc1")),
  concat(hex("94"), ascii("hvc1"), colorInfo),
  concat(hex("d4"), ascii("hvc1"), colorInfo),
  hex("d0 01"),
  concat(hex(`97 ${nanosecondOffset} 01`), ascii("avc1"), hex("000000 00")),
  concat(hex("97 00 aa 17 03 00000100 01"), ascii("avc1"), hex("000000 00")),
  concat(hex("97 ff 0102"), new Uint8Array(259), hex("03"), ascii("vp08"), hex("10")),
  // one track; many tracks; many tracks of many codecs
  concat(hex("96 01"), ascii("avc1"), hex("05 000000 00000001 65")),
  concat(hex("96 11"), ascii("hvc1"), hex("00 000005 00000026 01 01 000004 00000002")),
  concat(hex("a6 20"), ascii("avc1"), hex("00 000002 0164"), ascii("av01"), hex("01 000004 81000c00")),
  concat(hex("96 21"), ascii("xxxx"), hex("00 000002 0164"), ascii("avc1"), hex("ff 000003 000000")),
  concat(hex("96 14"), ascii("hvc1"), hex("00"), u24(colorInfo.length), colorInfo),
  concat(hex("96 31"), ascii("avc1"), hex("00")),
  concat(hex("96 06"), ascii("avc1"), hex("00")),
  concat(hex("91"), ascii("zzzz"), hex("00")),
];

/** Payloads of audio messages. */
export const audioCorpus: readonly Uint8Array[] = [
  hex("af 00 1210"),
  hex("af 01 2110"),
  hex("af 01 fff15080013ffc 2110"), // with ADTS that should not be there
  hex("af 01 fff15080013ffc 2110 fff14c80013ffc 2110"),
  hex("2f ff fb"),
  hex("72 01"),
  hex("d2 01 fc"),
  hex("c0"),
  new Uint8Array(0),
  concat(hex("90"), ascii("mp4a"), hex("1190")),
  concat(hex("90"), ascii("Opus"), ascii("OpusHead"), hex("01 02 3801 80bb0000 0000 00")),
  concat(
    hex("90"),
    ascii("fLaC"),
    ascii("fLaC"),
    hex("80000022 1000 1000 000000 000000 0ac442f0 00000000"),
    new Uint8Array(16),
  ),
  concat(hex("91"), ascii("ac-3"), hex("0b77")),
  concat(hex("92"), ascii("ec-3")),
  concat(hex("94"), ascii("Opus"), hex("00 02")),
  concat(hex("94"), ascii("Opus"), hex("01 06 0000003f")),
  concat(hex("94"), ascii("Opus"), hex("02 03 000102")),
  concat(hex(`97 ${nanosecondOffset} 01`), ascii(".mp3"), hex("fffb")),
  concat(hex("95 01"), ascii("mp4a"), hex("01 2110")),
  concat(hex("95 11"), ascii("mp4a"), hex("00 000002 2110 01 000001 21")),
  concat(hex("95 21"), ascii("Opus"), hex("00 000001 fc"), ascii("mp4a"), hex("01 000002 2110")),
];

/** Codec configurations by themselves. */
export const configCorpus: readonly Uint8Array[] = [
  avcConfig,
  hevcConfig,
  hex("01 42c01e ff e0 00"),
  hex("81 08 0c 00 0a0b 00000042abbfc3 7000 00"),
  hex("81 09 4c 13"),
  hex("01000000 00 1f 80 02 02 02 0000"),
  hex("00 1f 82 02 02 02 0002 aabb"),
  hex("1210"),
  hex("2b92 0800"), // HE-AAC, announced
  hex("eb09 8800"), // HE-AAC v2, announced
  hex("1390 56e5a0"), // HE-AAC, behind the core's configuration
  hex("1200 04c8 0008 2000"), // channels in a program config element
  hex("f94c 2000"),
  concat(ascii("OpusHead"), hex("01 06 3801 80bb0000 0000 01 04 02 000401 0203 05")),
  concat(ascii("fLaC"), hex("80000022 1000 1000 000000 000000 0ac442f0 00000000"), new Uint8Array(16)),
];

/** A tag with its header and the size of it behind. */
function tag(typeId: number, timestamp: number, payload: Uint8Array): Uint8Array {
  const time = concat(u24(timestamp & 0xff_ffff), u8(timestamp >>> 24));
  return concat(u8(typeId), u24(payload.length), time, u24(0), payload, u32(11 + payload.length));
}

const fileHeader = hex("464c56 01 05 00000009 00000000");

/** Files of a few tags. */
export const flvCorpus: readonly Uint8Array[] = [
  concat(fileHeader, tag(18, 0, metadataBody)),
  concat(
    fileHeader,
    tag(18, 0, metadataBody),
    tag(9, 0, videoCorpus[0]!),
    tag(8, 0, audioCorpus[0]!),
    tag(9, 40, videoCorpus[1]!),
  ),
  concat(fileHeader, tag(9, 0x100_0000, videoCorpus[9]!), tag(8, 0xffff_ffff, audioCorpus[1]!)),
  concat(fileHeader, tag(15, 0, concat(u8(0), metadataBody)), tag(15, 0, u8(1, 2)), tag(15, 0, u8())),
  concat(fileHeader, tag(0x28, 0, hex("00 01 02")), tag(0x2f, 5, hex("00 01")), tag(11, 0, hex("ff"))),
  concat(fileHeader, tag(9, 0, new Uint8Array(0)), tag(8, 1, new Uint8Array(300))),
  concat(hex("464c56 01 01 0000000c aabbcc 00000000"), tag(9, 0, videoCorpus[3]!)),
  concat(fileHeader, hex("09 ffffff 000000 00 000000 17")),
  concat(fileHeader, hex("09 010001 000000 00 000000 17")),
];

/** Bits as text, padded with the stop bit and zeros that end a NAL unit. */
function nalUnit(...parts: readonly string[]): Uint8Array {
  const text = `${parts.join("").replaceAll(" ", "")}1`;
  return Uint8Array.from(text.match(/.{1,8}/g) ?? [], (byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
}

/** An unsigned Exp-Golomb number (ITU-T H.264 §9.1). */
function golomb(value: number): string {
  const digits = (value + 1).toString(2);
  return "0".repeat(digits.length - 1) + digits;
}

function byteBits(...values: readonly number[]): string {
  return values.map((value) => value.toString(2).padStart(8, "0")).join("");
}

/** 32x32 pixels, 4-bit frame numbers; picture order type 0 with 5 bits, or 2. */
function sps(id: number, profile: number, orderType: 0 | 2, areFields: boolean, vui = "0"): Uint8Array {
  const chroma = profile === 100 ? `${golomb(1)}${golomb(0)}${golomb(0)}00` : "";
  const order = orderType === 0 ? golomb(0) + golomb(1) : golomb(2);
  const shape = `${golomb(2)}0${golomb(1)}${golomb(areFields ? 0 : 1)}${areFields ? "00" : "1"}10`;
  return nalUnit(byteBits(0x67, profile, 0, 30), golomb(id), chroma, golomb(0), order, shape, vui);
}

const timing = `1 0000 1 ${byteBits(0, 0, 0, 1, 0, 0, 0, 50)} 1 000 1 1${[0, 0, 9, 9, 2, 4].map(golomb).join("")}`;

function pps(id: number, spsId: number): Uint8Array {
  return nalUnit(byteBits(0x68), golomb(id), golomb(spsId), "00", golomb(0));
}

function slice(header: number, ppsId: number, frameNum: number, ...rest: readonly string[]): Uint8Array {
  const number = frameNum.toString(2).padStart(4, "0");
  return nalUnit(byteBits(header), golomb(0), golomb(7), golomb(ppsId), number, ...rest, byteBits(0xaa));
}

function annexB(...nalUnits: readonly Uint8Array[]): Uint8Array {
  return concat(...nalUnits.flatMap((unit, i) => [hex(i % 2 === 0 ? "00000001" : "000001"), unit]));
}

const setsOfFrames = [sps(0, 77, 0, false, timing), pps(0, 0)];
const picture = (header: number, frameNum: number, order: number, idr = ""): Uint8Array =>
  slice(header, 0, frameNum, idr, order.toString(2).padStart(5, "0"));

/** Raw H.264: reordered frames, fields, new parameter sets on the way, delimiters and SEI. */
export const h264Corpus: readonly Uint8Array[] = [
  annexB(
    ...setsOfFrames,
    picture(0x65, 0, 0, golomb(0)),
    picture(0x41, 1, 8),
    picture(0x01, 2, 4),
    picture(0x41, 2, 12),
  ),
  annexB(sps(1, 100, 2, false), pps(3, 1), slice(0x65, 3, 0, golomb(1)), slice(0x41, 3, 1), slice(0x41, 3, 2)),
  annexB(sps(0, 77, 0, true), pps(0, 0), slice(0x65, 0, 0, "10", golomb(0), "00000"), slice(0x41, 0, 0, "11", "00001")),
  annexB(
    hex("0910"),
    ...setsOfFrames,
    hex("0605010203 80"),
    picture(0x65, 0, 0, golomb(0)),
    hex("0930"),
    picture(0x41, 1, 2),
  ),
  annexB(
    ...setsOfFrames,
    picture(0x65, 0, 0, golomb(0)),
    sps(0, 66, 2, false),
    pps(0, 0),
    slice(0x65, 0, 0, golomb(1)),
  ),
  concat(
    annexB(...setsOfFrames, picture(0x65, 0, 0, golomb(0))),
    new Uint8Array(40),
    hex("000001"),
    new Uint8Array(2100).fill(0x41),
  ),
  hex("00000000000001 67 00000300000301"),
];

function adts(profileByte: number, size: number): Uint8Array {
  return concat(hex("fff1"), u8(profileByte, 0x80 | (size >>> 11), (size >>> 3) & 255, ((size & 7) << 5) | 0x1f, 0xfc));
}

/** ADTS, and length-prefixed NAL units. */
export const frameCorpus: readonly Uint8Array[] = [
  concat(adts(0x50, 9), hex("2110"), adts(0x50, 7), adts(0x4c, 10), hex("211045")),
  concat(hex("fff0 50 80 01 7f fc abcd"), hex("0102")),
  concat(u32(2), hex("6588"), u32(0), u32(1), hex("41")),
  concat(u16(2), hex("6588"), u16(1), hex("41")),
];
