export { ManualClock } from "./manual-clock.ts";
export {
  type MemoryConnection,
  type MemoryConnectionOptions,
  type MemoryConnectionPair,
  memoryConnectionPair,
} from "./memory-connection.ts";
