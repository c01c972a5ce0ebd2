import { expect, test } from "vitest";
import { FiguresHttp, jsonPage } from "../src/figures-http.ts";
import type { ReadFigures } from "../src/figures-http.ts";

interface Figures extends AsyncDisposable {
  readonly http: FiguresHttp;
  readonly errors: unknown[];
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
}

/** Figures over HTTP on a port of the loopback, `/stats` among them. */
async function figuresOf(read: ReadFigures = () => jsonPage({ streams: 1 })): Promise<Figures> {
  const errors: unknown[] = [];
  const http = new FiguresHttp(new Map([["/stats", read]]), (error) => void errors.push(error));
  const port = await http.listen(0, "127.0.0.1");
  return {
    http,
    errors,
    get: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    [Symbol.asyncDispose]: () => http.close(),
  };
}

test("a page is made anew for each request and kept by nobody", async () => {
  let count = 0;
  await using figures = await figuresOf(() => jsonPage({ count: ++count }));
  await figures.get("/stats");
  const response = await figures.get("/stats?pretty");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(await response.json()).toEqual({ count: 2 });
});

test("a page that cannot be had is answered with 500 and reported", async () => {
  await using figures = await figuresOf(() => Promise.reject(new Error("no figures")));
  expect((await figures.get("/stats")).status).toBe(500);
  expect(figures.errors).toEqual([new Error("no figures")]);
});

test("/healthz is ok until the server ends", async () => {
  await using figures = await figuresOf();
  const before = await figures.get("/healthz");
  expect([before.status, await before.json()]).toEqual([200, { status: "ok" }]);
  figures.http.announceEnd();
  const after = await figures.get("/healthz");
  expect([after.status, await after.json()]).toEqual([503, { status: "ending" }]);
});

test("nothing else is there, and nothing can be changed", async () => {
  await using figures = await figuresOf();
  expect((await figures.get("/")).status).toBe(404);
  expect((await figures.get("/stats", { method: "POST" })).status).toBe(405);
  const head = await figures.get("/stats", { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

test("closing does not wait for a client that stays", async () => {
  const figures = await figuresOf();
  await figures.get("/healthz"); // kept alive by fetch
  await expect(figures.http.close()).resolves.toBeUndefined();
  await expect(figures.get("/healthz")).rejects.toThrow();
});
