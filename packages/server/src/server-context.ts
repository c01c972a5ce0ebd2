import type { Clock, TimerSource } from "@rtmp/reactor";
import type { Counters } from "./counters.ts";
import type { ServerEvents } from "./events.ts";
import type { ResolvedOptions } from "./options.ts";
import type { StreamRegistry } from "./stream-registry.ts";
import type { WireFormat } from "./wire-format.ts";

/** What every connection of a server shares. */
export interface ServerContext {
  readonly options: ResolvedOptions;
  readonly clock: Clock;
  readonly timers: TimerSource;
  readonly registry: StreamRegistry;
  /** One object for all RTMP viewers of the server. */
  readonly rtmpFormat: WireFormat;
  readonly counters: Counters;
  /** Reports an event; a listener that throws is logged and stops nobody. */
  emit<Name extends keyof ServerEvents>(name: Name, ...args: ServerEvents[Name]): void;
}
