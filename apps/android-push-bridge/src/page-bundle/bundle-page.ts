import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { pageFile, type PageFiles } from "../http/page-files.ts";

/** What browsers load by name; everything they share, and what only some of them need, lies in chunks. */
const entries = ["page.ts", "worker.ts", "sound-worklet.ts"];
const plainFiles = ["index.html", "style.css"];

/**
 * Makes the phone's page of its sources in `folder`, in memory. The names of chunks carry a hash of what is in them;
 * the licences of what is not our own lie beside as `.LEGAL.txt`. Throws what esbuild throws if the sources are wrong.
 */
export async function bundlePage(folder: string): Promise<PageFiles> {
  const { outputFiles } = await build({
    entryPoints: entries.map((name) => join(folder, name)),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "chrome110",
    minify: true,
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "linked",
    entryNames: "[name]",
    chunkNames: "chunk-[hash]",
    write: false,
    logLevel: "silent",
  });
  const files = new Map(plainFiles.map((name) => [`/${name}`, pageFile(name, readFileSync(join(folder, name)))]));
  for (const { path, contents } of outputFiles) files.set(`/${basename(path)}`, pageFile(path, contents));
  const index = files.get("/index.html");
  if (index !== undefined) files.set("/", index);
  return files;
}
