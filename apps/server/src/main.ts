import "./memory.ts";

// Behind the flags, because what is loaded from here on makes the garbage that they are about.
const { run } = await import("./run.ts");

const exitCode = await run(process.argv.slice(2), process.env);
if (exitCode !== undefined) process.exitCode = exitCode;
