import { setFlagsFromString } from "node:v8";

/**
 * V8 is made for programs that make much garbage fast; a relay makes little, and what it keeps lives as long as a
 * connection. The young generation stays at 1 MB instead of growing to three times 16, and the middle compiler, whose
 * threads hold on to some 25 MB, is left out. Measured in docs/performance.md. Both can be set while V8 runs, for this
 * process here and for loops on their command line; --max-semi-space-size cannot.
 */
export const memoryFlags: readonly string[] = ["--semi-space-growth-factor=1", "--no-maglev"];

for (const flag of memoryFlags) setFlagsFromString(flag);
