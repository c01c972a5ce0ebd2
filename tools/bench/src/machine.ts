import { availableParallelism, cpus, totalmem } from "node:os";

/** The machine and the Node.js version that the figures belong to; nothing that changes from day to day. */
export function machine(): string {
  const model = cpus()[0]?.model.replace(/\s+/g, " ").trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${model}, ${availableParallelism()} cores, ${memory} GiB, ${process.platform} ${process.arch}, Node.js ${process.version}`;
}
