import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { listenErrorSentence } from "../src/listen-error.ts";
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

describe("a failure to listen", () => {
  const wanted = { host: "192.0.2.1", port: 80, hostOption: "--host", portOption: "--port" };

  test.each([
    ["EADDRINUSE", "Port 80 on 192.0.2.1 is in use by another program", "--port"],
    ["EACCES", "does not allow listening on port 80 of 192.0.2.1", "--port"],
    ["EADDRNOTAVAIL", "This machine has no address 192.0.2.1", "--host"],
    ["ENOTFOUND", "The host name 192.0.2.1 is not known here", "--host"],
    ["EAFNOSUPPORT", "does not speak the kind of address that 192.0.2.1 is", "--host"],
  ])("by %s is one sentence that names the option to change", (code, words, option) => {
    const sentence = listenErrorSentence(Object.assign(new Error("listen failed"), { code }), wanted);
    expect(sentence).toContain(words);
    expect(sentence).toContain(option);
    expect(sentence).not.toContain("\n");
  });

  test("of another kind says what the system said", () => {
    expect(listenErrorSentence(new Error("out of luck"), wanted)).toBe(
      "Listening on port 80 of 192.0.2.1 failed: out of luck.",
    );
  });
});
