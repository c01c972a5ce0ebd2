import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { play, publish } from "../src/index.ts";
import { FakeServer } from "./fake-server.ts";
import { rejection } from "./outcome.ts";
import { avcHeader } from "./tags.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));
const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
const tls = { cert: fixture("localhost-cert.pem"), key: fixture("localhost-key.pem") };

describe("where the server is", () => {
  test.skipIf(!hasIpv6)("an IPv6 address in brackets leads there and keeps its brackets in tcUrl", async () => {
    await using server = await FakeServer.listen({ host: "::1" });
    await using publisher = await publish(server.url("[::1]"));
    await publisher.write(avcHeader);
    const [request] = (await server.nextPeer()).requests;
    expect(request).toMatchObject({ request: { tcUrl: `rtmp://[::1]:${server.port}/live` } });
  });

  test("a name with an address where nobody listens leads to the one where somebody does", async () => {
    await using server = await FakeServer.listen({ host: "127.0.0.1" });
    await using publisher = await publish(server.url("localhost"));
    await publisher.write(avcHeader);
    expect(server.peers).toHaveLength(1);
  });
});

describe("rtmps", () => {
  test("a certificate of an authority we name is taken, and tags go both ways", async () => {
    await using server = await FakeServer.listen({ tls });
    const options = { tls: { ca: tls.cert } };
    const publisher = await publish(server.url("localhost"), options);
    await publisher.write(avcHeader);
    await publisher.close();
    const peer = await server.nextPeer();
    await peer.closed;
    expect(peer.tags).toEqual([avcHeader]);

    await using player = await play(server.url("127.0.0.1"), options);
    (await server.nextPeer()).send(avcHeader);
    const first = await player[Symbol.asyncIterator]().next();
    expect(first.value).toEqual(avcHeader);
  });

  test("a certificate nobody vouches for is refused with Node's error as cause", async () => {
    await using server = await FakeServer.listen({ tls });
    expect(await rejection(publish(server.url("localhost")))).toEqual({
      name: "ClientError",
      code: "CLIENT_CONNECTION_FAILED",
      cause: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
  });
});
