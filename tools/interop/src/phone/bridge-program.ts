import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Program, Programs } from "../program.ts";

const bridgeProgram = fileURLToPath(new URL("../../../../apps/android-push-bridge/src/main.ts", import.meta.url));

/** What the bridge says when it listens. */
interface ListeningEntry {
  readonly listening?: {
    readonly port: number;
    readonly httpPort: number;
    readonly tcpPort: number;
    readonly statusUrl: string;
    readonly links: readonly { readonly url: string }[];
  };
}

/** Where a bridge can be reached. */
export interface BridgeAddress {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly tcpPort: number;
  readonly statusUrl: string;
  readonly tokens: readonly string[];
}

/** The bridge as a process of its own, with state of its own. */
export class BridgeProgram implements AsyncDisposable {
  readonly address: BridgeAddress;
  readonly #program: Program;
  readonly #folder: string;

  private constructor(program: Program, folder: string, address: BridgeAddress) {
    this.#program = program;
    this.#folder = folder;
    this.address = address;
  }

  /** Starts it for so many targets; resolves when it listens, on ports that the system chose. */
  static async start(
    programs: Programs,
    targets: readonly string[],
    args: readonly string[] = [],
  ): Promise<BridgeProgram> {
    const folder = await mkdtemp(join(tmpdir(), "bridge-state-"));
    const ports = ["--host", "127.0.0.1", "--port", "0", "--http-port", "0", "--tcp-port", "0", "--status-port", "0"];
    const program = programs.start(
      process.execPath,
      [
        "--conditions=@rtmp/source",
        bridgeProgram,
        ...targets.flatMap((target) => ["--target", target]),
        ...ports,
        ...["--state-dir", folder, "--log-format", "json"],
        ...args,
      ],
      120_000,
    );
    const isListening = (stdout: Buffer): boolean => stdout.toString().includes('"listening"');
    await program.until(({ stdout }) => isListening(stdout));
    return new BridgeProgram(program, folder, addressIn(program.stdout.toString()));
  }

  /** The page of the first phone, or of another, over plain HTTP on this machine. `more` is appended to the fragment. */
  page(more: string = "", phone: number = 0, port: number = this.address.httpPort): string {
    return `http://localhost:${port}/#t=${this.address.tokens[phone] ?? ""}${more}`;
  }

  /** Everything it has logged. */
  get log(): string {
    return this.#program.stdout.toString();
  }

  /** Resolves when a line of its log has `words`. */
  logs(words: string): Promise<void> {
    return this.#program.until(({ stdout }) => stdout.toString().includes(words));
  }

  /** Its figures. */
  async stats(): Promise<BridgeFigures> {
    const response = await fetch(new URL("/stats", this.address.statusUrl));
    return (await response.json()) as BridgeFigures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#program.kill("SIGTERM");
    await this.#program.ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What the cases look at in the figures. */
export interface BridgeFigures {
  readonly streams: readonly {
    readonly name: string;
    readonly state: string;
    readonly connections: number;
    readonly rtmpSessions: number;
    readonly bitrate: number;
    readonly report?: { readonly bitrate?: number; readonly droppedFrames?: number };
  }[];
}

function addressIn(log: string): BridgeAddress {
  for (const line of log.split("\n")) {
    const { listening } = line.includes('"listening"') ? (JSON.parse(line) as ListeningEntry) : {};
    if (listening === undefined) continue;
    const { port: httpsPort, httpPort, tcpPort, statusUrl, links } = listening;
    return { httpPort, httpsPort, tcpPort, statusUrl, tokens: links.map(({ url }) => /#t=(.*)$/.exec(url)?.[1] ?? "") };
  }
  throw new Error(`the bridge does not say where it listens: ${log}`);
}
