import { readFileSync } from "node:fs";

/** The version in the package.json one folder up from a module: from a source in `src`, and from what is built of it. */
export function packageVersion(moduleUrl: string): string {
  const text = readFileSync(new URL("../package.json", moduleUrl), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
