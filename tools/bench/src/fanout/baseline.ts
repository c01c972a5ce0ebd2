import { buildC, CProgram } from "../c-program.ts";

/** One write to every receiver: when, in ms since the measurement began, and how many bytes. */
export interface LoggedWrite {
  readonly ms: number;
  readonly bytes: number;
}

const PROGRAM = "fanout";

/** Compiles the baseline. Throws a `MissingToolError` without gcc or Linux. */
export function buildBaseline(): void {
  buildC(PROGRAM);
}

/** Light receivers: they send a greeting, read, and forget what they read. */
export class Receivers {
  readonly #process: CProgram;

  private constructor(baseline: CProgram) {
    this.#process = baseline;
  }

  /** Connects so many, and resolves when all are connected. */
  static async connect(port: number, count: number, greeting: Uint8Array): Promise<Receivers> {
    const baseline = new CProgram(PROGRAM, ["receive", port, count, 1000]);
    baseline.give(greeting);
    await baseline.nextLine();
    return new Receivers(baseline);
  }

  /** How many bytes the one got that got the fewest. Resolves when the server has closed all connections. */
  async fewestBytes(): Promise<number> {
    return Number((await this.#process.nextLine()).split(" ")[0]);
  }

  kill(): void {
    this.#process.kill();
  }
}

/** Does the writes of `log` in C for so many receivers. Returns what one write cost, in µs of CPU. */
export async function runBaseline(log: readonly LoggedWrite[], receiverCount: number): Promise<number> {
  const server = new CProgram(PROGRAM, ["serve", receiverCount]);
  let receivers: Receivers | undefined;
  try {
    server.give(log.map(({ ms, bytes }) => `${ms.toFixed(3)} ${bytes}\n`).join(""));
    const port = Number((await server.nextLine()).split(" ")[1]);
    receivers = await Receivers.connect(port, receiverCount, new Uint8Array(0));
    await server.nextLine();
    const [writes, cpuSeconds] = (await server.nextLine()).split(" ").map(Number);
    const expected = log.reduce((sum, { bytes }) => sum + bytes, 0);
    const fewest = await receivers.fewestBytes();
    if (fewest < expected * 0.995) throw new Error(`A receiver of the baseline got ${fewest} bytes of ${expected}.`);
    return (cpuSeconds! * 1e6) / writes!;
  } finally {
    server.kill();
    receivers?.kill();
  }
}
