import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { BridgeLog } from "../bridge/bridge-log.ts";
import type { StreamFeed, StreamSource } from "../bridge/stream-source.ts";
import type { Frame } from "../protocol/frame.ts";
import type { OutputState, RefusalCode } from "../protocol/words.ts";
import { resolveAdbAddress } from "./adb-address.ts";
import { AdbClient } from "./adb-client.ts";
import { chooseAdbDevice } from "./adb-devices.ts";
import type { AdbDevice } from "./adb-devices.ts";
import { ensureAdbServer } from "./adb-server.ts";
import { ClockComparison } from "./clock-comparison.ts";
import { scrcpyCommand, serverPathOnPhone } from "./scrcpy-command.ts";
import type { ScrcpyEvent } from "./scrcpy-demuxer.ts";
import { scrcpyFrame } from "./scrcpy-frames.ts";
import type { ScrcpyTrack } from "./scrcpy-frames.ts";
import { findScrcpyServer } from "./scrcpy-server-file.ts";
import type { ScrcpyServerFile } from "./scrcpy-server-file.ts";
import { runScrcpy } from "./scrcpy-session.ts";
import type { Wait } from "./scrcpy-session.ts";
import type { UsbOptions } from "./usb-options.ts";
import { UsbRetry } from "./usb-retry.ts";

/** What a `ScrcpySource` needs from its surroundings. */
export interface ScrcpySourceOptions {
  readonly usb: UsbOptions;
  /** Makes the source feed the stream; called again each time the phone is back. */
  readonly attach: (source: StreamSource) => StreamFeed;
  /** Texts may hold words of the phone's; each line has its serial. */
  readonly log: BridgeLog;
  /** Where `adb` and scrcpy's server are looked for; the process's own unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Real time unless given. */
  readonly wait?: Wait;
  /** How long a camera may give no picture, in milliseconds; 15 000 unless given. */
  readonly idleTimeoutMs?: number;
}

const defaultIdleTimeoutMs = 15_000;
const realWait: Wait = (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined);

/**
 * Feeds a stream from an Android phone on a cable, through adb and the user's copy of scrcpy's server. A phone that
 * leaves is waited for. `run` begins, `close` ends; a stream that has done with it ends it too.
 */
export class ScrcpySource implements StreamSource {
  /** Without a control connection the phone cannot be asked. Its encoder makes a key frame every two seconds. */
  readonly requestKeyFrame: undefined;
  readonly #options: ScrcpySourceOptions;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #wait: Wait;
  readonly #ending = new AbortController();
  readonly #retry = new UsbRetry();
  #ran: Promise<void> | undefined;
  #feed: StreamFeed | undefined;
  #serial: string | undefined;
  #device = "Android phone";
  #session: string = randomUUID();
  #clock: "common" | "separate" = "common";
  #clocks = new ClockComparison();
  #lastTimestampUs = 0;
  #size: { readonly width: number; readonly height: number } | undefined;
  readonly #configs = new Map<ScrcpyTrack, Frame>();
  #lastComplaint = "";

  constructor(options: ScrcpySourceOptions) {
    this.#options = options;
    this.#environment = options.environment ?? process.env;
    this.#wait = options.wait ?? realWait;
  }

  /** The phone's own name, or its model, as far as it is known yet. */
  get device(): string {
    return this.#device;
  }

  /** Changes only if the phone's clock has begun anew, which a restart of the phone does. */
  get session(): string {
    return this.#session;
  }

  /** One clock, unless the phone's first timestamps showed two. */
  get clock(): "common" | "separate" {
    return this.#clock;
  }

  /**
   * Feeds the stream until `close`, or until the stream has done with it. Rejects with an `AdbError` or a `ScrcpyError`
   * if only the user can help: no adb, no server file, a wrong version or option, several phones. Call it once.
   */
  run(): Promise<void> {
    return (this.#ran ??= this.#run());
  }

  /** Ends the stream without grace and resolves when nothing is open any more. Twice is fine. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#detach("ended");
    await this.#ran?.catch(() => undefined);
  }

  /** Writes into the log how far the stream gets. */
  onOutput(state: OutputState): void {
    this.#log("debug", `the server is ${state.state}${state.detail === undefined ? "" : `: ${state.detail}`}`);
  }

  /** Lets the phone go for good. */
  end(code: RefusalCode, detail: string): void {
    this.#log("warn", `the stream has ended: ${detail} (${code})`);
    this.#feed = undefined;
    this.#ending.abort();
  }

  async #run(): Promise<void> {
    const { usb } = this.#options;
    const { signal } = this.#ending;
    const address = resolveAdbAddress({ host: usb.adbHost, port: usb.adbPort }, this.#environment);
    const file = await findScrcpyServer(usb, this.#environment);
    scrcpyCommand({ version: file.version, path: serverPathOnPhone(file.version), scid: 0 }, usb); // checks the options
    const client = new AdbClient(address);
    while (!signal.aborted) {
      let failure: unknown;
      try {
        await ensureAdbServer(address, this.#environment, signal);
        await this.#stream(client, file);
      } catch (error) {
        failure = error;
      }
      this.#detach("lost");
      if (isAborted(signal)) return;
      const pauseMs = this.#retry.pauseAfter(failure);
      if (pauseMs === undefined) throw failure;
      this.#complain(failure instanceof Error ? failure.message : "the phone has ended the stream");
      await this.#wait(pauseMs, signal);
    }
  }

  async #stream(client: AdbClient, file: ScrcpyServerFile): Promise<void> {
    const { usb } = this.#options;
    const { signal } = this.#ending;
    const device = this.#choose(await client.devices(signal));
    this.#serial = device.serial;
    this.#device = device.name;
    this.#clocks = new ClockComparison();
    this.#configs.clear();
    this.#log("info", `starting scrcpy ${file.version} on ${device.name}`);
    await runScrcpy({
      client,
      serial: device.serial,
      file,
      options: usb,
      scid: randomInt(2 ** 31),
      wait: this.#wait,
      idleTimeoutMs: this.#options.idleTimeoutMs ?? defaultIdleTimeoutMs,
      signal,
      onEvent: (track, event) => this.#take(track, event),
      onLine: (line) => this.#log(/\b(?:WARN|ERROR)\b/.test(line) ? "warn" : "debug", line),
    });
  }

  /** The phone of before, if it is there again; another must not take its place only because it was quicker. */
  #choose(devices: readonly AdbDevice[]): AdbDevice {
    const isBack = devices.some((device) => device.serial === this.#serial && device.state === "device");
    return chooseAdbDevice(devices, this.#options.usb.serial ?? (isBack ? this.#serial : undefined));
  }

  #take(track: ScrcpyTrack, event: ScrcpyEvent): void {
    switch (event.kind) {
      case "device-name":
        this.#device = event.name.slice(0, 64) || this.#device;
        return;
      case "disabled":
        this.#log("warn", "the phone sends no sound; Android 11 or newer is needed, and the phone unlocked");
        return;
      case "session":
        this.#size = { width: event.width, height: event.height };
        this.#feed?.report(this.#size);
        return;
      case "config":
      case "frame": {
        const frame = scrcpyFrame(track, event)!;
        if (event.kind === "frame") this.#beforeFrame(track, event.timestampUs);
        else this.#configs.set(track, { ...frame, payload: frame.payload.slice() });
        this.#feed?.push(frame);
      }
    }
  }

  #beforeFrame(track: ScrcpyTrack, timestampUs: number): void {
    if (this.#clock === "common" && !this.#clocks.isCommon(track, timestampUs, performance.now())) {
      this.#log("warn", "the phone stamps pictures and sound by two clocks: each is timed by its arrival");
      this.#detach("lost");
      this.#clock = "separate";
      this.#session = randomUUID();
    }
    if (this.#feed === undefined && !this.#ending.signal.aborted) this.#attach(timestampUs);
    this.#lastTimestampUs = timestampUs;
  }

  #attach(timestampUs: number): void {
    if (timestampUs < this.#lastTimestampUs) this.#session = randomUUID();
    this.#feed = this.#options.attach(this);
    this.#retry.succeeded();
    this.#lastComplaint = "";
    if (this.#size !== undefined) this.#feed.report(this.#size);
    for (const config of this.#configs.values()) this.#feed.push({ ...config, payload: config.payload.slice() });
    this.#log("info", `${this.#device} is sending`);
  }

  #detach(why: "lost" | "ended"): void {
    this.#feed?.detach(why);
    this.#feed = undefined;
  }

  #log(level: "debug" | "info" | "warn", message: string): void {
    this.#options.log[level](this.#serial === undefined ? {} : { serial: this.#serial }, message);
  }

  #complain(message: string): void {
    if (message === this.#lastComplaint) return; // said once, not each second
    this.#lastComplaint = message;
    this.#log("warn", message);
  }
}

/** The signal may have been aborted while something was awaited. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
