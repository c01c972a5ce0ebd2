import { resolve } from "node:path";
import { parseArguments, withManners } from "@rtmp/app-kit";
import type { CommandLineOutput, Environment, LogLevel } from "@rtmp/app-kit";
import { parseRtmpUrl } from "@rtmp/session";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  collected,
  integerFrom,
  readBitrate,
  readOrigin,
  readPublicUrl,
  readSize,
  readTarget,
  readToken,
} from "./option-values.ts";
import { DEFAULT_GRACE_MS } from "./bridge/bridge.ts";
import type { BridgeSettings } from "./settings.ts";
import { usualStateFolder } from "./state/state-folder.ts";
import { usbNumbers, usualSize } from "./usb/usb-options.ts";
import type { UsbOptions } from "./usb/usb-options.ts";
import { UsageError } from "./usage-error.ts";
import { version } from "./version.ts";

const usualTarget = "rtmp://127.0.0.1/live/phone";
const oneDayMs = 86_400_000;
const port = integerFrom(1, 65_535);
const { framesPerSecond, videoBitrate } = usbNumbers;
const portOrAny = integerFrom(0, 65_535);

const explanation = `
Secrets may come from the environment instead, several separated by spaces: BRIDGE_TARGET, BRIDGE_TOKEN.

Examples:
  android-push-bridge --target rtmp://127.0.0.1/live/phone
  android-push-bridge --target rtmp://host/live/one --target rtmp://host/live/two --public-url https://live.example
  android-push-bridge --source adb --usb-video screen --size 1280x720
`;

/** Options as Commander gives them, by their names in camel case. */
interface GivenOptions {
  readonly target?: readonly string[];
  readonly token?: readonly string[];
  readonly newLinks?: true;
  readonly source: "browser" | "adb";
  readonly host: string;
  readonly port: number;
  readonly httpPort: number;
  readonly tcpPort?: number;
  readonly publicUrl?: string;
  readonly trustProxy?: true;
  readonly origin?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly stateDir?: string;
  readonly scrcpyServer?: string;
  readonly scrcpyVersion?: string;
  readonly serial?: string;
  readonly adbHost?: string;
  readonly adbPort?: number;
  readonly usbVideo: "camera" | "screen";
  readonly camera: "back" | "front" | "external";
  readonly size?: string;
  readonly fps?: number;
  readonly bitrate?: number;
  readonly audio: boolean;
  readonly statusHost: string;
  readonly statusPort: number;
  readonly graceMs: number;
  readonly logLevel: LogLevel;
  readonly logFormat: "auto" | "pretty" | "json";
  readonly qr: boolean;
}

const groups: readonly (readonly [title: string, options: readonly Option[]])[] = [
  [
    "Streams:",
    [
      new Option(
        "--target <url>",
        `RTMP URL to publish to; again for each further phone (default "${usualTarget}")`,
      ).argParser(collected(readTarget)),
      new Option("--token <text>", "fixed token of the link, one for each target").argParser(collected(readToken)),
      new Option("--new-links", "make new links: those of before open nothing any more"),
      new Option("--grace-ms <ms>", "how long a stream outlives a phone that is gone")
        .argParser(integerFrom(0, oneDayMs))
        .default(DEFAULT_GRACE_MS),
      new Option("--source <kind>", "how the phone comes: by its browser, or adb for one on a USB cable")
        .choices(["browser", "adb"])
        .default("browser"),
    ],
  ],
  [
    "Network:",
    [
      new Option("--host <host>", "address for HTTPS and TCP; 127.0.0.1 for this machine alone").default("0.0.0.0"),
      new Option("--port <number>", "port for HTTPS; 0 takes any free one").argParser(portOrAny).default(8443),
      new Option("--http-port <number>", "port for HTTP on 127.0.0.1, for adb reverse and proxies")
        .argParser(portOrAny)
        .default(8080),
      new Option("--tcp-port <number>", "port for native senders (off unless given)").argParser(portOrAny),
      new Option("--public-url <url>", "what phones are told, if a proxy or a name leads here").argParser(
        readPublicUrl,
      ),
      new Option("--trust-proxy", "believe X-Forwarded-For: only behind a proxy"),
      new Option("--origin <origin>", "another page's origin that may send; may be given again").argParser(
        collected(readOrigin),
      ),
    ],
  ],
  [
    "Certificate:",
    [
      new Option("--cert <file>", "PEM file with a certificate chain, in place of a self-signed one"),
      new Option("--key <file>", "PEM file with its private key"),
      new Option(
        "--state-dir <folder>",
        "where certificate and secret of links are kept (default: ~/.local/state/android-push-bridge)",
      ),
    ],
  ],
  [
    "USB, with --source adb:",
    [
      new Option("--scrcpy-server <file>", "scrcpy's server (default: where scrcpy installs it)"),
      new Option("--scrcpy-version <version>", "that file's version (default: asked of scrcpy)"),
      new Option("--serial <serial>", "which phone, as adb devices names it"),
      new Option("--adb-host <host>", "where the adb server is (default: as adb itself finds it)"),
      new Option("--adb-port <number>", "its port").argParser(port),
      new Option("--usb-video <what>", "what is filmed").choices(["camera", "screen"]).default("camera"),
      new Option("--camera <which>", "which camera").choices(["back", "front", "external"]).default("back"),
      new Option("--size <size>", `width and height of pictures (default: ${usualSize})`).argParser(readSize),
      new Option("--fps <number>", `pictures a second (default: ${framesPerSecond.usual})`).argParser(
        integerFrom(framesPerSecond.lowest, framesPerSecond.highest),
      ),
      new Option("--bitrate <bits>", `bits a second of pictures (default: ${videoBitrate.usual / 1000}k)`).argParser(
        readBitrate,
      ),
      new Option("--no-audio", "send no sound"),
    ],
  ],
  [
    "Logs and figures:",
    [
      new Option("--status-host <host>", "address for status page and figures; there is no password").default(
        "127.0.0.1",
      ),
      new Option("--status-port <number>", "port for them; 0 takes any free one").argParser(portOrAny).default(9365),
      new Option("--log-level <level>", "how much is logged")
        .choices(["debug", "info", "warn", "error", "silent"])
        .default("info"),
      new Option("--log-format <format>", "how log lines look").choices(["auto", "pretty", "json"]).default("auto"),
      new Option("--no-qr", "show no QR code"),
    ],
  ],
];

/** Every option but those of all programs, in the order of help. */
export const programOptions: readonly Option[] = groups.flatMap(([, options]) => options);

/**
 * Reads the arguments behind the program's name. Throws a `CommandLineExit` if there is nothing more to do, or a
 * `UsageError` if options that are good alone make no sense together.
 */
export function parseCommandLine(
  args: readonly string[],
  environment: Environment,
  output: CommandLineOutput,
): BridgeSettings {
  const described = new Command("android-push-bridge").description("Turns Android phones into RTMP publishers.");
  const command = withManners(described, version, output).addHelpText("after", explanation);
  for (const [title, options] of groups) {
    for (const option of options) command.addOption(option.helpGroup(title));
  }
  parseArguments(command, args);
  return settingsOf(command.opts<GivenOptions>(), environment);
}

function settingsOf(given: GivenOptions, environment: Environment): BridgeSettings {
  const targets = given.target ?? secretsOf(environment, "BRIDGE_TARGET", readTarget) ?? [usualTarget];
  const tokens = given.token ?? secretsOf(environment, "BRIDGE_TOKEN", readToken) ?? [];
  const { source, host, httpPort, tcpPort, publicUrl, statusHost, statusPort, graceMs, logLevel, logFormat } = given;
  refuseNonsense(given, targets, tokens);
  return {
    ...{ targets, tokens, source, host, port: given.port, httpPort, tcpPort, publicUrl, statusHost, statusPort },
    ...{ graceMs, logLevel, logFormat },
    hasNewLinks: given.newLinks === true,
    usb: usbOptions(given),
    trustsProxy: given.trustProxy === true,
    origins: given.origin ?? [],
    tls: given.cert === undefined || given.key === undefined ? undefined : { cert: given.cert, key: given.key },
    stateFolder: resolve(given.stateDir ?? usualStateFolder(environment)),
    hasQr: given.qr,
  };
}

function refuseNonsense(given: GivenOptions, targets: readonly string[], tokens: readonly string[]): void {
  if (new Set(targets.map(spelling)).size < targets.length) {
    throw new UsageError("Two targets are the same: each phone needs one of its own.");
  }
  if (tokens.length > 0 && tokens.length !== targets.length) {
    throw new UsageError(
      `There are ${targets.length} targets and ${tokens.length} tokens: give one token for each target.`,
    );
  }
  if (new Set(tokens).size < tokens.length)
    throw new UsageError("Two tokens are the same: no phone could be told apart.");
  if ((given.cert === undefined) !== (given.key === undefined)) {
    throw new UsageError("--cert and --key belong together: give both, or neither for a self-signed certificate.");
  }
  if (given.source === "adb" && targets.length > 1) {
    throw new UsageError("--source adb feeds one target: start the program again for another phone on a cable.");
  }
}

/** The one spelling of a target that may be written in several ways, with a slash or a port too many. */
function spelling(target: string): string {
  const { tcUrl, streamKey } = parseRtmpUrl(target);
  return `${tcUrl}/${streamKey}`;
}

/** Secrets from an environment variable, whose values no complaint shows. */
function secretsOf(
  environment: Environment,
  name: string,
  read: (text: string) => string,
): readonly string[] | undefined {
  const texts = (environment[name] ?? "").split(/\s+/).filter((text) => text !== "");
  try {
    return texts.length === 0 ? undefined : texts.map(read);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new UsageError(`The environment variable ${name} is not valid. ${error.message}`);
  }
}

function usbOptions(given: GivenOptions): UsbOptions {
  const { adbHost, adbPort, serial, scrcpyServer, scrcpyVersion, usbVideo, camera, size, fps, bitrate, audio } = given;
  const isScreen = usbVideo === "screen";
  const options = {
    ...{ adbHost, adbPort, serial, scrcpyServer, scrcpyVersion, video: usbVideo, facing: camera },
    size: isScreen ? undefined : size,
    // A screen keeps its shape: only how large it may get can be chosen.
    maxSize: isScreen && size !== undefined ? Math.max(...size.split("x").map(Number)) : undefined,
    framesPerSecond: fps,
    videoBitrate: bitrate,
    hasAudio: audio,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
