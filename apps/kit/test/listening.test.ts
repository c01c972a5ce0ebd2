import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { listenErrorSentence } from "../src/listen-error.ts";
import { authorityOf, networkAddresses, reachableHost } from "../src/reachable-hosts.ts";

const address = (family: "IPv4" | "IPv6", text: string, internal = false): NetworkInterfaceInfo =>
  ({ family, address: text, internal }) as NetworkInterfaceInfo;

const interfaces = {
  lo: [address("IPv4", "127.0.0.1", true)],
  docker0: [address("IPv4", "172.17.0.1")],
  eth0: [address("IPv6", "2001:db8::7"), address("IPv4", "192.0.2.7")],
  wlan0: [address("IPv4", "192.0.2.8"), address("IPv4", "192.0.2.7")],
  gone: undefined,
};

describe("the addresses of a machine", () => {
  test("are those of its networks, each once, bridges to containers last", () => {
    expect(networkAddresses(interfaces)).toEqual(["192.0.2.7", "192.0.2.8", "172.17.0.1"]);
  });

  test("are none without a network", () => {
    expect(networkAddresses({ lo: interfaces.lo })).toEqual([]);
  });

  test.each([
    ["0.0.0.0", "192.0.2.7"],
    ["::", "192.0.2.7"],
    ["localhost", "localhost"],
  ])("stand in for %s as %s", (host, reachable) => {
    expect(reachableHost(host, interfaces)).toBe(reachable);
  });

  test("stand in URLs in brackets if they are IPv6", () => {
    expect([authorityOf("::1", 80), authorityOf("192.0.2.7", 80)]).toEqual(["[::1]:80", "192.0.2.7:80"]);
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
