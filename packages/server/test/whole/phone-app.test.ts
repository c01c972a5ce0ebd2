import { concat, hex, toHex, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import type { ServerOptions } from "../../src/index.ts";
import { LibrtmpPhone } from "../librtmp-phone.ts";
import { audio, keyFrame, sound, startPublisher, video } from "../media.ts";
import { idrSlice, inter, key, sei, slice } from "../nal-units.ts";
import { TestServer } from "../test-server.ts";
import type { TestClient } from "../test-server.ts";

const sps = hex("67 42c01f da05");
const pps = hex("68 ce3c80");
const header = concat(hex("17 00 000000 01 42c01f ff e1 0006"), sps, hex("01 0004"), pps);
/** 44.1 kHz stereo, eleven bytes. */
const adts = (n: number): Uint8Array => concat(hex("ff f1 50 80 01 7f fc 21 10 05"), u8(n));
const raw = (n: number): Uint8Array => concat(hex("af 01 21 10 05"), u8(n));
const bare = (lengthPrefixed: Uint8Array): Uint8Array => lengthPrefixed.subarray(4);

/** The app on the other end of a connection, up to the point where it sends media. */
class PhoneOnAir {
  readonly server: TestServer;
  readonly app: LibrtmpPhone = new LibrtmpPhone("stream_phone");
  readonly #connection: ReturnType<TestServer["connection"]>;
  #received: Uint8Array = new Uint8Array(0);

  constructor(options: ServerOptions = {}, pieceSize?: number) {
    this.server = new TestServer(options);
    this.#connection = this.server.connection(pieceSize === undefined ? {} : { pieceSize });
    this.#connection.open({
      data: (bytes) => (this.#received = concat(this.#received, bytes)),
      close: () => undefined,
    });
    this.send(this.app.hello());
    this.send(this.app.connect(this.#received));
    this.send(this.app.announce());
    this.send(this.app.publish());
  }

  send(...parts: readonly Uint8Array[]): void {
    this.#connection.send(concat(...parts));
    this.server.pump();
  }

  /** The same as a card that is pulled: no goodbye. */
  die(): void {
    this.#connection.reset();
    this.server.pump();
  }

  viewer(): TestClient {
    const viewer = this.server.client();
    viewer.play("", "stream_phone");
    return viewer;
  }

  /** One picture at five a second: SEI, two slices, and sound between them, as the threads of the app happen to run. */
  picture(timestamp: number, n: number, isKey: boolean): void {
    const { app } = this;
    const make = isKey ? idrSlice : slice;
    if (isKey) this.send(app.sequenceHeader(timestamp, sps, pps));
    if (isKey) this.send(app.nalUnit(timestamp, bare(sei)));
    this.send(app.nalUnit(timestamp, bare(make(true, n))));
    this.send(app.sound(timestamp + 1, adts(n)));
    this.send(app.nalUnit(timestamp + 1, bare(make(false, n))));
  }
}

const wholeKey = (n: number): Uint8Array => key(sei, idrSlice(true, n), idrSlice(false, n));
const wholeInter = (n: number): Uint8Array => inter(slice(true, n), slice(false, n));

describe("an Android app with x264, faac and librtmp", () => {
  test("is accepted without a stream name, and a viewer gets one picture a message and raw AAC behind its header", () => {
    const phone = new PhoneOnAir();
    const viewer = phone.viewer();
    phone.picture(100, 1, true);
    phone.picture(300, 2, false);
    phone.picture(500, 3, false);
    phone.send(phone.app.leave());
    expect(viewer.media).toEqual([
      video(100, header),
      audio(101, hex("af 00 1210")),
      audio(101, raw(1)),
      video(100, wholeKey(1)),
      audio(301, raw(2)),
      video(300, wholeInter(2)),
      audio(501, raw(3)),
      video(500, wholeInter(3)),
    ]);
    expect(phone.server.events.filter(([name]) => name === "repair" || name === "unpublish")).toEqual([
      ["repair", "stream_phone nal-per-message"],
      ["repair", "stream_phone adts-in-aac"],
      ["unpublish", "stream_phone closed"],
    ]);
    expect(phone.server.errors).toEqual([]);
    expect(phone.server.report.counters.ignoredMessages).toBe(0);
  });

  test("gives a late viewer the headers and the whole of the newest key frame", () => {
    const phone = new PhoneOnAir();
    for (let n = 0; n < 24; n++) phone.picture(n * 200, n, n % 10 === 0);
    const late = phone.viewer();
    expect(late.takeMedia().slice(0, 4)).toEqual([
      video(4000, header),
      audio(4000, hex("af 00 1210")),
      video(4000, wholeKey(20)),
      audio(4201, raw(21)),
    ]);
    phone.picture(4800, 24, false);
    expect(late.media).toEqual([audio(4801, raw(24)), video(4800, wholeInter(24))]); // no waiting by now
  });

  test("is mended whatever pieces its bytes come in", () => {
    const whole = new PhoneOnAir();
    const seen = whole.viewer();
    const pieces = new PhoneOnAir({}, 7);
    const seenInPieces = pieces.viewer();
    for (const phone of [whole, pieces]) for (let n = 0; n < 12; n++) phone.picture(n * 200, n, n % 10 === 0);
    expect(seenInPieces.media).toEqual(seen.media);
  });

  test("shows in the figures what is mended, and not what was once it has gone", () => {
    const phone = new PhoneOnAir();
    phone.viewer();
    phone.picture(0, 1, true);
    expect(phone.server.stream("stream_phone")).toMatchObject({
      isLive: true,
      repairs: ["nal-per-message", "adts-in-aac"],
      tracks: [{ codec: "avc" }, { codec: "aac", sampleRate: 44_100, channelCount: 2 }],
    });
    phone.die();
    expect(phone.server.stream("stream_phone")).toMatchObject({ isLive: false, repairs: [] });
  });

  test("whose last picture was held when it died has given it to its viewers", () => {
    const phone = new PhoneOnAir();
    const viewer = phone.viewer();
    phone.picture(0, 1, true);
    phone.die();
    expect(viewer.media.at(-1)).toBe(video(0, wholeKey(1)));
  });

  test("that lost its name to another publisher gives it nothing of its own", () => {
    const phone = new PhoneOnAir({ timeouts: { replaceSilentPublisherMs: 1000 } });
    const viewer = phone.viewer();
    phone.picture(0, 1, true);
    viewer.takeMedia();
    phone.server.clock.advance(1000);
    const next = phone.server.client();
    expect(next.publish("", "stream_phone")).toBe("NetStream.Publish.Start");
    next.video(0, keyFrame(9));
    expect(viewer.media.map((line) => line.split(" ")[2])).toEqual([toHex(keyFrame(9))]);
  });

  test("is relayed as it comes with repairPublishers: false", () => {
    const phone = new PhoneOnAir({ repairPublishers: false });
    const viewer = phone.viewer();
    phone.picture(0, 1, true);
    // SEI said to be an inter frame is not for a viewer who waits for a key frame.
    expect(viewer.media).toEqual([
      video(0, header),
      video(0, key(idrSlice(true, 1))),
      audio(1, concat(hex("af 01"), adts(1))),
      video(1, key(idrSlice(false, 1))),
    ]);
    expect(phone.server.stream("stream_phone")?.repairs).toEqual([]);
  });
});

test("a publisher with nothing wrong is not touched, and no repair is told", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const publisher = startPublisher(server);
  viewer.takeMedia();
  const sent: string[] = [];
  for (let n = 0; n < 200; n++) {
    const picture = n % 50 === 0 ? key(sei, idrSlice(true, n & 0xff)) : inter(slice(true, n & 0xff));
    publisher.video(n * 40, picture);
    publisher.audio(n * 40, sound(n & 0xff));
    sent.push(video(n * 40, picture), audio(n * 40, sound(n & 0xff)));
  }
  expect(viewer.media).toEqual(sent);
  expect(server.events.filter(([name]) => name === "repair")).toEqual([]);
  expect(server.stream()?.repairs).toEqual([]);
});
