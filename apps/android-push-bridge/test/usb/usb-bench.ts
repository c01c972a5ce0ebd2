import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ScrcpySource } from "../../src/usb/scrcpy-source.ts";
import type { ScrcpySourceOptions } from "../../src/usb/scrcpy-source.ts";
import type { UsbOptions } from "../../src/usb/usb-options.ts";
import { AdbServerProgram } from "./adb-program.ts";
import type { EncodedTrack } from "./phone-media.ts";
import type { PretendPhone, PretendScrcpy } from "./pretend-phone.ts";
import { RecordingStream } from "./recording-stream.ts";

/** What stands in for scrcpy's server; a phone stores it and looks at nothing in it. */
export const serverContent: Buffer = Buffer.alloc(150_000, "not the real one ");

/** The real adb as a server, pretend phones that it knows, and a source with a stream that keeps everything. */
export class UsbBench implements AsyncDisposable {
  readonly adb: AdbServerProgram;
  readonly stream: RecordingStream = new RecordingStream();
  readonly #folder: string;
  readonly #phones = new Set<PretendPhone>();
  #source: ScrcpySource | undefined;

  private constructor(adb: AdbServerProgram, folder: string) {
    this.adb = adb;
    this.#folder = folder;
  }

  /** Starts adb and plugs the phones in. */
  static async start(...phones: readonly PretendPhone[]): Promise<UsbBench> {
    const adb = await AdbServerProgram.start();
    const folder = await mkdtemp(join(tmpdir(), "scrcpy-"));
    await writeFile(join(folder, "scrcpy-server"), serverContent);
    const bench = new UsbBench(adb, folder);
    for (const phone of phones) await bench.plugIn(phone);
    return bench;
  }

  /** The file that stands in for scrcpy's server. */
  get scrcpyServer(): string {
    return join(this.#folder, "scrcpy-server");
  }

  /** Plugs a phone in, and once more if it was there before; pulls it out at the end. */
  async plugIn(phone: PretendPhone): Promise<void> {
    this.#phones.add(phone);
    await phone.adbd.pullOut();
    await phone.adbd.plugIn();
    await this.adb.adb("disconnect", phone.adbd.serial).catch(() => undefined); // what adb still remembers of it
    await this.adb.adb("connect", phone.adbd.serial);
  }

  /** The source, not running yet; pauses take a tenth of their time. */
  source(usb: UsbOptions = {}, changes: Partial<ScrcpySourceOptions> = {}): ScrcpySource {
    const { scrcpyServer } = this;
    return (this.#source = new ScrcpySource({
      usb: { adbPort: this.adb.port, scrcpyServer, scrcpyVersion: "4.1", ...usb },
      attach: this.stream.attach,
      log: this.stream,
      environment: this.adb.environment,
      wait: (ms, signal) => sleep(ms / 10, undefined, { signal }).catch(() => undefined),
      ...changes,
    }));
  }

  /** Runs the source; what it ends with is the test's to look at. */
  run(usb: UsbOptions = {}, changes: Partial<ScrcpySourceOptions> = {}): Promise<void> {
    const ran = this.source(usb, changes).run();
    ran.catch(() => undefined);
    return ran;
  }

  /** Runs the source, and gives the server that it starts on the phone. */
  async runOn(
    phone: PretendPhone,
    usb: UsbOptions = {},
    changes: Partial<ScrcpySourceOptions> = {},
  ): Promise<PretendScrcpy> {
    const started = nextServer(phone);
    void this.run(usb, changes);
    return await started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source?.close();
    for (const phone of this.#phones) await phone.adbd.pullOut();
    await this.adb[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true });
  }
}

/** The next start of scrcpy's server on a phone; ask before it can happen. */
export async function nextServer(phone: PretendPhone): Promise<PretendScrcpy> {
  const [server] = (await once(phone, "server")) as [PretendScrcpy];
  return server;
}

/** Sends a whole track. */
export function sendTrack(server: PretendScrcpy, track: "video" | "audio", media: EncodedTrack): void {
  server.sendConfig(track, media.config);
  for (const frame of media.frames) server.sendFrame(track, frame.timestampUs, frame.payload, frame.isKeyFrame);
}
