import { concat, hex, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { SessionError } from "../src/index.ts";
import { codeOf, connectedServer, publishingServer, ServerSide } from "./server-side.ts";
import {
  amf,
  command,
  connect,
  createStream,
  data,
  handshake,
  message,
  play,
  publish,
  setChunkSize,
  video,
} from "./wire.ts";

/** The code of the fault that the bytes are for a client in this state. */
function faultOf(server: ServerSide, ...parts: readonly Uint8Array[]): string {
  return codeOf(() => server.send(...parts));
}

function shakenHands(): ServerSide {
  const server = new ServerSide();
  server.send(handshake);
  return server;
}

describe("each code of the session", () => {
  test("SESSION_BAD_COMMAND: a command that begins with no name", () => {
    for (const payload of [u8(), amf(5, 1), amf(null), amf({ a: 1 })]) {
      expect(faultOf(connectedServer(), message(20, payload))).toBe("SESSION_BAD_COMMAND");
    }
  });

  test("SESSION_COMMAND_BEFORE_CONNECT: any other command first", () => {
    for (const name of ["createStream", "publish", "releaseStream", "_result", "makeCoffee", ""]) {
      expect(faultOf(shakenHands(), command(0, name, 1, null))).toBe("SESSION_COMMAND_BEFORE_CONNECT");
    }
  });

  test("SESSION_CONNECT_TWICE: connect on a connected connection", () => {
    expect(faultOf(connectedServer(), connect)).toBe("SESSION_CONNECT_TWICE");
  });

  test("SESSION_MESSAGE_TOO_LARGE: a command of more than 64 KiB, taken with 64 KiB", () => {
    const padding = 65_536 - amf("x", 0, null, "").length;
    expect(connectedServer().send(command(0, "x", 0, null, "y".repeat(padding)))).toEqual([]);
    expect(faultOf(connectedServer(), command(0, "x", 0, null, "y".repeat(padding + 1)))).toBe(
      "SESSION_MESSAGE_TOO_LARGE",
    );
  });

  test("SESSION_MESSAGE_TOO_LARGE: metadata of 1 MB, whoever sends it", () => {
    const metadata = data(1, "onMetaData", "x".repeat(1_000_000));
    expect(faultOf(publishingServer(), metadata)).toBe("SESSION_MESSAGE_TOO_LARGE");
    expect(faultOf(shakenHands(), metadata)).toBe("SESSION_MESSAGE_TOO_LARGE");
  });

  test("SESSION_TOO_MANY_COMMANDS: more than the burst, and again as many as the rate behind it", () => {
    const server = connectedServer({ limits: { maxCommandsPerSecond: 10 } });
    const flood = command(0, "releaseStream", 0, null, "x");
    server.now += 10_000;
    for (let i = 0; i < 20; i++) server.send(flood);
    server.now += 500;
    for (let i = 0; i < 5; i++) server.send(flood);
    expect(faultOf(server, flood)).toBe("SESSION_TOO_MANY_COMMANDS");
  });

  test("SESSION_TOO_MANY_COMMANDS: data messages count, from whomever", () => {
    const server = connectedServer({ limits: { maxCommandsPerSecond: 2 } });
    server.now += 10_000;
    server.send(data(1, "a"), data(1, "a"), data(1, "a"), data(1, "a"));
    expect(faultOf(server, data(1, "a"))).toBe("SESSION_TOO_MANY_COMMANDS");
  });

  test("SESSION_TOO_MANY_STREAMS: a flood of createStream with the default limits", () => {
    const server = connectedServer();
    expect(faultOf(server, ...Array.from({ length: 100 }, () => createStream))).toBe("SESSION_TOO_MANY_STREAMS");
    expect(server.takeAnswers().length).toBe(16);
  });

  test("SESSION_TOO_MANY_COMMANDS: publish and play have a rate of their own", () => {
    const flood = Array.from({ length: 41 }, () => play(1, "camera"));
    expect(faultOf(connectedServer(), ...flood)).toBe("SESSION_TOO_MANY_COMMANDS");
    const patient = connectedServer();
    for (let n = 0; n < 200; n++) {
      patient.now += 100;
      patient.send(play(1, "camera"));
    }
    expect(patient.takeEvents().filter((event) => event.startsWith("play"))).toHaveLength(200);
  });

  test("SESSION_TOO_MANY_COMMANDS: a large data message counts as many small ones", () => {
    const large = data(1, "onMetaData", "x".repeat(60_000)); // 14 times 4 KiB and one
    expect(faultOf(publishingServer(), ...Array.from({ length: 27 }, () => large))).toBe("SESSION_TOO_MANY_COMMANDS");
    publishingServer().send(...Array.from({ length: 24 }, () => large));
  });

  test("SESSION_TOO_MANY_MESSAGES: a flood of empty messages", () => {
    const flood = Array.from({ length: 101 }, () => video(1, 0));
    const limits = { maxSmallMessagesPerSecond: 50 };
    expect(faultOf(publishingServer({ limits }), ...flood)).toBe("SESSION_TOO_MANY_MESSAGES");
    const frames = Array.from({ length: 1000 }, () => video(1, 0, ...new Array<number>(32).fill(1)));
    publishingServer({ limits }).send(...frames);
  });

  test("carries its name, code and where the connection was", () => {
    const server = connectedServer();
    const before = server.session.bytesReceived;
    let thrown: unknown;
    try {
      server.send(connect);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(SessionError);
    expect(thrown).toMatchObject({ name: "SessionError", offset: before + connect.length });
    expect(String(thrown)).toContain(`SESSION_CONNECT_TWICE at byte ${before + connect.length}`);
  });
});

describe("bytes of other protocols and broken layers", () => {
  test.each([
    ["an HTTP request", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"), "HANDSHAKE_UNSUPPORTED_VERSION"],
    ["a TLS hello", hex("16 0301 00c8"), "HANDSHAKE_UNSUPPORTED_VERSION"],
    ["RTMPE", hex("06"), "HANDSHAKE_UNSUPPORTED_VERSION"],
  ])("%s ends the session at its first byte, with nothing sent", (_, bytes, code) => {
    const server = new ServerSide();
    expect(faultOf(server, bytes)).toBe(code);
    expect(server.session.takeOutput()).toBeUndefined();
    expect(faultOf(server, handshake)).toBe(code);
  });

  test.each([
    ["a chunk size of 0", setChunkSize(0), "CHUNK_BAD_CHUNK_SIZE"],
    ["a chunk that repeats a header nobody sent", hex("c9 00"), "CHUNK_UNKNOWN_PREVIOUS_HEADER"],
    ["a message of 16 MiB announced", hex("05 000000 ffffff 09 01000000"), "CHUNK_MESSAGE_TOO_LARGE"],
    ["a command cut short", message(20, amf("publish").subarray(0, 5)), "AMF0_TRUNCATED"],
    [
      "a command with the key __proto__",
      command(0, "x", 1, raw("03 0009 5f5f70726f746f5f5f 05 000009")),
      "AMF0_FORBIDDEN_KEY",
    ],
    ["a command nested 1000 deep", command(0, "x", 1, raw("03 000161".repeat(1000))), "AMF0_TOO_DEEP"],
    ["a command with a movie clip", command(0, "x", 1, raw("04")), "AMF0_UNSUPPORTED_TYPE"],
  ])("%s ends the session, and every later push throws the same", (_, bytes, code) => {
    const server = connectedServer();
    expect(faultOf(server, bytes)).toBe(code);
    expect(faultOf(server, createStream)).toBe(code);
    expect(codeOf(() => server.session.tick())).toBe(code);
  });

  function raw(text: string): Uint8Array {
    return hex(text);
  }
});

describe("a flood", () => {
  test("of plays of ever new names on one stream is bounded by the command rate", () => {
    const server = connectedServer();
    let plays = 0;
    const code = codeOf(() => {
      for (;;) {
        server.send(command(1, "play", 0, null, `name${plays}`));
        plays++;
      }
    });
    expect(code).toBe("SESSION_TOO_MANY_COMMANDS");
    expect(plays).toBeLessThanOrEqual(400);
  });

  test("of pings is answered one by one, with no more bytes than it has", () => {
    const server = connectedServer();
    const ping = concat(hex("02 000000 000006 04 00000000 0006 00000001"));
    server.session.push(concat(...Array.from({ length: 1000 }, () => ping)));
    expect(server.session.takeOutput()?.length).toBeLessThanOrEqual(1000 * ping.length);
  });

  test("of media that nobody wants is counted and costs no event", () => {
    const server = connectedServer();
    server.send(...Array.from({ length: 10_000 }, () => video(1, 0, 1)));
    expect(server.session.ignoredMessages).toBe(10_000);
    expect(server.takeEvents()).toEqual([]);
  });

  test("of parameters in one name leaves the last value of each", () => {
    const server = connectedServer();
    const query = Array.from({ length: 400 }, (_, i) => `k${i % 200}=${i}`).join("&");
    server.send(publish(1, `camera?${query}`));
    const event = server.seen.at(-1);
    const parameters = event?.type === "publish" ? event.address.query : new URLSearchParams();
    expect(parameters.size).toBe(200);
    expect(parameters.get("k0")).toBe("200");
  });

  test("of text in a name or in tcUrl makes a name nobody can have", () => {
    const server = connectedServer();
    expect(server.send(publish(1, `camera?${"a&".repeat(2100)}`))).toEqual([
      "@1 onStatus 0 null error NetStream.Publish.BadName",
    ]);
    const other = new ServerSide();
    other.send(handshake, command(0, "connect", 1, { app: "live", tcUrl: `rtmp://h/live?${"a&".repeat(2100)}` }));
    expect(other.send(publish(1, "camera"))).toEqual(["@1 onStatus 0 null error NetStream.Publish.BadName"]);
  });
});

test("an error thrown by the host's own listener ends the session like any other", () => {
  const server = new ServerSide({
    onEvent: () => {
      throw new TypeError("the host's fault");
    },
  });
  expect(() => server.send(handshake)).toThrow("the host's fault");
  expect(() => server.send(connect)).toThrow("the host's fault");
});
