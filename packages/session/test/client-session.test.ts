import { ChunkReader } from "@rtmp/chunk";
import { concat, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { ClientSession } from "../src/index.ts";
import type { ClientSessionEvent, ClientSessionOptions, Reply } from "../src/index.ts";
import { describeEvent, describeMessage } from "./describe.ts";
import { codeOf, noChance } from "./server-side.ts";
import {
  acknowledgement,
  amf,
  audio,
  command,
  commandAmf3,
  data,
  handshake,
  message,
  setChunkSize,
  setPeerBandwidth,
  userControl,
  video,
  windowAcknowledgementSize,
} from "./wire.ts";
import type { Written } from "./wire.ts";

const parameters = { app: "live", tcUrl: "rtmp://h/live" };
const connectLine = `@0 connect 1 ${JSON.stringify({
  app: "live",
  type: "nonprivate",
  flashVer: "FMLE/3.0 (compatible; rtmp)",
  tcUrl: "rtmp://h/live",
  objectEncoding: 0,
})}`;
const success = command(0, "_result", 1, {}, { level: "status", code: "NetConnection.Connect.Success" });

/** A client session and a server made of bytes. */
class ClientSide {
  readonly session: ClientSession;
  readonly seen: ClientSessionEvent[] = [];
  readonly replies: Reply[] = [];
  readonly created: (number | undefined)[] = [];
  readonly #said = new ChunkReader();
  #handshakeBytes = 3073;

  constructor(options: Partial<ClientSessionOptions> = {}) {
    this.session = new ClientSession({ onEvent: (event) => this.seen.push(event), random: noChance, ...options });
  }

  connect(): void {
    this.session.connect(parameters, (reply) => this.replies.push(reply));
  }

  createStream(): void {
    this.session.createStream((id) => this.created.push(id));
  }

  /** Pushes what the server says and returns what the client answers. */
  hear(...parts: readonly Uint8Array[]): string[] {
    this.session.push(concat(...parts));
    return this.take();
  }

  /** What the client has said since the last time, the handshake left out. */
  take(): string[] {
    const output = this.session.takeOutput() ?? new Uint8Array(0);
    const skipped = Math.min(this.#handshakeBytes, output.length);
    this.#handshakeBytes -= skipped;
    return this.#said.read(output.subarray(skipped)).map(describeMessage);
  }

  takeEvents(): string[] {
    return this.seen.splice(0).map(describeEvent);
  }
}

/** A client that has sent connect. */
function connecting(options?: Partial<ClientSessionOptions>): ClientSide {
  const client = new ClientSide(options);
  client.session.start();
  client.connect();
  client.hear(handshake);
  client.takeEvents();
  return client;
}

/** A client whose connect has succeeded. */
function connected(options?: Partial<ClientSessionOptions>): ClientSide {
  const client = connecting(options);
  client.hear(success);
  return client;
}

describe("the client begins", () => {
  test("with C0 and C1, 1537 bytes, and nothing else", () => {
    const client = new ClientSide();
    client.connect();
    client.session.start();
    expect(client.session.takeOutput()?.length).toBe(1537);
  });

  test("and sends C2 and connect in one piece when S2 is there, however early it was asked to", () => {
    const client = new ClientSide();
    client.session.start();
    client.connect();
    client.createStream();
    expect(client.hear(handshake)).toEqual([connectLine, "@0 createStream 2 null"]);
    expect(client.takeEvents()).toEqual(["handshake simple"]);
  });

  test("and announces window and chunk size once connect has succeeded", () => {
    const client = connecting();
    expect(client.hear(success)).toEqual(["window-acknowledgement-size 2500000", "set-chunk-size 60000"]);
    expect(client.replies).toMatchObject([{ isError: false, status: { code: "NetConnection.Connect.Success" } }]);
    expect(client.session.bytesReceived).toBe(handshake.length + success.length);
  });

  test("and says more in connect if it is told to", () => {
    const client = new ClientSide();
    client.session.start();
    client.session.connect({ ...parameters, flashVer: "X", extra: { capsEx: 3 } }, () => undefined);
    expect(client.hear(handshake)).toEqual([
      `@0 connect 1 {"app":"live","type":"nonprivate","flashVer":"X","tcUrl":"rtmp://h/live","objectEncoding":0,"capsEx":3}`,
    ]);
  });

  test("and cannot send media before the handshake is done", () => {
    const client = new ClientSide();
    client.session.start();
    expect(() => client.session.sendMedia(1, 9, 0, u8(1))).toThrow(TypeError);
    client.session.setBufferLength(1, 3000);
    expect(client.hear(handshake)).toEqual(["set-buffer-length 1 3000"]);
  });

  test("and offers a digest when told to, which a plain server answers plainly", () => {
    const client = new ClientSide({ scheme: "digest" });
    client.session.start();
    client.hear(handshake);
    expect(client.takeEvents()).toEqual(["handshake simple"]);
  });

  test.each([
    ["chunkSize", { chunkSize: 0 }],
    ["windowAcknowledgementSize", { windowAcknowledgementSize: -1 }],
  ])("only with options in their range: %s", (name, options) => {
    expect(() => new ClientSide(options)).toThrow(RangeError);
    expect(() => new ClientSide(options)).toThrow(name);
  });
});

describe("a server's habits", () => {
  test("window, bandwidth, chunk size and StreamBegin before _result: the window is answered, the rest taken", () => {
    const client = connecting();
    const before = [windowAcknowledgementSize(5_000_000), setPeerBandwidth(5_000_000, 2), setChunkSize(60_000)];
    expect(client.hear(...before, userControl(0, 0), success)).toEqual([
      "window-acknowledgement-size 5000000",
      "window-acknowledgement-size 2500000",
      "set-chunk-size 60000",
    ]);
    expect(client.takeEvents()).toEqual(["stream-begin @0"]);
  });

  test("answers with transaction 0 belong to the oldest call", () => {
    const client = connecting();
    client.createStream();
    client.hear(command(0, "_result", 0, {}, { code: "NetConnection.Connect.Success" }));
    client.hear(command(0, "_result", 0, null, 1));
    expect(client.replies.length).toBe(1);
    expect(client.created).toEqual([1]);
  });

  test("answers to nothing that was asked, and second answers, are ignored", () => {
    const client = connected();
    client.hear(success, command(0, "_result", 0, null), command(0, "_error", 99, null), command(0, "_result", NaN));
    expect(client.replies.length).toBe(1);
    expect(client.takeEvents()).toEqual([]);
  });

  test("releaseStream and FCPublish that are never answered hold nothing up", () => {
    const client = connected();
    client.session.call("releaseStream", ["camera"]);
    client.session.call("FCPublish", ["camera"]);
    client.createStream();
    expect(client.take()).toEqual([
      "@0 releaseStream 2 null camera",
      "@0 FCPublish 3 null camera",
      "@0 createStream 4 null",
    ]);
    client.hear(command(0, "_result", 4, null, 5));
    expect(client.created).toEqual([5]);
  });

  test("_error on connect is handed over, and nothing is announced", () => {
    const client = connecting();
    const refusal = { level: "error", code: "NetConnection.Connect.Rejected", description: "[ AccessManager.Reject ]" };
    expect(client.hear(command(0, "_error", 1, null, refusal))).toEqual([]);
    expect(client.replies).toEqual([{ isError: true, commandObject: null, values: [refusal], status: refusal }]);
  });

  test("_error without an information object has an empty code", () => {
    const client = connecting();
    client.hear(command(0, "_error", 1));
    expect(client.replies).toMatchObject([{ isError: true, status: { level: "status", code: "", description: "" } }]);
  });

  test.each<[string, Written]>([
    ["refused", undefined],
    ["without a number", null],
    ["with a negative one", -1],
    ["with NaN", NaN],
    ["with a fraction", 1.5],
    ["with one above uint32", 2 ** 32],
    ["with text", "1"],
  ])("createStream answered %s gives no stream", (_, id) => {
    const client = connected();
    client.createStream();
    client.hear(id === undefined ? command(0, "_error", 2, null, {}) : command(0, "_result", 2, null, id));
    expect(client.created).toEqual([undefined]);
  });

  test("onBWDone, onFCPublish and close arrive as commands", () => {
    const client = connected();
    client.hear(command(0, "onBWDone", 0, null), commandAmf3(0, "onFCPublish", 0, null), command(0, "close", 0, null));
    expect(client.takeEvents()).toEqual(["command onBWDone", "command onFCPublish", "command close"]);
  });

  test("status comes with level and code, whatever its transaction and whatever is missing", () => {
    const client = connected();
    client.hear(
      command(1, "onStatus", 0, null, { level: "status", code: "NetStream.Publish.Start" }),
      command(1, "onStatus", 5, null, { level: "error", code: "NetStream.Play.StreamNotFound" }),
      command(0, "onStatus", 0, null, { level: "warning", code: 5 }),
      command(0, "onStatus"),
    );
    expect(client.takeEvents()).toEqual([
      "status @1 status NetStream.Publish.Start",
      "status @1 error NetStream.Play.StreamNotFound",
      "status @0 warning ",
      "status @0 status ",
    ]);
  });

  test("a status keeps every field for who wants it", () => {
    const client = connected();
    const fields = { level: "status", code: "NetConnection.Connect.ReconnectRequest", tcUrl: "rtmp://b/live" };
    client.hear(command(0, "onStatus", 0, null, fields));
    expect(client.seen).toMatchObject([{ type: "status", messageStreamId: 0, fields }]);
  });

  test("media, data and aggregates arrive in order", () => {
    const client = connected();
    const aggregate = concat(u8(8, 0, 0, 1, 0, 0, 7, 0, 0, 0, 0, 0xaf), u8(0, 0, 0, 12));
    client.hear(
      data(1, "|RtmpSampleAccess", true, true),
      message(15, concat(u8(0), amf("onMetaData", { width: 2 })), { messageStreamId: 1 }),
      video(1, 0, 0x17),
      message(22, aggregate, { messageStreamId: 1, timestamp: 40 }),
      audio(1, 50),
    );
    expect(client.takeEvents()).toEqual([
      "data @1 0 |RtmpSampleAccess true true",
      'data @1 0 onMetaData {"width":2}',
      "media @1 9 0 17",
      "media @1 8 40 af",
      "media @1 8 50 ",
    ]);
  });

  test("pings are answered; StreamBegin and StreamEOF are told, other user control is not", () => {
    const client = connected();
    const events = [userControl(0, 1), userControl(4, 1), userControl(31, 1), userControl(32, 1), userControl(1, 1)];
    expect(client.hear(userControl(6, 1234), ...events)).toEqual(["ping-response 1234"]);
    expect(client.takeEvents()).toEqual(["stream-begin @1", "stream-eof @1"]);
  });

  test("what the server sends is acknowledged at half its window", () => {
    const client = connected();
    client.hear(windowAcknowledgementSize(6000));
    const frame = message(9, new Uint8Array(2000), { messageStreamId: 1 });
    expect(client.hear(frame)).toEqual([`acknowledgement ${client.session.bytesReceived}`]);
    expect(client.hear(frame)).toEqual([]);
    expect(client.hear(frame)).toEqual([`acknowledgement ${client.session.bytesReceived}`]);
  });

  test("acknowledgements, unknown types and data that begins with a number are taken in silence", () => {
    const client = connected();
    const odd = [acknowledgement(5000), message(77, u8(1)), data(1, 5), data(1), message(16, u8(0))];
    expect(client.hear(...odd)).toEqual([]);
    expect(client.takeEvents()).toEqual([]);
  });
});

describe("the client's commands", () => {
  test("are numbered one after the other, on their streams", () => {
    const client = connected();
    client.session.publish(1, "camera");
    client.session.play(2, "camera");
    client.session.play(2, "camera", -1);
    client.session.setBufferLength(2, 1000);
    client.session.deleteStream(1);
    expect(client.take()).toEqual([
      "@1 publish 2 null camera live",
      "@2 play 3 null camera -2",
      "@2 play 4 null camera -1",
      "set-buffer-length 2 1000",
      "@0 deleteStream 5 null 1",
    ]);
  });

  test("media is chunked as announced, and its payload is free when the call returns", () => {
    const client = connected({ chunkSize: 4096 });
    client.session.takeOutput();
    const payload = new Uint8Array(4000).fill(9);
    client.session.sendMedia(1, 9, 0x1_0000_0001, payload);
    payload.fill(0);
    const output = client.session.takeOutput() ?? u8();
    expect(output).toEqual(concat(u8(6, 0, 0, 1, 0, 0x0f, 0xa0, 9, 1, 0, 0, 0), new Uint8Array(4000).fill(9)));
  });
});

describe("a broken server", () => {
  test("that sends a command without a name is SESSION_BAD_COMMAND, now and at every later push", () => {
    const client = connected();
    expect(codeOf(() => client.hear(message(20, amf(5))))).toBe("SESSION_BAD_COMMAND");
    expect(codeOf(() => client.hear(success))).toBe("SESSION_BAD_COMMAND");
  });

  test.each([
    ["another protocol", u8(0x48), "HANDSHAKE_UNSUPPORTED_VERSION"],
    ["a malformed status", concat(handshake, message(20, amf("onStatus", 0).subarray(0, 14))), "AMF0_TRUNCATED"],
    ["malformed metadata", concat(handshake, message(18, u8(2, 0, 1, 97, 99))), "AMF0_UNKNOWN_MARKER"],
    ["a chunk size of 0", concat(handshake, setChunkSize(0)), "CHUNK_BAD_CHUNK_SIZE"],
  ])("that sends %s is told by its layer's code", (_, bytes, code) => {
    const client = new ClientSide();
    client.session.start();
    expect(codeOf(() => client.hear(bytes))).toBe(code);
  });

  test("that sends more than the limits is told so", () => {
    const client = connected({ limits: { maxMessageSize: 1000 } });
    expect(codeOf(() => client.hear(message(9, new Uint8Array(1001))))).toBe("CHUNK_MESSAGE_TOO_LARGE");
  });
});
