import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PageFiles } from "./page-files.ts";
import { readPageFiles } from "./page-files.ts";

const isSource = import.meta.url.endsWith(".ts");

/** Finds the phone's page, which lies beside the built program. */
export function loadPage(): Promise<PageFiles> {
  const folder = fileURLToPath(new URL(isSource ? "../../dist/page/" : "./page/", import.meta.url));
  return Promise.resolve(existsSync(folder) ? readPageFiles(folder) : new Map([["/", missingPage]]));
}

const missingPage = {
  contentType: "text/html; charset=utf-8",
  body: Buffer.from("<!doctype html><title>Phone bridge</title><p>The page has not been built.\n"),
};
