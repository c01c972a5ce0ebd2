import { CommandLineExit } from "@rtmp/app-kit";
import type { Environment } from "@rtmp/app-kit";
import { describe, expect, test } from "vitest";
import { parseCommandLine, programOptions } from "../src/command-line.ts";
import type { BridgeSettings } from "../src/settings.ts";
import { version } from "../src/version.ts";

const silent = { out: () => undefined, error: () => undefined };

function settingsFor(args: readonly string[], environment: Environment = {}): BridgeSettings {
  return parseCommandLine(args, { HOME: "/home/a", ...environment }, silent);
}

/** How the program leaves for `args`, and what it has said. */
function leave(args: readonly string[]): { exitCode: number; out: string; error: string } {
  const said = { out: "", error: "" };
  const output = { out: (text: string) => void (said.out += text), error: (text: string) => void (said.error += text) };
  try {
    parseCommandLine(args, {}, output);
  } catch (error) {
    if (error instanceof CommandLineExit) return { exitCode: error.exitCode, ...said };
    throw error;
  }
  throw new Error("it went on");
}

describe("without arguments", () => {
  test("one phone goes to the RTMP server of this machine, over HTTPS from the network", () => {
    expect(settingsFor([])).toEqual({
      targets: ["rtmp://127.0.0.1/live/phone"],
      tokens: [],
      hasNewLinks: false,
      source: "browser",
      usb: { video: "camera", facing: "back", hasAudio: true },
      host: "0.0.0.0",
      port: 8443,
      httpPort: 8080,
      tcpPort: undefined,
      publicUrl: undefined,
      trustsProxy: false,
      origins: [],
      tls: undefined,
      stateFolder: "/home/a/.local/state/android-push-bridge",
      statusHost: "127.0.0.1",
      statusPort: 9365,
      graceMs: 30_000,
      logLevel: "info",
      logFormat: "auto",
      hasQr: true,
    });
  });
});

test("options end up where they belong, and one run leaves nothing for the next", () => {
  const targets = ["rtmp://a/live/one", "rtmps://b/live/two?token=x"];
  const args = targets.flatMap((target) => ["--target", target]);
  const settings = settingsFor([
    ...args,
    ...["--public-url", "https://live.example", "--trust-proxy", "--origin", "https://studio.example"],
    ...["--cert", "c.pem", "--key", "k.pem", "--state-dir", "/state", "--tcp-port", "0", "--no-qr", "--new-links"],
  ]);
  expect(settings).toMatchObject({
    targets,
    publicUrl: "https://live.example/",
    trustsProxy: true,
    origins: ["https://studio.example"],
    tls: { cert: "c.pem", key: "k.pem" },
    stateFolder: "/state",
    tcpPort: 0,
    hasQr: false,
    hasNewLinks: true,
  });
  expect(settingsFor([]).targets).toHaveLength(1);
});

test("a phone on a cable has options of its own", () => {
  const camera = ["--source", "adb", "--camera", "front", "--size", "1920x1080", "--fps", "60", "--bitrate", "2.5M"];
  expect(settingsFor([...camera, "--no-audio", "--serial", "X1", "--adb-port", "5038"])).toMatchObject({
    source: "adb",
    usb: {
      ...{ video: "camera", facing: "front", size: "1920x1080", framesPerSecond: 60, videoBitrate: 2_500_000 },
      ...{ hasAudio: false, serial: "X1", adbPort: 5038 },
    },
  });
  const screen = settingsFor(["--source", "adb", "--usb-video", "screen", "--size", "720x1600"]);
  expect(screen.usb).toEqual({ video: "screen", facing: "back", maxSize: 1600, hasAudio: true });
});

test("secrets come from the environment where the command line gives none", () => {
  const environment = {
    BRIDGE_TARGET: "rtmp://a/live/one rtmp://a/live/two",
    BRIDGE_TOKEN: "0123456789abcdef fedcba9876543210",
  };
  expect(settingsFor([], environment)).toMatchObject({
    targets: ["rtmp://a/live/one", "rtmp://a/live/two"],
    tokens: ["0123456789abcdef", "fedcba9876543210"],
  });
  const args = ["--target", "rtmp://b/live/x", "--token", "aaaaaaaaaaaaaaaa"];
  expect(settingsFor(args, environment)).toMatchObject({ targets: ["rtmp://b/live/x"], tokens: ["aaaaaaaaaaaaaaaa"] });
});

test.each<[string, readonly string[], Environment, RegExp]>([
  ["two targets that are the same", ["--target", "rtmp://a/b/c", "--target", "rtmp://a/b/c"], {}, /^Two targets/],
  ["one target in two spellings", ["--target", "rtmp://a/b/c", "--target", "rtmp://a:1935/b/c/"], {}, /^Two targets/],
  [
    "fewer tokens than targets",
    ["--target", "rtmp://a/b/c", "--target", "rtmp://a/b/d", "--token", "0123456789abcdef"],
    {},
    /2 targets and 1 tokens/,
  ],
  ["a certificate without a key", ["--cert", "c.pem"], {}, /^--cert and --key belong together/],
  ["a key without a certificate", ["--key", "k.pem"], {}, /^--cert and --key belong together/],
  [
    "two phones on cables",
    ["--source", "adb", "--target", "rtmp://a/b/c", "--target", "rtmp://a/b/d"],
    {},
    /^--source adb feeds one target/,
  ],
  [
    "a variable that is no target",
    [],
    { BRIDGE_TARGET: "secret-nonsense" },
    /^The environment variable BRIDGE_TARGET is not valid\. It is to be an RTMP URL/,
  ],
])("%s make no sense, in one sentence without a secret", (_name, args, environment, words) => {
  expect(() => settingsFor(args, environment)).toThrow(words);
  expect(() => settingsFor(args, environment)).not.toThrow(/secret-nonsense/);
});

test.each([
  [["--target", "http://a/live/x"], "RTMP URL with app and stream key"],
  [["--target", "rtmp://a/live"], "RTMP URL with app and stream key"],
  [["--token", "too-short"], "16 to 128 letters"],
  [["--token", "0123456789abcde#"], "16 to 128 letters"],
  [["--port", "65536"], "an integer from 0 to 65535"],
  [["--port", "x"], "an integer from 0 to 65535"],
  [["--public-url", "http://live.example"], "an https: URL"],
  [["--public-url", "https://live.example/?a"], "an https: URL"],
  [["--origin", "studio.example"], "a scheme and a host"],
  [["--size", "big"], "width and height"],
  [["--fps", "0"], "an integer from 1 to 240"],
  [["--bitrate", "10"], "from 50k to 100M"],
  [["--source", "wifi"], "Allowed choices are browser, adb."],
  [["--prot", "5"], "(Did you mean --port?)"],
  [["serve"], "too many arguments"],
])("%j is refused with 2 and a word about it", (args, words) => {
  const { exitCode, out, error } = leave(args);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
  expect(error).toContain(words);
});

test("--help names every option and exits with 0, --version says the version alone", () => {
  const { exitCode, out } = leave(["--help"]);
  expect(exitCode).toBe(0);
  for (const { long } of programOptions) expect(out).toContain(long);
  expect(leave(["--version"])).toEqual({ exitCode: 0, out: `${version}\n`, error: "" });
});
