import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readPageFiles } from "../../src/http/page-files.ts";
import type { PageFiles } from "../../src/http/page-files.ts";
import { PageHttp } from "../../src/http/page-http.ts";

const html = { contentType: "text/html; charset=utf-8", body: Buffer.from("<!doctype html>") };
const script = { contentType: "text/javascript", body: Buffer.from("export {};") };
const page: PageFiles = new Map([
  ["/", html],
  ["/worker-ABCD2345.js", script],
  ["/plain.js", script],
]);

async function served(): Promise<string> {
  const http = new PageHttp({ page, upgrade: (_request, socket) => socket.destroy() });
  const port = await http.listen(0, "127.0.0.1");
  onTestFinished(() => http.stopListening());
  return `127.0.0.1:${port}`;
}

/** What comes back for bytes that need not be HTTP. */
async function answerTo(authority: string, text: string): Promise<string> {
  const socket = connect(Number(authority.split(":")[1]), "127.0.0.1");
  socket.setEncoding("latin1").on("error", () => undefined);
  let answer = "";
  socket.on("data", (part: string) => (answer += part));
  socket.write(text);
  await once(socket, "close");
  return answer;
}

test("the page may use camera, microphone and its own scripts, and nothing from elsewhere", async () => {
  const authority = await served();
  const response = await fetch(`http://${authority}/?x#t=secret`);
  expect(await response.text()).toBe("<!doctype html>");
  const headers = Object.fromEntries(response.headers);
  expect(headers).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(self), microphone=(self), screen-wake-lock=(self)",
  });
  const policy = headers["content-security-policy"]?.split("; ") ?? [];
  expect(policy).toContain("default-src 'self'");
  expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
  expect(policy).toContain("worker-src 'self' blob:");
  expect(policy).toContain(`connect-src 'self' ws://${authority} wss://${authority}`);
  expect(policy.join(" ")).not.toMatch(/unsafe-inline|'unsafe-eval'|\*/);
});

test("a host that could end a header or a policy is left out of it", async () => {
  const authority = await served();
  const answer = await answerTo(authority, "GET / HTTP/1.1\r\nHost: a; script-src *\r\nConnection: close\r\n\r\n");
  expect(answer).toContain("connect-src 'self'; ");
  expect(answer).not.toContain("script-src *");
});

test("what has a hash in its name is kept for ever, other files are asked for again", async () => {
  const authority = await served();
  const cacheOf = async (path: string): Promise<string | null> =>
    (await fetch(`http://${authority}${path}`)).headers.get("cache-control");
  expect(await cacheOf("/worker-ABCD2345.js")).toBe("public, max-age=31536000, immutable");
  expect(await cacheOf("/plain.js")).toBe("no-cache");
});

test("there is nothing else, and nothing can be changed", async () => {
  const authority = await served();
  for (const path of ["/index.js", "/../package.json", "/%2e%2e/package.json", "//", "/sender", "/stats"]) {
    expect((await fetch(`http://${authority}${path}`)).status, path).toBe(404);
  }
  const post = await fetch(`http://${authority}/`, { method: "POST", body: "x" });
  expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  const head = await fetch(`http://${authority}/`, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "15", ""]);
});

test.each([
  ["no HTTP", "hello\r\n\r\n", "400"],
  ["headers without end", `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}`, "431"],
])("%s is answered with a status and closed, and the next one is served", async (_name, text, status) => {
  const authority = await served();
  expect(await answerTo(authority, text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect((await fetch(`http://${authority}/`)).status).toBe(200);
});

test("a folder with a built page is served under its names, index.html as / too", () => {
  const folder = mkdtempSync(join(tmpdir(), "bridge-page-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "aac"));
  writeFileSync(join(folder, "index.html"), "<!doctype html>");
  writeFileSync(join(folder, "aac", "encoder-ABCDEFGH.wasm"), "x");
  const files = readPageFiles(folder);
  expect([...files.keys()].sort()).toEqual(["/", "/aac/encoder-ABCDEFGH.wasm", "/index.html"]);
  expect(files.get("/aac/encoder-ABCDEFGH.wasm")?.contentType).toBe("application/wasm");
  expect(() => readPageFiles(join(folder, "nothing"))).toThrow(/ENOENT/);
});
