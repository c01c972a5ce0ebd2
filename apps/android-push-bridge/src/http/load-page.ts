import { fileURLToPath } from "node:url";
import type { PageFiles } from "./page-files.ts";
import { readPageFiles } from "./page-files.ts";

/** Whether the program runs from its sources. */
const isSource = import.meta.url.endsWith(".ts");

/** Finds the phone's page: beside the built program, or made anew of its sources where the program runs from those. */
export async function loadPage(): Promise<PageFiles> {
  if (!isSource) return readPageFiles(fileURLToPath(new URL("./page/", import.meta.url)));
  const { bundlePage } = await import("../page-bundle/bundle-page.ts"); // the built program does without a bundler
  return bundlePage(fileURLToPath(new URL("../page/", import.meta.url)));
}
