export { ascii, concat, f64, hex, toHex, u8, u16, u24, u32, u32le } from "./bytes.ts";
export { seededRandom } from "./seeded-random.ts";
export type { SeededRandom } from "./seeded-random.ts";
export { randomSplits, splits } from "./splits.ts";
