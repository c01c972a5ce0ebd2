import { existsSync } from "node:fs";
import { type Connection, type Loop, type LoopHandler, runLoop } from "../src/index.ts";

/** What the tests tell a loop. */
export type Order =
  | { readonly order: "echo"; readonly value: unknown }
  /** Does nothing else until there is this file. */
  | { readonly order: "block"; readonly untilFile: string }
  | { readonly order: "exit"; readonly exitCode: number }
  | { readonly order: "throw" }
  | { readonly order: "link"; readonly to: number; readonly text: string }
  | { readonly order: "cut-link"; readonly to: number };

/** What a loop tells the tests. */
export type Report =
  | {
      readonly report: "started";
      readonly pid: number;
      readonly settings: unknown;
      readonly execArgv: readonly string[];
    }
  | { readonly report: "echo"; readonly value: unknown }
  | { readonly report: "open" | "closed"; readonly id: number; readonly reason?: string }
  | { readonly report: "draining" | "closing" }
  | { readonly report: "link" | "link-closed"; readonly to: number }
  | { readonly report: "link-data"; readonly to: number; readonly text: string };

/** Settings that make a loop misbehave. */
export interface ReportLoopSettings {
  readonly failAtStart?: boolean;
  /** Ends at the start if there is this file. */
  readonly failIfFile?: string;
  /** `handler.connection` throws. */
  readonly failAtConnection?: boolean;
}

function start(loop: Loop): LoopHandler {
  const tell = (report: Report): void => loop.send(report);
  const settings = (loop.settings ?? {}) as ReportLoopSettings;
  if (settings.failAtStart === true) throw new Error("told to fail at the start");
  if (settings.failIfFile !== undefined && existsSync(settings.failIfFile)) process.exit(9);
  const links = new Map<number, Connection>();
  const connections = new Set<Connection>();
  let served = 0;
  tell({ report: "started", pid: process.pid, settings: loop.settings, execArgv: process.execArgv });
  return {
    connection(connection) {
      if (settings.failAtConnection === true) throw new Error("told to fail at a connection");
      served += 1;
      connections.add(connection);
      const { id } = connection;
      connection.open({
        data: (bytes) => connection.send(bytes),
        close(reason) {
          connections.delete(connection);
          tell({ report: "closed", id, reason });
        },
      });
      connection.send(Buffer.from(`loop ${loop.id} connection ${id} from ${connection.remoteAddress}\n`));
      tell({ report: "open", id });
    },
    message(message) {
      const order = message as Order;
      switch (order.order) {
        case "echo":
          tell({ report: "echo", value: order.value });
          return;
        case "block":
          while (!existsSync(order.untilFile));
          return;
        case "exit":
          process.exit(order.exitCode);
          return;
        case "throw":
          throw new Error("told to throw");
        case "link":
          links.get(order.to)?.send(Buffer.from(order.text));
          return;
        case "cut-link":
          links.get(order.to)?.destroy("told to");
          return;
        default:
          order satisfies never;
      }
    },
    link(to, link) {
      links.set(to, link);
      tell({ report: "link", to });
      link.open({
        data: (bytes) => tell({ report: "link-data", to, text: String(Buffer.from(bytes)) }),
        close() {
          if (links.get(to) === link) links.delete(to);
          tell({ report: "link-closed", to });
        },
      });
    },
    draining: () => tell({ report: "draining" }),
    closing() {
      tell({ report: "closing" });
      for (const connection of connections) connection.send(Buffer.from("goodbye\n"));
    },
    counters: () => ({ served }),
  };
}

runLoop(start);
