import { EventEmitter } from "node:events";
import { concat } from "@rtmp/testkit";
import type { ScrcpyLayout } from "../../src/usb/scrcpy-version.ts";
import { PretendAdbd } from "./pretend-adbd.ts";
import type { AdbdChannel } from "./pretend-adbd.ts";
import { audioHeader, packet, prelude, sessionPacket, videoHeader } from "./scrcpy-wire.ts";

/** How a pretend phone differs from one that does everything right. */
export interface PretendPhoneOptions {
  /** The version of the scrcpy server that was pushed to it, whatever it is told. */
  readonly serverVersion?: string;
  readonly layout?: ScrcpyLayout;
  readonly model?: string;
  /** Whether somebody has allowed USB debugging on it. */
  readonly isTrusting?: boolean;
  /** How often its socket is not there yet. */
  readonly refusals?: number;
  /** What storing a file on it is answered with. */
  readonly storeError?: string;
  /** What its server says before it ends, instead of sending anything. */
  readonly failure?: readonly string[];
}

/** A file that was stored on a pretend phone. */
export interface StoredFile {
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer;
}

/** Scrcpy's server while it runs on a pretend phone: the test says what it sends. */
export class PretendScrcpy {
  readonly version: string;
  readonly options: ReadonlyMap<string, string>;
  readonly layout: ScrcpyLayout;
  readonly shell: AdbdChannel;
  readonly video: AdbdChannel;
  readonly audio: AdbdChannel | undefined;

  constructor(layout: ScrcpyLayout, start: ServerStart, channels: readonly AdbdChannel[]) {
    this.layout = layout;
    this.version = start.version;
    this.options = start.options;
    this.shell = start.shell;
    const [video, audio] = channels;
    this.video = video!;
    this.audio = audio;
  }

  /** Says what every stream begins with. `hasSound` false: the phone cannot record. */
  begin(width: number, height: number, hasSound = true): void {
    this.video.write(concat(prelude("Pretend 5"), videoHeader(this.layout, width, height)));
    this.audio?.write(hasSound ? audioHeader : new Uint8Array(4));
  }

  /** Turns the phone. Up to scrcpy 3 only the config says so. */
  rotate(width: number, height: number): void {
    if (this.layout === "session-packets") this.video.write(sessionPacket(width, height));
  }

  /** SPS and PPS, or an AudioSpecificConfig. */
  sendConfig(track: "video" | "audio", payload: Uint8Array): void {
    this[track]?.write(packet(this.layout, { isConfig: true, payload }));
  }

  /** One picture or one piece of sound. */
  sendFrame(track: "video" | "audio", timestampUs: number, payload: Uint8Array, isKeyFrame = false): void {
    this[track]?.write(packet(this.layout, { timestampUs, isKeyFrame, payload }));
  }

  /** The server ends, and its connections and its shell with it. */
  end(): void {
    this.video.end();
    this.audio?.end();
    this.shell.end();
  }
}

interface ServerStart {
  readonly version: string;
  readonly options: ReadonlyMap<string, string>;
  readonly shell: AdbdChannel;
  readonly channels: AdbdChannel[];
  refusals: number;
}

/** A phone with adb, a shell that knows scrcpy's server, and a place to store files. */
export class PretendPhone extends EventEmitter<{ server: [PretendScrcpy] }> {
  readonly adbd: PretendAdbd;
  readonly files: StoredFile[] = [];
  readonly commands: string[] = [];
  readonly #options: PretendPhoneOptions;
  readonly #servers = new Map<string, ServerStart>();

  constructor(options: PretendPhoneOptions = {}) {
    super();
    this.#options = options;
    const services = (service: string, channel: AdbdChannel): boolean => this.#serve(service, channel);
    this.adbd = new PretendAdbd(services, options.model ?? "Pretend_5", options.isTrusting ?? true);
  }

  #serve(service: string, channel: AdbdChannel): boolean {
    if (service === "sync:") return this.#sync(channel);
    if (service.startsWith("shell:")) return this.#shell(service.slice(6), channel);
    if (service.startsWith("localabstract:")) return this.#connect(service.slice(14), channel);
    return false;
  }

  #sync(channel: AdbdChannel): boolean {
    const reader = new SyncReader((file) => {
      const { storeError } = this.#options;
      if (storeError === undefined) this.files.push(file);
      channel.write(syncReply(storeError));
    });
    channel.onBytes = (bytes) => reader.push(bytes, () => channel.end());
    return true;
  }

  #shell(command: string, channel: AdbdChannel): boolean {
    this.commands.push(command);
    const words = /^CLASSPATH=(\S+) app_process \/ com\.genymobile\.scrcpy\.Server (\S+) (.+)$/.exec(command);
    const [, path, version, rest] = words ?? [];
    if (version === undefined || rest === undefined || !this.files.some((file) => file.path === path)) {
      channel.write(Buffer.from(`sh: ${command}: not found\n`));
      channel.end();
      return true;
    }
    const own = this.#options.serverVersion ?? version;
    const mismatch = `[server] ERROR: The server version (${own}) does not match the client (${version})`;
    const failure = own === version ? this.#options.failure : [mismatch, "java.lang.IllegalArgumentException"];
    channel.write(Buffer.from("[server] INFO: Device: [pretend] Pretend 5 (Android 14)\n"));
    for (const line of failure ?? []) channel.write(Buffer.from(`${line}\n`));
    if (failure !== undefined) {
      channel.end();
      return true;
    }
    const options = new Map(rest.split(" ").map(keyAndValue));
    const start = { version, options, shell: channel, channels: [], refusals: this.#options.refusals ?? 0 };
    this.#servers.set(`scrcpy_${options.get("scid") ?? ""}`, start);
    return true;
  }

  #connect(name: string, channel: AdbdChannel): boolean {
    const start = this.#servers.get(name);
    if (start === undefined || start.refusals-- > 0) return false;
    start.channels.push(channel);
    channel.onClose = () => start.shell.end();
    const wanted = start.options.get("audio") === "false" ? 1 : 2;
    if (start.channels.length === wanted) {
      this.#servers.delete(name); // nobody listens any more
      const layout = this.#options.layout ?? "session-packets";
      this.emit("server", new PretendScrcpy(layout, start, start.channels));
    }
    return true;
  }
}

function keyAndValue(word: string): readonly [string, string] {
  const at = word.indexOf("=");
  return [word.slice(0, at), word.slice(at + 1)];
}

/** What storing a file is answered with: OKAY, or FAIL with a reason. */
function syncReply(reason: string | undefined): Buffer {
  const text = Buffer.from(reason ?? "");
  const header = Buffer.alloc(8);
  header.write(reason === undefined ? "OKAY" : "FAIL", "latin1");
  header.writeUInt32LE(text.length, 4);
  return Buffer.concat([header, text]);
}

/** Reads what the sync service is told: SEND, DATA, DONE, QUIT. */
class SyncReader {
  readonly #onFile: (file: StoredFile) => void;
  #held: Buffer = Buffer.alloc(0);
  #target = "";
  #blocks: Buffer[] = [];

  constructor(onFile: (file: StoredFile) => void) {
    this.#onFile = onFile;
  }

  push(bytes: Buffer, onQuit: () => void): void {
    this.#held = Buffer.concat([this.#held, bytes]);
    while (this.#held.length >= 8) {
      const id = this.#held.toString("latin1", 0, 4);
      const size = id === "SEND" || id === "DATA" ? this.#held.readUInt32LE(4) : 0;
      if (this.#held.length < 8 + size) return;
      const payload = this.#held.subarray(8, 8 + size);
      this.#held = this.#held.subarray(8 + size);
      if (id === "SEND") this.#target = payload.toString();
      else if (id === "DATA") this.#blocks.push(payload);
      else if (id === "DONE") this.#finish();
      else onQuit();
    }
  }

  #finish(): void {
    const [path = "", mode] = this.#target.split(",");
    this.#onFile({ path, mode: Number(mode), content: Buffer.concat(this.#blocks) });
    this.#blocks = [];
  }
}
