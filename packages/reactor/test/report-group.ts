import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type NetConnectOpts, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, type LoopEnd, LoopGroup, type LoopGroupOptions } from "../src/index.ts";
import type { Order, Report } from "./report-loop.ts";

/** A client that a loop serves. */
export interface ServedClient {
  readonly socket: Socket;
  readonly loop: number;
  readonly id: number;
  /** All that came after the greeting. */
  readonly received: () => string;
  readonly closed: Promise<void>;
}

/** A group whose loops run `report-loop.ts`, and all that was told of it. */
export class ReportGroup implements AsyncDisposable {
  readonly group: LoopGroup;
  readonly reports: { readonly loop: number; readonly report: Report }[] = [];
  readonly starts: number[] = [];
  readonly ends: { readonly loop: number; readonly end: LoopEnd }[] = [];
  readonly errors: unknown[] = [];
  /** The primary's, as they stand. */
  readonly links: Map<number, Connection> = new Map<number, Connection>();
  readonly linkEvents: string[] = [];
  readonly folder: string = mkdtempSync(join(tmpdir(), "reactor-test-"));
  port = 0;
  readonly #clients: Socket[] = [];
  #waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];

  constructor(options: Partial<LoopGroupOptions> = {}) {
    this.group = new LoopGroup({
      loops: 2,
      entry: new URL("./report-loop.ts", import.meta.url),
      onMessage: (loop, report) => this.#told(() => this.reports.push({ loop, report: report as Report })),
      onLoopStart: (loop) => this.#told(() => this.starts.push(loop)),
      onLoopEnd: (loop, end) => this.#told(() => this.ends.push({ loop, end })),
      onError: (error) => this.#told(() => this.errors.push(error)),
      onLink: (loop, link) => this.#told(() => this.#onLink(loop, link)),
      ...options,
    });
  }

  static async listen(options: Partial<LoopGroupOptions> = {}): Promise<ReportGroup> {
    const group = new ReportGroup(options);
    ({ port: group.port } = await group.group.listen({ port: 0 }));
    return group;
  }

  /** Resolves when `isMet` is; it is asked whenever the group tells something. */
  until(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isMet, resolve });
      this.#told(() => undefined);
    });
  }

  /** The reports of one kind. */
  heard<Kind extends Report["report"]>(
    kind: Kind,
    loop?: number,
  ): (Extract<Report, { readonly report: Kind }> & { readonly loop: number })[] {
    return this.reports.flatMap(({ loop: from, report }) =>
      report.report === kind && (loop === undefined || loop === from)
        ? [{ ...(report as Extract<Report, { readonly report: Kind }>), loop: from }]
        : [],
    );
  }

  order(loop: number, order: Order): void {
    if (!this.group.send(loop, order)) throw new Error(`there is no loop ${loop}`);
  }

  /** Has a loop do nothing, from now until the returned function is called. */
  async block(loop: number): Promise<() => void> {
    const untilFile = join(this.folder, `unblock-${loop}`);
    this.order(loop, { order: "echo", value: "about to block" });
    this.order(loop, { order: "block", untilFile });
    await this.until(() => this.heard("echo", loop).some(({ value }) => value === "about to block"));
    return () => writeFileSync(untilFile, "");
  }

  async pidOf(loop: number): Promise<number> {
    await this.until(() => this.heard("started", loop).length > 0);
    return this.heard("started", loop)[0]?.pid ?? 0;
  }

  /** Connects, without waiting for anything. */
  dial(options: Partial<NetConnectOpts> = {}): Socket {
    const socket = connect({ host: "127.0.0.1", ...options, port: this.port });
    this.watch(socket);
    return socket;
  }

  watch(socket: Socket): void {
    socket.on("error", () => undefined);
    this.#clients.push(socket);
  }

  /** Connects, and waits for the greeting of a loop. */
  connect(options: Partial<NetConnectOpts> = {}): Promise<ServedClient> {
    return served(this.dial(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.group.close();
    rmSync(this.folder, { recursive: true });
  }

  #onLink(loop: number, link: Connection): void {
    this.links.set(loop, link);
    this.linkEvents.push(`link ${loop}`);
    link.open({
      data: (bytes) => this.#told(() => this.linkEvents.push(`from ${loop}: ${String(Buffer.from(bytes))}`)),
      close: () =>
        this.#told(() => {
          this.links.delete(loop);
          this.linkEvents.push(`closed ${loop}`);
        }),
    });
  }

  #told(note: () => unknown): void {
    note();
    const met = this.#waiting.filter(({ isMet }) => isMet());
    this.#waiting = this.#waiting.filter((waiting) => !met.includes(waiting));
    for (const { resolve } of met) resolve();
  }
}

/** Waits for the greeting of a loop. */
export async function served(socket: Socket): Promise<ServedClient> {
  let text = "";
  const gone = closed(socket);
  const greeted = new Promise<void>((resolve, reject) => {
    socket.on("data", (bytes) => {
      text += String(bytes);
      if (text.includes("\n")) resolve();
    });
    socket.on("close", () => reject(new Error(`closed before the greeting, after ${JSON.stringify(text)}`)));
  });
  await greeted;
  const greeting = /^loop (\d+) connection (\d+) from 127\.0\.0\.\d+\n/.exec(text);
  if (greeting === null) throw new Error(`not a greeting: ${text}`);
  const [line, loop, id] = greeting;
  return { socket, loop: Number(loop), id: Number(id), received: () => text.slice(line.length), closed: gone };
}

/** Looks again and again, a turn of the loop apart, until `isMet` is. */
export async function eventually(isMet: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isMet())) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when the socket is closed, by an error or in good order. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}
