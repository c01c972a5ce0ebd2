export { ProgramProcess } from "./program-process.ts";
export type { ProcessEnd } from "./program-process.ts";
