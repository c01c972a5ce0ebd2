import { readFileSync } from "node:fs";

/** Memory of this process, what it shares with others divided among them (PSS); undefined where the system does not tell. */
export function proportionalMegabytes(): number | undefined {
  try {
    return parseRollup(readFileSync("/proc/self/smaps_rollup", "utf8"));
  } catch {
    return undefined; // not Linux
  }
}

/** What `smaps_rollup` says. */
export function parseRollup(rollup: string): number | undefined {
  const [, kilobytes] = /^Pss: +(\d+) kB$/m.exec(rollup) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}
