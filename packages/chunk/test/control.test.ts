import { describe, expect, test } from "vitest";
import { hex, toHex } from "@rtmp/testkit";
import { type ControlMessage, encodeControlMessage, parseControlMessage, type RtmpMessage } from "../src/index.ts";

function message(typeId: number, body: string): RtmpMessage {
  return { chunkStreamId: 2, messageStreamId: 0, typeId, timestamp: 0, payload: hex(body) };
}

const CONTROLS: readonly (readonly [number, string, ControlMessage])[] = [
  [1, "00001000", { kind: "set-chunk-size", chunkSize: 4096 }],
  [1, "7fffffff", { kind: "set-chunk-size", chunkSize: 0x7fffffff }],
  [2, "0001003f", { kind: "abort", chunkStreamId: 65599 }],
  [3, "ffffffff", { kind: "acknowledgement", sequenceNumber: 0xffffffff }],
  [5, "004c4b40", { kind: "window-acknowledgement-size", windowSize: 5_000_000 }],
  [5, "00000000", { kind: "window-acknowledgement-size", windowSize: 0 }],
  [6, "004c4b4000", { kind: "set-peer-bandwidth", windowSize: 5_000_000, limitType: "hard" }],
  [6, "004c4b4001", { kind: "set-peer-bandwidth", windowSize: 5_000_000, limitType: "soft" }],
  [6, "ffffffff02", { kind: "set-peer-bandwidth", windowSize: 0xffffffff, limitType: "dynamic" }],
  [4, "000000000001", { kind: "user-control", event: { type: "stream-begin", messageStreamId: 1 } }],
  [4, "000100000001", { kind: "user-control", event: { type: "stream-eof", messageStreamId: 1 } }],
  [4, "000200000001", { kind: "user-control", event: { type: "stream-dry", messageStreamId: 1 } }],
  [
    4,
    "00030000000100000bb8",
    { kind: "user-control", event: { type: "set-buffer-length", messageStreamId: 1, bufferLengthMs: 3000 } },
  ],
  [4, "000400000001", { kind: "user-control", event: { type: "stream-is-recorded", messageStreamId: 1 } }],
  [4, "000680000000", { kind: "user-control", event: { type: "ping-request", timestamp: 0x80000000 } }],
  [4, "000780000000", { kind: "user-control", event: { type: "ping-response", timestamp: 0x80000000 } }],
  [4, "001f00000001", { kind: "user-control", event: { type: "buffer-empty", messageStreamId: 1 } }],
  [4, "002000000001", { kind: "user-control", event: { type: "buffer-ready", messageStreamId: 1 } }],
  [4, "001a", { kind: "user-control", event: { type: "unknown", eventType: 0x1a, payload: hex("") } }],
  [4, "0500aabb", { kind: "user-control", event: { type: "unknown", eventType: 0x500, payload: hex("aabb") } }],
];

describe("parseControlMessage", () => {
  test.each(CONTROLS)("type %i with %s", (typeId, body, control) => {
    expect(parseControlMessage(message(typeId, body))).toEqual(control);
  });

  test.each(CONTROLS.slice(0, -2))(
    "type %i with %s and bytes behind it that nobody specified",
    (typeId, body, control) => {
      expect(parseControlMessage(message(typeId, `${body}aabb`))).toEqual(control);
    },
  );

  test("control messages are known by their type alone, not by their streams", () => {
    const elsewhere = { ...message(3, "00000001"), chunkStreamId: 3, messageStreamId: 1, timestamp: 9 };
    expect(parseControlMessage(elsewhere)).toEqual({ kind: "acknowledgement", sequenceNumber: 1 });
  });

  test.each([0, 7, 8, 9, 18, 20, 22, 255])("type %i is no control message", (typeId) => {
    expect(parseControlMessage(message(typeId, "00000001"))).toBeUndefined();
  });

  test.each(CONTROLS)(
    "type %i with %s cut short anywhere is a ChunkError where the bytes end",
    (typeId, body, control) => {
      const isUnknown = control.kind === "user-control" && control.event.type === "unknown";
      const end = isUnknown ? 2 : body.length / 2;
      for (let size = 0; size < end; size++) {
        expect(() => parseControlMessage(message(typeId, body.slice(0, size * 2)))).toThrow(
          expect.objectContaining({ code: "CHUNK_BAD_CONTROL_MESSAGE", offset: size }),
        );
      }
    },
  );

  test.each(["00000000", "80000000", "ffffffff"])("a chunk size of %s is CHUNK_BAD_CHUNK_SIZE", (body) => {
    expect(() => parseControlMessage(message(1, body))).toThrow(
      expect.objectContaining({ code: "CHUNK_BAD_CHUNK_SIZE", offset: 0 }),
    );
  });

  test("a limit type of 3 is CHUNK_BAD_CONTROL_MESSAGE", () => {
    expect(() => parseControlMessage(message(6, "0000000103"))).toThrow(
      expect.objectContaining({ code: "CHUNK_BAD_CONTROL_MESSAGE", offset: 4 }),
    );
  });
});

describe("encodeControlMessage", () => {
  test.each(CONTROLS)("type %i with %s", (typeId, body, control) => {
    const { payload, ...header } = encodeControlMessage(control);
    expect(toHex(payload)).toBe(body);
    expect(header).toEqual({ chunkStreamId: 2, messageStreamId: 0, typeId, timestamp: 0 });
  });

  test.each<ControlMessage>([
    { kind: "set-chunk-size", chunkSize: 0 },
    { kind: "set-chunk-size", chunkSize: 0x80000000 },
    { kind: "abort", chunkStreamId: -1 },
    { kind: "acknowledgement", sequenceNumber: 0x100000000 },
    { kind: "window-acknowledgement-size", windowSize: 0.5 },
    { kind: "set-peer-bandwidth", windowSize: Number.NaN, limitType: "hard" },
    { kind: "user-control", event: { type: "ping-request", timestamp: -1 } },
    { kind: "user-control", event: { type: "set-buffer-length", messageStreamId: 1, bufferLengthMs: 2 ** 32 } },
    { kind: "user-control", event: { type: "stream-begin", messageStreamId: -1 } },
    { kind: "user-control", event: { type: "unknown", eventType: 0x10000, payload: hex("") } },
  ])("a number its field cannot carry is refused: %j", (control) => {
    expect(() => encodeControlMessage(control)).toThrow(RangeError);
  });
});
