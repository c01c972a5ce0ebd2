import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { PageFiles } from "../../src/http/page-files.ts";
import { bundlePage } from "../../src/page-bundle/bundle-page.ts";

let files: PageFiles;

beforeAll(async () => {
  files = await bundlePage(join(import.meta.dirname, "../../src/page"));
});

function text(path: string): string {
  return Buffer.from(files.get(path)?.body ?? []).toString();
}

/** Everything that a script loads before it runs, itself included. */
function closure(path: string, seen: Set<string> = new Set<string>()): ReadonlySet<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const [, name] of text(path).matchAll(/(?:from|import)"\.\/([\w.-]+)"/g)) closure(`/${name!}`, seen);
  return seen;
}

function size(path: string): number {
  return [...closure(path)].reduce((sum, file) => sum + (files.get(file)?.body.length ?? 0), 0);
}

describe("the bundled page", () => {
  test("everything that the page names is there", () => {
    const named = [...text("/").matchAll(/(?:src|href)="([^":]+)"/g)].map(([, name]) => `/${name!}`);
    expect(named).toEqual(["/style.css", "/page.js"]);
    for (const path of [...named, "/worker.js", "/sound-worklet.js"]) expect(files.get(path), path).toBeDefined();
    expect(files.get("/index.html")).toBe(files.get("/"));
  });

  test("it holds no script and no style that its security policy forbids", () => {
    expect(text("/")).not.toMatch(/<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=|<style/);
  });

  test("screen readers are told how far the broadcast is, and not each second of it", () => {
    expect(text("/")).toMatch(/id="state-text"[^>]*role="status"/);
    expect(text("/")).toMatch(/id="time-on-air"[^>]*role="timer"/);
    expect(text("/")).not.toMatch(/id="state"[^>]*role=/);
  });

  test("page and worker are small: the AAC encoder is a chunk that they do not load by themselves", () => {
    expect(size("/page.js")).toBeLessThan(40_000);
    expect(size("/worker.js")).toBeLessThan(30_000);
    const large = [...files].filter(([path, { body }]) => path.endsWith(".js") && body.length > 500_000);
    expect(large).toHaveLength(1);
    expect(large[0]?.[1].body.length).toBeLessThan(1_300_000);
    const [name = ""] = large[0] ?? [];
    expect(closure("/worker.js").has(name)).toBe(false);
    expect(name).toMatch(/^\/chunk-[A-Z0-9]{8}\.js$/);
  });

  test("the licences of what is not our own lie beside it", () => {
    const notices = [...files.keys()].filter((path) => path.endsWith(".LEGAL.txt"));
    expect(notices).toHaveLength(1);
    expect(text(notices[0] ?? "")).toContain("Mozilla Public");
  });
});
