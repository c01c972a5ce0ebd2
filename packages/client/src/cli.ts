#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { systemClock } from "./command/clock.ts";
import { run } from "./command/run.ts";

const interrupt = new AbortController();
const signals = ["SIGINT", "SIGTERM"] as const;
for (const signal of signals) {
  // Once: whoever asks again does not want to wait for good order.
  process.once(signal, () => interrupt.abort(new Error(`ended by ${signal}`)));
}

/** The published package has this file one folder below its manifest, as the sources do. */
function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return (manifest as { readonly version: string }).version;
}

const world = { stdout: process.stdout, stderr: process.stderr, interrupt: interrupt.signal, clock: systemClock };
void run(process.argv.slice(2), version, world).then((exitCode) => {
  process.exitCode = exitCode;
  for (const signal of signals) process.removeAllListeners(signal);
});
