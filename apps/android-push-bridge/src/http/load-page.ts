import { fileURLToPath } from "node:url";
import type * as pageBundle from "../page-bundle/bundle-page.ts";
import type { PageFiles } from "./page-files.ts";
import { readPageFiles } from "./page-files.ts";

/**
 * Finds the phone's page: beside the built program; run from its sources, the program bundles it now. Rejects with
 * Node's own error if the build has left it out.
 */
export async function loadPage(): Promise<PageFiles> {
  if (!import.meta.url.endsWith(".ts")) return readPageFiles(fileURLToPath(new URL("./page/", import.meta.url)));
  // By a computed name, so that the built program carries no bundler.
  const bundler = new URL("../page-bundle/bundle-page.ts", import.meta.url).href;
  const { bundlePage } = (await import(bundler)) as typeof pageBundle;
  return bundlePage(fileURLToPath(new URL("../page/", import.meta.url)));
}
