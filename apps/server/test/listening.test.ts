import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { listeningLine, listeningUrls } from "../src/listening-line.ts";
import type { Listening } from "../src/listening-line.ts";

const loopback = { family: "IPv4", address: "127.0.0.1", internal: true } as NetworkInterfaceInfo;
const network = { family: "IPv4", address: "192.0.2.7", internal: false } as NetworkInterfaceInfo;
const network6 = { family: "IPv6", address: "2001:db8::7", internal: false } as NetworkInterfaceInfo;
const interfaces = { lo: [loopback], eth0: [network6, network], gone: undefined };
const usual: Listening = { host: "127.0.0.1", port: 1935, isTls: false, needsToken: false };

describe("the first line", () => {
  test("says where to push to and where to watch", () => {
    expect(listeningLine(listeningUrls(usual, interfaces))).toBe(
      "RTMP server ready — push to rtmp://127.0.0.1:1935/live/stream0 and watch rtmp://127.0.0.1:1935/live/stream0",
    );
  });

  test.each<[string, Partial<Listening>, string]>([
    ["every IPv4 interface", { host: "0.0.0.0" }, "rtmp://192.0.2.7:1935/live/stream0"],
    ["every interface", { host: "::" }, "rtmp://192.0.2.7:1935/live/stream0"],
    ["every interface, written long", { host: "0:0:0:0:0:0:0:0" }, "rtmp://192.0.2.7:1935/live/stream0"],
    ["the IPv6 loopback", { host: "::1" }, "rtmp://[::1]:1935/live/stream0"],
    ["a name", { host: "localhost", port: 1936 }, "rtmp://localhost:1936/live/stream0"],
    ["TLS", { isTls: true }, "rtmps://127.0.0.1:1935/live/stream0"],
  ])("names an address that can be reached for %s", (_name, changes, url) => {
    expect(listeningUrls({ ...usual, ...changes }, interfaces)).toEqual({ pushUrl: url, watchUrl: url });
  });

  test("names the loopback when there is no network", () => {
    expect(listeningUrls({ ...usual, host: "0.0.0.0" }, { lo: [loopback] }).watchUrl).toContain("//127.0.0.1:1935/");
  });

  test("reminds publishers of their token", () => {
    expect(listeningUrls({ ...usual, needsToken: true }, interfaces)).toEqual({
      pushUrl: "rtmp://127.0.0.1:1935/live/stream0?token=TOKEN",
      watchUrl: "rtmp://127.0.0.1:1935/live/stream0",
    });
  });
});
