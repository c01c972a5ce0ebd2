import { availableParallelism, cpus, release, totalmem } from "node:os";

/** The machine, its kernel and the Node.js version that figures belong to. */
export function machine(): string {
  const model = cpus()[0]?.model.replace(/\s+/g, " ").trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / 1024 ** 3);
  const system = `${process.platform} ${release()} ${process.arch}`;
  return `${model}, ${availableParallelism()} cores, ${memory} GiB, ${system}, Node.js ${process.version}`;
}
