import { concat, randomSplits, seededRandom, splits, toHex } from "@rtmp/testkit";
import type { SeededRandom } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { ClientSession } from "../src/index.ts";
import type { ClientSessionEvent } from "../src/index.ts";
import { describeEvent } from "./describe.ts";
import { noChance, ServerSide } from "./server-side.ts";
import {
  audio,
  command,
  commandAmf3,
  connect,
  createStream,
  data,
  handshake,
  message,
  play,
  publish,
  setChunkSize,
  setPeerBandwidth,
  userControl,
  video,
  windowAcknowledgementSize,
} from "./wire.ts";

const publisher = concat(
  handshake,
  connect,
  windowAcknowledgementSize(2_500_000),
  command(0, "releaseStream", 2, null, "camera"),
  command(0, "FCPublish", 3, null, "camera"),
  createStream,
  publish(1, "camera?token=1"),
  setChunkSize(300),
  message(18, new TextEncoder().encode("\x02\0\x0aonMetaData\x05"), { messageStreamId: 1, chunkSize: 300 }),
  message(9, new Uint8Array(700).fill(0x17), { messageStreamId: 1, chunkStreamId: 6, chunkSize: 300 }),
  audio(1, 0xfffff0, 0xaf, 1),
  video(1, 0x1000000, 0x27, 1),
  userControl(6, 77),
  command(0, "FCUnpublish", 6, null, "camera"),
  command(0, "deleteStream", 7, null, 1),
);
const player = concat(
  handshake,
  connect,
  commandAmf3(0, "createStream", 2, null),
  command(0, "getStreamLength", 3, null, "camera"),
  play(1, "camera", -2000),
  userControl(3, 1, 3000),
  setPeerBandwidth(1_000_000, 2),
  command(1, "pause", 0, null, true, 0),
  command(1, "closeStream", 0, null),
);
const sessions: readonly (readonly [string, Uint8Array])[] = [
  ["a publisher", publisher],
  ["a player", player],
  ["a client that connects twice", concat(handshake, connect, createStream, connect, createStream)],
  ["a client that begins with createStream", concat(handshake, createStream, connect)],
  ["a client with a bad chunk size", concat(handshake, connect, setChunkSize(0), createStream)],
  ["a client with a malformed command", concat(handshake, connect, message(20, Uint8Array.of(2, 0, 9, 1)))],
  ["a client that is no RTMP client", concat(handshake.subarray(0, 0), Uint8Array.of(22, 3, 1, 0, 0))],
  ["a client with large metadata", concat(handshake, connect, data(1, "x".repeat(300_000)))],
];

/** Everything a server says and does, its fault included. Anything but a coded fault of the four layers escapes. */
function observe(pieces: readonly Uint8Array[]): string[] {
  const server = new ServerSide();
  const output: Uint8Array[] = [];
  const fault = faultOf(() => {
    for (const piece of pieces) {
      const reused = piece.slice();
      server.session.push(reused);
      reused.fill(0xee);
      output.push(server.session.takeOutput() ?? Uint8Array.of());
    }
  });
  output.push(server.session.takeOutput() ?? Uint8Array.of());
  return [...server.takeEvents(), toHex(concat(...output)), `ignored ${server.session.ignoredMessages}`, fault];
}

const faultNames = ["Amf0Error", "ChunkError", "HandshakeError", "SessionError"];

function faultOf(run: () => void): string {
  try {
    run();
    return "no fault";
  } catch (error) {
    if (!(error instanceof Error) || !faultNames.includes(error.name) || !("code" in error)) throw error;
    return `${error.name} ${String(error.code)}`;
  }
}

describe("how the bytes are cut changes neither events, nor answers, nor the fault", () => {
  test.each(sessions)("of %s, in single bytes and in pieces of many sizes", (_, bytes) => {
    const whole = observe([bytes]);
    const sizes = bytes.length > 20_000 ? [128, 4096, 65_536] : [1, 2, 3, 7, 16, 100, 128, 129, 1000, 1536, 1537, 3073];
    for (const size of sizes) expect(observe(splits(bytes, size)), `pieces of ${size}`).toEqual(whole);
  });

  test.each(sessions.slice(0, 2))("of %s, cut once at every place behind the handshake", (_, bytes) => {
    const whole = observe([bytes]);
    for (let cut = handshake.length - 2; cut < bytes.length; cut++) {
      expect(observe([bytes.slice(0, cut), bytes.slice(cut)]), `cut at ${cut}`).toEqual(whole);
    }
  });

  test.each(sessions)("of %s, in random pieces", (_, bytes) => {
    const random = seededRandom(4);
    const whole = observe([bytes]);
    for (let round = 0; round < 10; round++) expect(observe(randomSplits(bytes, random))).toEqual(whole);
  });
});

/** The session with a few bytes changed, left out, doubled or put in, mostly behind the handshake. */
function mutate(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  let mutated = bytes;
  for (let i = random.int(1, 6); i > 0; i--) {
    const at = random.next() < 0.02 ? 0 : random.int(handshake.length, mutated.length);
    const end = Math.min(mutated.length, at + random.int(1, random.pick([1, 4, 40])));
    const before = mutated.subarray(0, at);
    const behind = mutated.subarray(end);
    switch (random.int(0, 3)) {
      case 0:
        mutated = concat(before, random.bytes(end - at), behind);
        break;
      case 1:
        mutated = concat(before, behind);
        break;
      case 2:
        mutated = concat(mutated.subarray(0, end), mutated.subarray(at));
        break;
      default:
        mutated = concat(before, Uint8Array.of(random.pick([0, 1, 2, 3, 0x7f, 0x80, 0xff])), mutated.subarray(at));
    }
  }
  return mutated;
}

test("3 000 broken sessions give events, answers and faults of the four layers, the same in any cut", () => {
  const random = seededRandom(1935);
  const faults = new Map<string, number>();
  for (let round = 0; round < 3000; round++) {
    const bytes = mutate(random.pick([publisher, player]), random);
    const whole = observe([bytes]);
    const fault = whole.at(-1) ?? "";
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
    if (round % 10 === 0) expect(observe(randomSplits(bytes, random)), `round ${round}`).toEqual(whole);
  }
  // The mutations must reach every layer, and leave some sessions alive.
  const layers = new Set([...faults.keys()].map((fault) => fault.split(" ")[0]));
  expect([...layers].sort()).toEqual(["Amf0Error", "ChunkError", "HandshakeError", "SessionError", "no"]);
});

describe("a client", () => {
  const answers = concat(
    handshake,
    windowAcknowledgementSize(5_000_000),
    setPeerBandwidth(5_000_000, 2),
    setChunkSize(60_000),
    userControl(0, 0),
    command(0, "_result", 1, { fmsVer: "FMS/3,0" }, { level: "status", code: "NetConnection.Connect.Success" }),
    command(0, "onBWDone", 0, null),
    command(0, "_result", 2, null, 1),
    userControl(0, 1),
    command(1, "onStatus", 0, null, { level: "status", code: "NetStream.Play.Start" }),
    data(1, "onMetaData", { width: 16 }),
    video(1, 0, 0x17, 1),
    audio(1, 20, 0xaf, 1),
    userControl(1, 1),
  );

  function observeClient(pieces: readonly Uint8Array[]): string[] {
    const seen: string[] = [];
    const onEvent = (event: ClientSessionEvent): void => void seen.push(describeEvent(event));
    const client = new ClientSession({ onEvent, random: noChance });
    client.start();
    client.connect({ app: "live", tcUrl: "rtmp://h/live" }, (reply) => seen.push(`connected ${!reply.isError}`));
    client.createStream((id) => {
      seen.push(`created ${String(id)}`);
      if (id !== undefined) client.play(id, "camera");
    });
    const output: Uint8Array[] = [];
    const fault = faultOf(() => {
      for (const piece of pieces) client.push(piece);
    });
    output.push(client.takeOutput() ?? Uint8Array.of());
    return [...seen, toHex(concat(...output)), fault];
  }

  test("sees and says the same however the server's bytes are cut", () => {
    const whole = observeClient([answers]);
    expect(whole.slice(0, 4)).toEqual(["handshake simple", "stream-begin @0", "connected true", "command onBWDone"]);
    expect(whole.at(-1)).toBe("no fault");
    for (const size of [1, 2, 5, 128, 1537]) expect(observeClient(splits(answers, size))).toEqual(whole);
    for (let cut = handshake.length - 1; cut < answers.length; cut++) {
      expect(observeClient([answers.slice(0, cut), answers.slice(cut)]), `cut at ${cut}`).toEqual(whole);
    }
  });

  test("throws nothing but coded faults at 3 000 broken servers", () => {
    const random = seededRandom(1936);
    const faults: string[] = [];
    for (let round = 0; round < 3000; round++) faults.push(observeClient([mutate(answers, random)]).at(-1) ?? "");
    const layers = new Set(faults.map((fault) => fault.split(" ")[0]));
    expect([...layers].sort()).toEqual(["Amf0Error", "ChunkError", "HandshakeError", "SessionError", "no"]);
  });
});
