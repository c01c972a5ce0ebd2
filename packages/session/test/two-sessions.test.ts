import { encode } from "@rtmp/amf0";
import { MessageTypeId } from "@rtmp/chunk";
import { u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { ClientSession, ServerSession } from "../src/index.ts";
import type { ServerSessionOptions } from "../src/index.ts";
import { describeEvent } from "./describe.ts";
import { noChance } from "./server-side.ts";

/** A client and a server, wired together without a socket. Everything is accepted. */
class Wire {
  now = 0;
  readonly seen: string[] = [];
  readonly server: ServerSession;
  readonly client: ClientSession;

  constructor(options: Partial<ServerSessionOptions> & { readonly scheme?: "simple" | "digest" } = {}) {
    const { scheme = "simple", ...rest } = options;
    this.server = new ServerSession({
      now: () => this.now,
      onEvent: (event) => {
        this.seen.push(`server ${describeEvent(event)}`);
        if ("decision" in event) event.decision.accept();
      },
      random: noChance,
      ...rest,
    });
    this.client = new ClientSession({
      onEvent: (event) => this.seen.push(`client ${describeEvent(event)}`),
      random: noChance,
      scheme,
    });
    this.client.start();
  }

  /** Carries bytes until neither side has any; returns how many went each way. */
  settle(): { readonly up: number; readonly down: number } {
    let up = 0;
    let down = 0;
    for (;;) {
      const asked = this.client.takeOutput();
      if (asked !== undefined) this.server.push(asked);
      const answered = this.server.takeOutput();
      if (answered !== undefined) this.client.push(answered);
      if (asked === undefined && answered === undefined) return { up, down };
      up += asked?.length ?? 0;
      down += answered?.length ?? 0;
    }
  }

  takeSeen(): string[] {
    this.settle();
    return this.seen.splice(0);
  }
}

function connectedWire(options?: ConstructorParameters<typeof Wire>[0]): Wire {
  const wire = new Wire(options);
  wire.client.connect({ app: "live", tcUrl: "rtmp://h/live", extra: { capsEx: 1 } }, () => undefined);
  wire.takeSeen();
  return wire;
}

describe("a client and a server", () => {
  test.each(["simple", "digest"] as const)("agree on the %s handshake and publish", (scheme) => {
    const wire = new Wire({ scheme });
    wire.client.connect({ app: "live", tcUrl: "rtmp://h/live" }, (reply) => wire.seen.push(reply.status.code));
    wire.client.createStream((id) => {
      if (id !== undefined) wire.client.publish(id, "camera?key=1");
    });
    expect(wire.takeSeen()).toEqual([
      `client handshake ${scheme}`,
      `server handshake ${scheme}`,
      "server connect live",
      "client stream-begin @0",
      "NetConnection.Connect.Success",
      "server publish @1 live/camera live",
      "client status @1 status NetStream.Publish.Start",
    ]);
    wire.client.sendMedia(1, MessageTypeId.DataAmf0, 0, encode("@setDataFrame", "onMetaData", { width: 1 }));
    wire.client.sendMedia(1, MessageTypeId.Video, 0, u8(0x17, 0));
    wire.client.sendMedia(1, MessageTypeId.Audio, 23, u8(0xaf, 1));
    wire.client.deleteStream(1);
    expect(wire.takeSeen()).toEqual([
      'server data @1 0 onMetaData {"width":1}',
      "server media @1 9 0 1700",
      "server media @1 8 23 af01",
      "server unpublish @1 deleteStream",
      "client status @1 status NetStream.Unpublish.Success",
    ]);
  });

  test("agree on a play, and the player hears the publisher leave and come back", () => {
    const wire = connectedWire();
    wire.client.createStream((id) => {
      if (id !== undefined) wire.client.play(id, "camera", -1);
    });
    wire.settle();
    wire.server.notifyUnpublish(1);
    wire.server.notifyPublish(1);
    expect(wire.takeSeen()).toEqual([
      "server play @1 live/camera -1",
      "client stream-begin @1",
      "client status @1 status NetStream.Play.Reset",
      "client status @1 status NetStream.Play.Start",
      "client data @1 0 |RtmpSampleAccess true true",
      "client status @1 status NetStream.Play.UnpublishNotify",
      "client stream-eof @1",
      "client stream-begin @1",
      "client status @1 status NetStream.Play.PublishNotify",
    ]);
  });

  test("stay connected in silence, because pings are answered", () => {
    const wire = connectedWire();
    for (let minutes = 0; minutes < 10; minutes++) {
      wire.now = wire.server.nextDeadline ?? Infinity;
      wire.server.tick();
      expect(wire.settle().up).toBeGreaterThan(0);
    }
    expect(wire.now).toBe(200_000);
  });

  test("a client is sent elsewhere", () => {
    const wire = connectedWire();
    expect(wire.server.requestReconnect({ tcUrl: "rtmp://b/live" })).toBe(true);
    expect(wire.takeSeen()).toEqual(["client status @0 status NetConnection.Connect.ReconnectRequest"]);
  });

  test("bytes sent one way are acknowledged the other way before the window is full", () => {
    const wire = connectedWire({ limits: { maxMessageSize: 2_000_000 } });
    wire.client.publish(1, "camera");
    wire.settle();
    let acknowledged = 0;
    for (let i = 0; i < 30; i++) {
      wire.client.sendMedia(1, MessageTypeId.Video, i, new Uint8Array(100_000));
      acknowledged += wire.settle().down;
    }
    // 3 MB against a window of 2.5 MB: two acknowledgements of 16 bytes or less.
    expect(acknowledged).toBeGreaterThan(16);
    expect(acknowledged).toBeLessThanOrEqual(32);
  });
});
