import { type MemoryConnectionOptions, type MemoryConnectionPair, memoryConnectionPair } from "../src/testing.ts";
import { Recorder } from "./recorder.ts";

export interface OpenPair extends MemoryConnectionPair {
  readonly atClient: Recorder;
  readonly atServer: Recorder;
  readonly errors: unknown[];
}

/** A pair whose ends are both open and recorded. */
export function openPair(options: MemoryConnectionOptions = {}): OpenPair {
  const errors: unknown[] = [];
  const pair = memoryConnectionPair({ onError: (error) => errors.push(error), ...options });
  const atClient = new Recorder();
  const atServer = new Recorder();
  pair.client.open(atClient);
  pair.server.open(atServer);
  return { ...pair, atClient, atServer, errors };
}
