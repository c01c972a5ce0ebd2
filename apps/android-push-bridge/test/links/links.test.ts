import type { NetworkInterfaceInfo } from "node:os";
import { create } from "qrcode";
import { describe, expect, test } from "vitest";
import { phoneLinks } from "../../src/links/phone-links.ts";
import type { LinkParts } from "../../src/links/phone-links.ts";
import { qrText } from "../../src/links/qr-text.ts";
import { welcomeText } from "../../src/links/welcome-text.ts";

const network = (address: string): NetworkInterfaceInfo =>
  ({ family: "IPv4", address, internal: false }) as NetworkInterfaceInfo;
const interfaces = { docker0: [network("172.17.0.1")], wlan0: [network("192.0.2.7")] };
const parts: LinkParts = {
  streams: [
    { name: "live/one", token: "token-of-one" },
    { name: "live/two", token: "token-of-two" },
  ],
  publicUrl: undefined,
  host: "0.0.0.0",
  port: 8443,
  httpPort: 8080,
};

describe("a link", () => {
  test("leads to the likeliest address, names the others, and one for a cable", () => {
    expect(phoneLinks(parts, interfaces)).toEqual([
      {
        stream: "live/one",
        url: "https://192.0.2.7:8443/#t=token-of-one",
        otherUrls: ["https://172.17.0.1:8443/#t=token-of-one"],
        cableUrl: "http://localhost:8080/#t=token-of-one",
        cableCommand: "adb reverse tcp:8080 tcp:8080",
      },
      expect.objectContaining({ stream: "live/two", url: "https://192.0.2.7:8443/#t=token-of-two" }),
    ]);
  });

  test.each<[string, Partial<LinkParts>, string]>([
    ["a public URL", { publicUrl: "https://live.example" }, "https://live.example/#t=token-of-one"],
    ["a public URL with a path", { publicUrl: "https://live.example/in/" }, "https://live.example/in/#t=token-of-one"],
    ["one host", { host: "192.0.2.9" }, "https://192.0.2.9:8443/#t=token-of-one"],
    ["an IPv6 host", { host: "::1" }, "https://[::1]:8443/#t=token-of-one"],
  ])("leads to %s if that is what was configured", (_name, changes, url) => {
    expect(phoneLinks({ ...parts, ...changes }, interfaces)[0]).toMatchObject({ url, otherUrls: [] });
  });

  test("leads to this machine where there is no network", () => {
    expect(phoneLinks(parts, {})[0]?.url).toBe("https://127.0.0.1:8443/#t=token-of-one");
  });
});

/** The modules that a drawing shows, quiet zone included: true is dark. Light is what is drawn. */
function modulesOf(drawing: string): boolean[][] {
  return drawing.split("\n").flatMap((line) => {
    const cells = Array.from(line.replaceAll(/\u001b\[[\d;]*m/g, ""));
    return [cells.map((cell) => cell === " " || cell === "▄"), cells.map((cell) => cell === " " || cell === "▀")];
  });
}

describe("a QR code", () => {
  const url = phoneLinks(parts, interfaces)[0]!.url;

  test.each([true, false])(
    "is the one of the address, with four light modules around it (colours: %s)",
    (hasColors) => {
      const { modules } = create(url, { errorCorrectionLevel: "M" });
      const drawn = modulesOf(qrText(url, hasColors));
      const size = modules.size + 8;
      expect(drawn.every((row) => row.length === size)).toBe(true);
      for (const [y, row] of drawn.entries()) {
        for (const [x, isDark] of row.entries()) {
          const [r, c] = [y - 4, x - 4];
          const isInside = r >= 0 && c >= 0 && r < modules.size && c < modules.size;
          expect(isDark, `${r} ${c}`).toBe(isInside && modules.get(r, c) !== 0);
        }
      }
      expect(drawn.length).toBeGreaterThanOrEqual(size);
    },
  );

  test("brings its own colours, white and black, for terminals of every colour", () => {
    for (const line of qrText(url, true).split("\n")) expect(line).toMatch(/^\u001b\[97;40m[█▀▄ ]+\u001b\[0m$/);
    expect(qrText(url, false)).not.toContain("\u001b");
  });

  test("of a usual address fits into a usual terminal", () => {
    const lines = qrText("https://192.168.100.100:8443/#t=AAAAAAAAAAAAAAAAAAAAAAAA", false).split("\n");
    expect(lines[0]!.length).toBeLessThan(80);
    expect(lines.length).toBeLessThan(24);
  });
});

describe("the text at the start", () => {
  const links = phoneLinks(parts, interfaces);
  const usual = { links, fingerprint: "AB:CD", statusUrl: "http://127.0.0.1:9365/status", hasColors: false };

  test("shows each phone's link, the code, the other ways and the certificate", () => {
    const text = welcomeText({ ...usual, hasQr: true });
    for (const { url, cableUrl, otherUrls, stream } of links) {
      for (const words of [stream, url, cableUrl, ...otherUrls, qrText(url, false)]) expect(text).toContain(words);
    }
    expect(text).toContain("adb reverse tcp:8080 tcp:8080, then http://localhost:8080/#t=token-of-one");
    expect(text).toContain("AB:CD");
    expect(text).toContain("Status: http://127.0.0.1:9365/status");
  });

  test("has no code and no warning where neither is wanted", () => {
    const text = welcomeText({ ...usual, fingerprint: undefined, hasQr: false });
    expect(text).not.toMatch(/[█▀▄]/);
    expect(text).not.toContain("certificate");
  });
});
