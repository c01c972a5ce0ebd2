import { concat, hex, seededRandom, toHex, u32 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { PublisherRepair } from "../src/repair/publisher-repair.ts";
import { idrSlice, inter, key, sei, slice, unit } from "./nal-units.ts";

const [VIDEO, AUDIO] = [9, 8];
const header = hex("17 00 000000 01 42c01f ff");
const oddHeader = hex("17 00 000000 01 42c01f fd");
const sound = hex("af 01 2110");

/** A repair, what it let out and what it found. */
class Room {
  readonly out: string[] = [];
  readonly found: string[] = [];
  readonly repair: PublisherRepair = new PublisherRepair(
    (typeId, timestamp, payload) => this.out.push(line(typeId, timestamp, payload)),
    (repair) => this.found.push(repair),
  );

  /** Pushes a picture and returns what came out. */
  video(timestamp: number, payload: Uint8Array): string[] {
    this.repair.push(VIDEO, timestamp, new Uint8Array(payload));
    return this.out.splice(0);
  }

  sound(timestamp: number): string[] {
    this.repair.push(AUDIO, timestamp, sound);
    return this.out.splice(0);
  }

  flush(): string[] {
    this.repair.flush();
    return this.out.splice(0);
  }
}

function line(typeId: number, timestamp: number, payload: Uint8Array): string {
  return `${typeId} ${timestamp} ${toHex(payload)}`;
}

const picture = (timestamp: number, payload: Uint8Array): string => line(VIDEO, timestamp, payload);

/** A room whose publisher has sent SEI apart and then one picture of `sliceCount` slices, each in a message. */
function joiningRoom(sliceCount = 1): Room {
  const room = new Room();
  room.video(0, header);
  room.video(0, inter(sei));
  for (let n = 0; n < sliceCount; n++) room.video(0, key(idrSlice(n === 0, n)));
  return room;
}

describe("a publisher with a picture in each message", () => {
  test("gets every byte passed on at once, and nobody looks after 64 messages", () => {
    const room = new Room();
    const messages = [
      header,
      key(sei, idrSlice(true, 1), idrSlice(false, 2)),
      inter(slice(true, 3)),
      inter(unit(0x09, 0x30), sei, slice(true, 4)),
      inter(), // no NAL unit at all
      inter(unit(0x0c, 0xff)), // filler
      key(unit(0x65)), // cut short by somebody
      hex("17 02 000000"),
      hex("27 01 000000 00000009 41"), // a length that lies
      hex("27 01 000000 01"),
      hex("90 68766331 00"),
      hex("12 00"),
      hex(""),
    ];
    for (const message of messages) expect(room.video(40, message)).toEqual([picture(40, message)]);
    for (let n = messages.length; n < 64; n++) room.video(n, inter(slice(true, n)));
    for (let n = 0; n < 64; n++) room.sound(n);
    expect(room.repair.isDone).toBe(true);
    expect(room.video(5000, inter(sei))).toEqual([picture(5000, inter(sei))]);
    expect(room.found).toEqual([]);
  });

  test("whose lengths have two bytes is left alone", () => {
    const room = new Room();
    room.video(0, oddHeader);
    const message = inter(hex("0002 0601"));
    expect(room.video(0, message)).toEqual([picture(0, message)]);
    expect(room.video(0, inter(sei))).toEqual([picture(0, inter(sei))]);
  });
});

describe("NAL units in messages of their own", () => {
  test("become one message for each picture, SEI ahead of its slices, with the first slice's time and frame type", () => {
    const room = new Room();
    expect(room.video(0, header)).toEqual([picture(0, header)]);
    expect(room.video(10, inter(sei))).toEqual([]);
    expect(room.video(11, key(idrSlice(true, 1)))).toEqual([]);
    expect(room.video(12, key(idrSlice(false, 2)))).toEqual([]);
    const whole = key(sei, idrSlice(true, 1), idrSlice(false, 2));
    expect(room.video(211, inter(slice(true, 3)))).toEqual([picture(11, whole)]);
    expect(room.video(211, inter(slice(false, 4)))).toEqual([]);
    expect(room.flush()).toEqual([picture(211, inter(slice(true, 3), slice(false, 4)))]);
    expect(room.found).toEqual(["nal-per-message"]);
  });

  test("are noticed by a slice that begins no picture, which viewers cannot begin with", () => {
    const room = new Room();
    room.video(0, header);
    expect(room.video(0, key(idrSlice(true, 1)))).toEqual([picture(0, key(idrSlice(true, 1)))]);
    expect(room.video(0, key(idrSlice(false, 2)))).toEqual([picture(0, inter(idrSlice(false, 2)))]);
    expect(room.found).toEqual(["nal-per-message"]);
    expect(room.video(200, key(idrSlice(true, 3)))).toEqual([]);
    expect(room.video(200, key(idrSlice(false, 4)))).toEqual([]);
    expect(room.flush()).toEqual([picture(200, key(idrSlice(true, 3), idrSlice(false, 4)))]);
  });

  test("wait for no longer than until sound of a later time comes, and not for sound between them", () => {
    const room = joiningRoom();
    expect(room.sound(1)).toEqual([line(AUDIO, 1, sound)]);
    room.video(1, key(idrSlice(false, 1)));
    const whole = key(sei, idrSlice(true, 0), idrSlice(false, 1));
    expect(room.sound(21)).toEqual([picture(0, whole), line(AUDIO, 21, sound)]);
    expect(room.sound(44)).toEqual([line(AUDIO, 44, sound)]);
  });

  test("do not trust sound any more that came early once", () => {
    const room = joiningRoom();
    expect(room.sound(500)).toHaveLength(2);
    expect(room.video(1, key(idrSlice(false, 1)))).toEqual([picture(1, inter(idrSlice(false, 1)))]);
    room.video(200, inter(slice(true, 2)));
    expect(room.sound(700)).toEqual([line(AUDIO, 700, sound)]);
    room.video(200, inter(slice(false, 3)));
    expect(room.flush()).toEqual([picture(200, inter(slice(true, 2), slice(false, 3)))]);
  });

  test("of equally many slices wait no more after eight pictures", () => {
    const room = joiningRoom(2);
    for (let n = 1; n <= 7; n++) {
      expect(room.video(n * 200, inter(slice(true, n)))).toHaveLength(1);
      expect(room.video(n * 200, inter(slice(false, n)))).toEqual([]);
    }
    expect(room.video(1600, inter(slice(true, 8)))).toHaveLength(1);
    expect(room.video(1600, inter(slice(false, 8)))).toEqual([picture(1600, inter(slice(true, 8), slice(false, 8)))]);
    // One slice more: the picture has left, and the next ones wait again.
    expect(room.video(1600, inter(slice(false, 9)))).toEqual([picture(1600, inter(slice(false, 9)))]);
    room.video(1800, inter(slice(true, 1)));
    expect(room.video(1800, inter(slice(false, 2)))).toEqual([]);
    room.video(1800, inter(slice(false, 3)));
    expect(room.flush()).toEqual([picture(1800, inter(slice(true, 1), slice(false, 2), slice(false, 3)))]);
  });

  test("keep their place among sequence headers: SEI behind one goes with the picture, a picture ahead of one leaves", () => {
    const room = joiningRoom();
    expect(room.video(200, header)).toEqual([picture(0, key(sei, idrSlice(true, 0))), picture(200, header)]);
    room.video(200, inter(sei));
    expect(room.video(200, header)).toEqual([picture(200, header)]);
    room.video(201, key(idrSlice(true, 5)));
    expect(room.flush()).toEqual([picture(201, key(sei, idrSlice(true, 5)))]);
  });

  test("that cannot be read pass on behind what came before them", () => {
    const room = joiningRoom();
    const broken = hex("27 01 000000 ffffffff 41");
    expect(room.video(40, broken)).toEqual([picture(0, key(sei, idrSlice(true, 0))), picture(40, broken)]);
  });

  test("keep the time across the wrap at 2^32 ms", () => {
    const room = joiningRoom();
    room.flush();
    room.video(0xffff_fffe, inter(slice(true, 1)));
    expect(room.sound(4)).toEqual([line(AUDIO, 4, sound)]);
    expect(room.sound(30)).toEqual([picture(0xffff_fffe, inter(slice(true, 1))), line(AUDIO, 30, sound)]);
  });

  test("ahead of no picture are forgotten at the end", () => {
    const room = new Room();
    expect(room.video(0, inter(sei))).toEqual([]);
    expect(room.flush()).toEqual([]);
  });
});

describe("what is held is bounded:", () => {
  test("SEI without end is not kept, by the piece and by the byte", () => {
    const room = new Room();
    for (let n = 0; n < 2000; n++) room.video(n, inter(sei));
    room.video(0, key(idrSlice(true, 1)));
    const [whole = ""] = room.flush();
    expect(whole.length / 2).toBeLessThan(513 * sei.length + 20);
    const large = new Room();
    const flood = concat(u32(3_000_000), new Uint8Array(3_000_000).fill(6));
    for (let n = 0; n < 3; n++) large.video(0, inter(flood));
    large.video(0, key(idrSlice(true, 1)));
    expect(large.flush()).toEqual([picture(0, key(idrSlice(true, 1)))]);
  });

  test("slices without end leave as far as they have come", () => {
    const room = joiningRoom(512);
    let out = 0;
    for (let n = 0; n < 1000; n++) out += room.video(0, inter(slice(false, 1))).length;
    expect(out).toBeGreaterThan(400);
  });

  test("a picture of more than a megabyte leaves as far as it has come, and nobody begins with the rest of it", () => {
    const room = joiningRoom();
    const large = (first: boolean): Uint8Array => {
      const nalUnit = new Uint8Array(600_000).fill(0x42);
      nalUnit.set([0x65, first ? 0x88 : 0x42]);
      return key(concat(u32(nalUnit.length), nalUnit));
    };
    room.video(40, large(true));
    const out = [large(false), large(false)].flatMap((rest) => room.video(40, rest));
    expect(out.map((text) => [text.slice(5, 9), text.length / 2 > 600_000])).toEqual([
      ["1701", true],
      ["2701", true],
      ["2701", true],
    ]);
  });
});

test("no slice is lost, doubled or moved, whatever comes in whatever order", () => {
  const random = seededRandom(20_261_125);
  for (let round = 0; round < 200; round++) {
    const room = new Room();
    const slicesIn: string[] = [];
    const out: string[] = [];
    for (let n = 0; n < 100; n++) {
      const units = Array.from({ length: random.int(0, 3) }, (_, index) => {
        const bytes = [n, index, round & 0xff];
        const isFirst = random.int(0, 2) === 0;
        return [sei, unit(isFirst ? 0x65 : 0x41, isFirst ? 0x88 : 0x42, ...bytes)][random.int(0, 1)] ?? sei;
      });
      const message = (random.int(0, 1) === 0 ? key : inter)(...units);
      const cut = random.int(0, 20) === 0 ? message.subarray(0, random.int(0, message.length)) : message;
      slicesIn.push(...slicesOf(cut));
      out.push(...room.video(n * 20, cut));
      if (random.int(0, 3) === 0) out.push(...room.sound(n * 20 + random.int(0, 40)));
    }
    out.push(...room.flush());
    const videoOut = out.filter((text) => text.startsWith("9 ")).map((text) => hex(text.split(" ")[2] ?? ""));
    expect(videoOut.flatMap(slicesOf)).toEqual(slicesIn);
  }
});

/** The slices of a message whose lengths add up, as hex. */
function slicesOf(message: Uint8Array): string[] {
  const slices: string[] = [];
  let at = 5;
  while (at + 4 <= message.length) {
    const size = message[at + 3] ?? 0;
    const nalUnit = message.subarray(at + 4, at + 4 + size);
    if (nalUnit.length < size) return [];
    if ([0x65, 0x41].includes(nalUnit[0] ?? 0)) slices.push(toHex(nalUnit));
    at += 4 + size;
  }
  return at === message.length ? slices : [];
}

test("a message that was let out is not changed by what follows", () => {
  const seen: Uint8Array[] = [];
  const repair = new PublisherRepair(
    (_typeId, _timestamp, payload) => void seen.push(payload),
    () => undefined,
  );
  for (const message of [inter(sei), key(idrSlice(true, 1)), inter(slice(true, 2)), inter(slice(true, 3))])
    repair.push(VIDEO, 0, message);
  expect(seen.map(toHex)).toEqual([toHex(concat(key(sei, idrSlice(true, 1)))), toHex(inter(slice(true, 2)))]);
});
