import { encode } from "@rtmp/amf0";
import { encodeControlMessage, encodeMessage, MessageTypeId } from "@rtmp/chunk";
import { ClientSession, ServerSession } from "@rtmp/session";
import { concat, hex, splits } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { DirectionDump } from "../src/direction-dump.ts";

/** What is shown of one direction that comes in pieces of `pieceSize`. */
function dump(bytes: Uint8Array, pieceSize: number = bytes.length): string[] {
  const lines: string[] = [];
  const direction = new DirectionDump((line) => lines.push(line));
  for (const piece of splits(bytes, pieceSize)) direction.push(piece);
  direction.end();
  return lines;
}

/** All that a client and a server say while the client publishes a sequence header, a key frame and sound. */
function publishing(): { readonly client: Uint8Array; readonly server: Uint8Array } {
  const sent = { client: [] as Uint8Array[], server: [] as Uint8Array[] };
  const random = (size: number): Uint8Array => new Uint8Array(size);
  const client = new ClientSession({ onEvent: () => undefined, random });
  const server = new ServerSession({
    now: () => 0,
    random,
    onEvent: (event) => {
      if ("decision" in event) event.decision.accept();
    },
  });
  const exchange = (): void => {
    for (;;) {
      const fromClient = client.takeOutput();
      if (fromClient !== undefined) sent.client.push(fromClient);
      if (fromClient !== undefined) server.push(fromClient);
      const fromServer = server.takeOutput();
      if (fromServer !== undefined) sent.server.push(fromServer);
      if (fromServer === undefined) return;
      client.push(fromServer);
    }
  };
  client.start();
  client.connect({ app: "live", tcUrl: "rtmp://127.0.0.1/live" }, () => undefined);
  client.createStream(() => undefined);
  exchange();
  client.publish(1, "camera");
  exchange();
  client.sendMedia(1, MessageTypeId.DataAmf0, 0, encode("@setDataFrame", "onMetaData", { width: 640 }));
  client.sendMedia(1, MessageTypeId.Video, 0, hex("17 00 000000 01 64001f ff e0 00"));
  client.sendMedia(1, MessageTypeId.Video, 40, hex("17 01 000050 00000001 65"));
  client.sendMedia(1, MessageTypeId.Audio, 40, hex("af 00 1210"));
  client.sendMedia(1, MessageTypeId.Audio, 63, hex("af 01 21"));
  client.deleteStream(1);
  exchange();
  return { client: concat(...sent.client), server: concat(...sent.server) };
}

const on = (chunkStreamId: number, messageStreamId: number, timestamp: number, size: number): string =>
  `chunkStreamId=${chunkStreamId} messageStreamId=${messageStreamId} timestamp=${timestamp} size=${size}`;

describe("a session of a publisher", () => {
  const { client, server } = publishing();

  test("is shown with the names of the specification, in the client's words", () => {
    expect(dump(client)).toEqual([
      "handshake version=3 time=0 program=0.0.0.0",
      `CommandAmf0 ${on(3, 0, 0, 150)} connect 1 {app: "live", type: "nonprivate", ` +
        `flashVer: "FMLE/3.0 (compatible; rtmp)", tcUrl: "rtmp://127.0.0.1/live", objectEncoding: 0}`,
      `CommandAmf0 ${on(3, 0, 0, 25)} createStream 2 null`,
      `WindowAcknowledgementSize ${on(2, 0, 0, 4)} windowSize=5000000`,
      `WindowAcknowledgementSize ${on(2, 0, 0, 4)} windowSize=2500000`,
      `SetChunkSize ${on(2, 0, 0, 4)} chunkSize=60000`,
      `CommandAmf0 ${on(3, 1, 0, 36)} publish 3 null "camera" "live"`,
      `DataAmf0 ${on(5, 1, 0, 49)} @setDataFrame "onMetaData" {width: 640}`,
      `Video ${on(6, 1, 0, 12)} avc sequence-header codecString="avc1.64001f"`,
      `Video ${on(6, 1, 40, 10)} avc key frame compositionTimeOffset=80`,
      `Audio ${on(4, 1, 40, 4)} aac sequence-header codecString="mp4a.40.2" sampleRate=44100 channelCount=2`,
      `Audio ${on(4, 1, 63, 3)} aac frame`,
      `CommandAmf0 ${on(3, 0, 0, 34)} deleteStream 4 null 1`,
    ]);
  });

  test("is shown with the server's answers in order", () => {
    const words = dump(server).map((line) => line.replace(/ chunkStreamId.* size=\d+/, "").slice(0, 50));
    expect(words).toEqual([
      "handshake version=3 time=0 program=0.0.0.0",
      "WindowAcknowledgementSize windowSize=5000000",
      'SetPeerBandwidth windowSize=5000000 limitType="dyn',
      "SetChunkSize chunkSize=60000",
      "UserControl stream-begin messageStreamId=0",
      'CommandAmf0 _result 1 {fmsVer: "FMS/4,5,0,297", ca',
      "CommandAmf0 _result 2 null 1",
      'CommandAmf0 onStatus 0 null {level: "status", code',
      'CommandAmf0 onStatus 0 null {level: "status", code',
    ]);
  });

  test("is shown the same however it is cut, and without its handshake", () => {
    expect(dump(client, 1)).toEqual(dump(client));
    expect(dump(client, 700)).toEqual(dump(client));
    expect(dump(client.subarray(3073), 5)).toEqual(dump(client).slice(1));
    expect(dump(server.subarray(3073))).toEqual(dump(server).slice(1));
  });

  test("that stops early says where", () => {
    expect(dump(client.subarray(0, 2000)).at(-1)).toBe("ends inside the handshake");
    expect(dump(client.subarray(0, 3073 + 12 + 128 + 1 + 4)).at(-1)).toBe(
      "ends inside a message, 132 bytes of it are there",
    );
  });
});

const message = (typeId: number, payload: Uint8Array): Uint8Array =>
  encodeMessage({ chunkStreamId: 5, messageStreamId: 1, typeId, timestamp: 0, payload }, 65_536);
const beginning = encodeMessage(encodeControlMessage({ kind: "set-chunk-size", chunkSize: 65_536 }), 128);

/** What is shown behind the header of the one message. */
function said(typeId: number, payload: Uint8Array): string | undefined {
  return dump(concat(beginning, message(typeId, payload)))
    .at(-1)
    ?.replace(/^.* size=\d+ ?/, "");
}

describe("what a peer says to harm who looks", () => {
  test("cannot reach the terminal as more than letters, digits and ASCII signs", () => {
    const name = "a\u001b[2J\n\u0007\u202eé\u0000\u009b";
    expect(said(20, encode(name, 1, { [name]: name }))).toBe(
      String.raw`a\u{1b}[2J\u{a}\u{7}\u{202e}é\u{0}\u{9b} 1 {a\u{1b}[2J\u{a}\u{7}\u{202e}é\u{0}\u{9b}: ` +
        String.raw`"a\u{1b}[2J\u{a}\u{7}\u{202e}é\u{0}\u{9b}"}`,
    );
    expect(said(9, hex("90 1b5b324a 00"))).toBe(String.raw`unknown codec \u{1b}[2J`);
  });

  test("never makes a line longer than 400 characters", () => {
    const fields = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, "x".repeat(1000)]));
    const lines = dump(
      concat(beginning, message(20, encode("connect", 1, fields)), message(18, encode("\u0001".repeat(70_000)))),
    );
    expect(lines.map((line) => line.length)).toEqual([expect.any(Number), 400, 400]);
    expect(lines.slice(1).every((line) => line.endsWith("…"))).toBe(true);
  });

  test("is shown by its error code when it is broken, and the next message is shown too", () => {
    const lines = dump(
      concat(beginning, message(20, hex("02 0009 61")), message(9, hex("17 01")), message(4, hex("00"))),
    );
    expect(lines.slice(1).map((line) => line.replace(/^.* size=\d+ /, ""))).toEqual([
      "broken: AMF0_TRUNCATED",
      "broken: FLV_TRUNCATED",
      "broken: CHUNK_BAD_CONTROL_MESSAGE",
    ]);
  });

  test("ends the view where the chunks themselves break", () => {
    const lines = dump(concat(beginning, hex("c7 00"), beginning));
    expect(lines.at(-1)).toMatch(/^broken: .*CHUNK_UNKNOWN_PREVIOUS_HEADER at byte 16\); the rest is not shown$/);
    expect(lines).toHaveLength(2);
  });
});

test("the messages inside an aggregate follow it", () => {
  const aggregate = hex("08 000002 000020 00 000000 af01 0000000d 09 000005 000030 00 000000 2701000000 00000010");
  const lines = dump(concat(beginning, message(22, aggregate)));
  expect(lines.slice(1).map((line) => line.replace(/chunkStreamId.* timestamp/, "timestamp"))).toEqual([
    "Aggregate timestamp=0 size=37",
    "Audio timestamp=0 size=2 aac frame",
    "Video timestamp=16 size=5 avc inter frame",
  ]);
});
