import { readFileSync } from "node:fs";

/** The program's version, as its package.json says. */
export const version: string = readVersion();

function readVersion(): string {
  // One folder up from the source and from what is built of it.
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
