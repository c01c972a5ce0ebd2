import { readFileSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";

/** One file of the phone's page. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** The phone's page: path → file; `/` is the page itself. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const contentTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** A file of the page by its name, from which browsers are told what it is. */
export function pageFile(name: string, body: Uint8Array): PageFile {
  return { contentType: contentTypes[extname(name)] ?? "application/octet-stream", body };
}

/** Reads a page that was built into a folder; `index.html` is `/` too. Throws Node's own error if there is none. */
export function readPageFiles(folder: string): PageFiles {
  const files = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const urlPath = path.slice(folder.length).replaceAll("\\", "/").replace(/^\/?/, "/");
    files.set(urlPath, pageFile(entry.name, readFileSync(path)));
  }
  const index = files.get("/index.html");
  if (index !== undefined) files.set("/", index);
  return files;
}
