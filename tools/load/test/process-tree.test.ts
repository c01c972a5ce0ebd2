import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { ProcessTree } from "../src/process-tree.ts";

/** Works until the processor has given it so many milliseconds, says so, and waits to be ended. */
const worker = (ms: number): string => `
  const { user } = process.cpuUsage();
  while (process.cpuUsage().user - user < ${ms * 1000});
  console.log("done ${ms}");
  setInterval(() => {}, 1000);
`;

/** Works as well, and has a child that does. */
const parent = `
  const { spawn } = require("node:child_process");
  process.stdin.once("data", () => {
    const child = spawn(process.execPath, ["-e", ${JSON.stringify(worker(300))}], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", (text) => process.stdout.write(text));
    process.stdin.on("end", () => { child.kill(); child.once("exit", () => process.exit()); });
  });
  process.stdout.write("ready");
`;

test.runIf(ProcessTree.isMeasurable())("a process and its child count together, from begin on", async () => {
  const root = spawn(process.execPath, ["-e", parent], { stdio: ["pipe", "pipe", "inherit"] });
  const gone = once(root, "exit");
  try {
    await once(root.stdout, "data");
    const tree = new ProcessTree(root.pid!);
    expect(tree.pids()).toEqual([root.pid]);
    const before = tree.memory();
    tree.begin();
    expect(tree.cpuSince().user).toBeLessThan(0.1);

    root.stdin.write("go");
    await once(root.stdout, "data");
    expect(tree.pids()).toHaveLength(2);
    const { user, system } = tree.cpuSince();
    expect(user + system).toBeGreaterThan(0.29);
    const { rss, pss } = tree.memory();
    expect(rss).toBeGreaterThan(before.rss + 10e6);
    expect(pss === undefined || pss < rss).toBe(true);

    root.stdin.end();
    await gone;
    expect(tree.pids()).toEqual([]);
    expect(tree.cpuSince().user, "what ended processes used is remembered").toBeGreaterThanOrEqual(user);
  } finally {
    root.kill("SIGKILL");
  }
});
