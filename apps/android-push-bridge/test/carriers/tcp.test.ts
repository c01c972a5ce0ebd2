import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { ManualClock } from "@rtmp/reactor/testing";
import { expect, onTestFinished, test } from "vitest";
import { ConnectionLimits } from "../../src/carriers/connection-limits.ts";
import { LengthPrefixedReader } from "../../src/carriers/length-prefixed-reader.ts";
import { TcpCarrier } from "../../src/carriers/tcp-carrier.ts";
import { FrameKind, decodeFrame } from "../../src/protocol/frame.ts";
import { decodeWords } from "../../src/protocol/words.ts";
import { RecordingReceivers } from "../recording-receivers.ts";

const maxFrameBytes = 50_000;

function prefixed(...frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    frames.flatMap((frame) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(frame.length);
      return [length, frame];
    }),
  );
}

interface Carried {
  readonly bridge: RecordingReceivers;
  readonly clock: ManualClock;
  readonly open: () => Socket;
}

async function carried(limits: ConnectionLimits = new ConnectionLimits()): Promise<Carried> {
  const bridge = new RecordingReceivers();
  const clock = new ManualClock();
  const options = { accept: bridge.accept, limits, maxFrameBytes, clock, onTrouble: () => undefined };
  const carrier = new TcpCarrier(options);
  const port = await carrier.listen(0, "127.0.0.1");
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return carrier.close();
  });
  const open = (): Socket => {
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    sockets.push(socket);
    return socket;
  };
  return { bridge, clock, open };
}

/** Everything that comes until the other side ends. */
async function textOf(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** What a reader reports of `bytes` in pieces; the limit rises with the first frame, as with a Hello. */
function observe(bytes: Uint8Array, pieceSize: number): readonly string[] {
  const seen: string[] = [];
  let limit = 8;
  const reader = new LengthPrefixedReader(() => limit);
  for (let at = 0; at < bytes.length; at += pieceSize) {
    const piece = bytes.slice(at, at + pieceSize);
    reader.push(
      piece,
      (frame) => {
        seen.push(Buffer.from(frame).toString("hex"));
        limit = 40;
      },
      (size) => void seen.push(`too large: ${size}`),
    );
    piece.fill(0xee); // frames lie in memory of their own
  }
  return seen;
}

test("how the bytes are cut never changes which frames come out, or that one is too large", () => {
  const frames = [new Uint8Array(8).fill(7), new Uint8Array(0), new Uint8Array([1]), new Uint8Array(40).fill(9)];
  const bytes = Uint8Array.from(prefixed(...frames, new Uint8Array(41), new Uint8Array(3)));
  const whole = [...frames.map((frame) => Buffer.from(frame).toString("hex")), "too large: 41"];
  for (let pieceSize = 1; pieceSize <= bytes.length; pieceSize++) expect(observe(bytes, pieceSize)).toEqual(whole);
});

test("a large frame grows as its bytes come and arrives whole", () => {
  const frame = new Uint8Array(100_000).map((_, i) => i % 251);
  const bytes = prefixed(frame);
  for (const pieceSize of [1000, 16_388, 16_389, 65_536, bytes.length]) {
    const seen: Uint8Array[] = [];
    const reader = new LengthPrefixedReader(() => 100_000);
    for (let at = 0; at < bytes.length; at += pieceSize) {
      reader.push(
        bytes.subarray(at, at + pieceSize),
        (whole) => seen.push(whole),
        () => expect.unreachable(),
      );
    }
    expect(seen).toEqual([frame]);
  }
});

test("frames come byte by byte, and go out behind their length", async () => {
  const { bridge, open } = await carried();
  const socket = open();
  socket.setNoDelay(true);
  for (const byte of prefixed(new Uint8Array([1, 2, 3]), new Uint8Array([4]))) socket.write(new Uint8Array([byte]));
  const { connection, seen } = await bridge.connection();
  await bridge.until(() => seen.length === 2);
  expect(seen).toEqual(["frame 010203 of 3", "frame 04 of 1"]);
  connection.send(new Uint8Array([5, 6]));
  connection.close("goodbye");
  connection.close("again");
  expect(await textOf(socket)).toEqual(prefixed(new Uint8Array([5, 6])));
  await bridge.until(() => seen.length === 3);
  expect(seen.at(-1)).toBe("closed");
});

test("4096 bytes are the most before a Hello is accepted, and the bridge's limit afterwards", async () => {
  const { bridge, open } = await carried();
  bridge.onFrame = (_frame, entry) => entry.admit();
  const stranger = open();
  stranger.write(prefixed(new Uint8Array(4097)));
  const first = await bridge.connection();
  await bridge.until(() => first.seen.includes("closed"));
  expect(first.seen[0]).toBe("fail BRIDGE_FRAME_TOO_LARGE: a frame of 4097 bytes, where 4096 are the most");
  const phone = open();
  phone.write(prefixed(new Uint8Array(4096), new Uint8Array(maxFrameBytes)));
  phone.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
  const second = await bridge.connection(1);
  await bridge.until(() => second.seen.includes("closed"));
  expect(second.seen.map((words) => words.split(/ (?=of \d|where)/)[1])).toEqual([
    "of 4096",
    `of ${maxFrameBytes}`,
    "of 4294967295 bytes,",
    undefined,
  ]);
});

test("another protocol's first bytes are too large a frame", async () => {
  const { bridge, open } = await carried();
  const socket = open();
  socket.write("GET / HTTP/1.1\r\n\r\n");
  const { seen } = await bridge.connection();
  await bridge.until(() => seen.includes("closed"));
  expect(seen[0]).toMatch(/^fail BRIDGE_FRAME_TOO_LARGE/);
});

test("who finds no place is told so before the end", async () => {
  const { open, bridge } = await carried(
    new ConnectionLimits({ maxConnections: 1, maxWaiting: 1, maxWaitingPerAddress: 1 }),
  );
  open();
  await bridge.connection();
  const bytes = await textOf(open());
  const frame = decodeFrame(bytes.subarray(4));
  expect(bytes.readUInt32BE(0)).toBe(bytes.length - 4);
  expect(frame?.kind).toBe(FrameKind.Refusal);
  expect(decodeWords(frame!.payload)).toMatchObject({ code: "BRIDGE_TOO_MANY_CONNECTIONS" });
  expect(bridge.connections).toHaveLength(1);
});

test("a sender that takes nothing is cut off two seconds after the close, and what it did not take is counted", async () => {
  const { open, bridge, clock } = await carried();
  const socket = open();
  await once(socket, "connect");
  socket.pause();
  const { connection, seen } = await bridge.connection();
  for (let i = 0; i < 64; i++) connection.send(new Uint8Array(1024 * 1024));
  expect(connection.unsentBytes).toBeGreaterThan(1024 * 1024);
  connection.close("BRIDGE_CLOSING");
  clock.advance(2000);
  await bridge.until(() => seen.length > 0);
  expect(seen).toEqual(["closed"]);
  socket.destroy();
});

test("a sender that leaves in the middle of a frame, or resets, is closed", async () => {
  const { open, bridge } = await carried();
  const leaving = open();
  leaving.end(Buffer.from([0, 0, 0, 9, 1, 2]));
  const first = await bridge.connection();
  await bridge.until(() => first.seen.length > 0);
  const resetting = open();
  await once(resetting, "connect");
  const second = await bridge.connection(1);
  resetting.resetAndDestroy();
  for (let i = 0; i < 100; i++) second.connection.send(new Uint8Array(100_000));
  await bridge.until(() => second.seen.length > 0);
  expect([first.seen, second.seen]).toEqual([["closed"], ["closed"]]);
});
