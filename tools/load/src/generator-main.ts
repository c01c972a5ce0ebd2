// One generator process: takes orders from the process that forked it and answers.
import { Generator } from "./generator.ts";
import { openMedia } from "./media-source.ts";
import type { Answer, Order } from "./orders.ts";

const PROGRESS_MS = 200;
/** Of each process: the tenth reason is no news. */
const MAX_TROUBLES = 5;

let generator: Generator | undefined;
let troubles = 0;

// Interrupts reach the whole group of the terminal; this process ends when the one that started it lets it.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(0));
process.on("message", (order: Order) => void obey(order));

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case "setup": {
      const { setup } = order;
      setTimeout(() => process.exit(3), setup.limitMs).unref();
      generator = new Generator(setup, await openMedia(setup.media), (text) => {
        if (troubles++ < MAX_TROUBLES) answer({ kind: "trouble", text });
      });
      setInterval(sayProgress, PROGRESS_MS);
      answer({ kind: "ready" });
      return;
    }
    case "connect":
      return generator?.connect(order.role, order.perSecond);
    case "measure":
      return generator?.measure(order.fromUs, order.toUs);
    case "stop-publishing":
      if (generator !== undefined) answer({ kind: "stopped", ...generator.stopPublishing() });
      return;
    case "report": {
      const report = await generator?.report(order.finals, order.waitMs);
      if (report !== undefined) answer({ kind: "report", report });
      return;
    }
    case "leave":
      await generator?.leave();
      process.exit(0);
  }
}

function sayProgress(): void {
  if (generator !== undefined) answer({ kind: "progress", progress: generator.progress });
}

function answer(said: Answer): void {
  if (process.connected) process.send?.(said);
}
