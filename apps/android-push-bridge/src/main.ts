import { run } from "./run.ts";

const exitCode = await run(process.argv.slice(2), process.env);
if (exitCode !== undefined) process.exitCode = exitCode;
