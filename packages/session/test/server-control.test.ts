import { describe, expect, test } from "vitest";
import { codeOf, connectedServer, playingServer, publishingServer, ServerSide } from "./server-side.ts";
import {
  acknowledgement,
  connect,
  handshake,
  message,
  setPeerBandwidth,
  userControl,
  video,
  windowAcknowledgementSize,
} from "./wire.ts";

describe("acknowledgements to the client", () => {
  test("come at half the window it named, with all bytes since the connection began", () => {
    const server = publishingServer();
    server.send(windowAcknowledgementSize(20_000));
    const frame = message(9, new Uint8Array(1000), { messageStreamId: 1 });
    while (server.session.bytesReceived < 10_000 - frame.length) expect(server.send(frame)).toEqual([]);
    expect(server.send(frame)).toEqual([`acknowledgement ${server.session.bytesReceived}`]);
    const acknowledged = server.session.bytesReceived;
    expect(acknowledged).toBeGreaterThanOrEqual(10_000);
    while (server.session.bytesReceived < acknowledged + 10_000 - frame.length) {
      expect(server.send(frame)).toEqual([]);
    }
    expect(server.send(frame)).toEqual([`acknowledgement ${server.session.bytesReceived}`]);
  });

  test("come though the client never named a window, before the smallest known encoder would stop", () => {
    const server = publishingServer();
    const answers: string[] = [];
    const frame = message(9, new Uint8Array(60_000), { messageStreamId: 1, chunkStreamId: 6 });
    while (server.session.bytesReceived < 2_400_000) answers.push(...server.send(frame));
    expect(answers.length).toBe(1);
    expect(answers[0]).toMatch(/^acknowledgement 1[23]\d{5}$/);
  });

  test("go on as before when the client names a window of 0", () => {
    const server = publishingServer();
    expect(server.send(windowAcknowledgementSize(1000), windowAcknowledgementSize(0))).toEqual([]);
    expect(server.send(video(1, 0, 1)).length).toBe(1);
    expect(server.send(video(1, 0, 1))).toEqual([]);
  });

  test("are one for each piece at most, however small the window", () => {
    const server = publishingServer();
    server.send(windowAcknowledgementSize(1));
    const answers = server.send(...Array.from({ length: 100 }, () => video(1, 0, 1)));
    expect(answers).toEqual([`acknowledgement ${server.session.bytesReceived}`]);
  });
});

describe("acknowledgements of the client", () => {
  test("tell how far a player is behind", () => {
    const server = playingServer();
    expect(server.session.bytesBehind(10_000_000)).toBe(0);
    server.send(acknowledgement(500_000), acknowledgement(1_000_000));
    expect(server.session.bytesBehind(1_400_000)).toBe(0);
    expect(server.session.bytesBehind(4_000_000)).toBe(2_500_000);
  });

  test("tell it across 2^32", () => {
    const server = playingServer();
    server.send(acknowledgement(0xffff_0000), acknowledgement(0x1_0000));
    expect(server.session.bytesBehind(0x1_0000_0000 + 0x1_0000 + 0x4_0000)).toBe(0x2_0000);
  });
});

describe("control messages", () => {
  test("a ping is answered with its own number", () => {
    expect(connectedServer().send(userControl(6, 0xfedcba98))).toEqual(["ping-response 4275878552"]);
  });

  test("SetBufferLength, ping responses and events nobody has specified are taken in silence", () => {
    const server = playingServer();
    const events = [userControl(3, 1, 3000), userControl(7, 5), userControl(31, 1), userControl(32, 1)];
    expect(server.send(...events, userControl(2, 1), userControl(26, 1), userControl(999))).toEqual([]);
    expect(server.takeEvents()).toEqual([]);
  });

  test("SetPeerBandwidth is answered with the window, unless the client has it already", () => {
    const server = connectedServer();
    expect(server.send(setPeerBandwidth(5_000_000, 2))).toEqual([]);
    expect(server.send(setPeerBandwidth(70_000, 0))).toEqual(["window-acknowledgement-size 70000"]);
    expect(server.send(setPeerBandwidth(70_000, 1), setPeerBandwidth(0, 1))).toEqual([]);
  });

  test("on another chunk stream than 2 and another message stream than 0 are obeyed", () => {
    const ping = message(4, Uint8Array.of(0, 6, 0, 0, 0, 5), { chunkStreamId: 7, messageStreamId: 1 });
    expect(connectedServer().send(ping)).toEqual(["ping-response 5"]);
  });

  test("of less than their size end the session", () => {
    const server = connectedServer();
    expect(codeOf(() => server.send(message(5, Uint8Array.of(1, 2, 3), { chunkStreamId: 2 })))).toBe(
      "CHUNK_BAD_CONTROL_MESSAGE",
    );
  });
});

describe("deadlines", () => {
  test("a client that does not connect has until its handshake time, however busily it sends", () => {
    const server = new ServerSide();
    expect(server.session.nextDeadline).toBe(11_000);
    for (const byte of handshake.subarray(0, 9)) {
      server.now += 1000;
      server.send(Uint8Array.of(byte));
    }
    server.session.tick();
    expect(server.session.nextDeadline).toBe(11_000);
    server.now = 11_000;
    expect(codeOf(() => server.session.tick())).toBe("SESSION_HANDSHAKE_TIMEOUT");
  });

  test("a client that shook hands and says nothing more falls to the same one", () => {
    const server = new ServerSide({ timeouts: { handshakeMs: 500 } });
    server.send(handshake);
    server.now += 499;
    server.session.tick();
    server.now += 1;
    expect(codeOf(() => server.session.tick())).toBe("SESSION_HANDSHAKE_TIMEOUT");
  });

  test("a silent client is pinged every 20 s and ends after 60 s", () => {
    const server = connectedServer();
    const pings: string[] = [];
    for (let i = 0; i < 2; i++) {
      server.now = server.session.nextDeadline ?? 0;
      server.session.tick();
      pings.push(...server.takeAnswers());
    }
    expect(pings).toEqual(["ping-request 21000", "ping-request 41000"]);
    expect(server.session.nextDeadline).toBe(61_000);
    server.now = 60_999;
    server.session.tick();
    server.now = 61_000;
    expect(codeOf(() => server.session.tick())).toBe("SESSION_IDLE_TIMEOUT");
    expect(codeOf(() => server.send(connect))).toBe("SESSION_IDLE_TIMEOUT");
  });

  test("any byte is a sign of life", () => {
    const server = connectedServer();
    server.now += 59_999;
    server.send(Uint8Array.of(2));
    server.now += 19_999;
    server.session.tick();
    expect(server.takeAnswers()).toEqual([]);
    expect(server.session.nextDeadline).toBe(server.now + 1);
  });

  test("the ping's number is a uint32, whatever the clock says", () => {
    const server = connectedServer();
    server.now = 2 ** 32 + 30_000.75;
    server.send(userControl(7, 0));
    server.now += 20_000;
    server.session.tick();
    expect(server.takeAnswers()).toEqual(["ping-request 50000"]);
  });

  test("of 0 never come", () => {
    const server = new ServerSide({ timeouts: { handshakeMs: 0, idleMs: 0, pingIntervalMs: 0 } });
    expect(server.session.nextDeadline).toBeUndefined();
    server.send(handshake, connect);
    server.takeAnswers();
    expect(server.session.nextDeadline).toBeUndefined();
    server.now += 1e12;
    server.session.tick();
    expect(server.takeAnswers()).toEqual([]);
  });

  test("a tick too early does nothing", () => {
    const server = connectedServer();
    server.session.tick();
    expect(server.takeAnswers()).toEqual([]);
  });
});
