import { fileURLToPath } from "node:url";
import type { PageFiles } from "./page-files.ts";
import { readPageFiles } from "./page-files.ts";

/** Whether the program runs from its sources. */
const isSource = import.meta.url.endsWith(".ts");

/** The phone's page: what the build has put beside the program or, run from sources, made of its sources now. */
export async function loadPage(): Promise<PageFiles> {
  if (!isSource) return readPageFiles(fileURLToPath(new URL("./page/", import.meta.url)));
  const bundler = "../page-bundle/bundle-page.ts"; // a name that no build follows: bundlers are no part of the program
  const { bundlePage } = (await import(bundler)) as typeof import("../page-bundle/bundle-page.ts");
  return bundlePage(fileURLToPath(new URL("../page/", import.meta.url)));
}
