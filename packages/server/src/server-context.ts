import type { Clock, TimerSource } from "@rtmp/reactor";
import type { Admission } from "./admission.ts";
import type { Counters } from "./counters.ts";
import type { ServerEvents } from "./events.ts";
import type { CoreOptions, ServerLog } from "./options.ts";
import type { StreamRegistry } from "./stream-registry.ts";
import type { WireFormat } from "./wire-format.ts";

/** Reports an event; a listener that throws is logged and stops nobody. */
export type EmitEvent = <Name extends keyof ServerEvents>(name: Name, ...args: ServerEvents[Name]) => void;

/** What every connection of a server shares. */
export interface ServerContext {
  readonly options: CoreOptions;
  readonly log: ServerLog;
  readonly clock: Clock;
  readonly timers: TimerSource;
  readonly admission: Admission;
  readonly registry: StreamRegistry;
  /** One object for all RTMP viewers of the server. */
  readonly rtmpFormat: WireFormat;
  readonly counters: Counters;
  readonly emit: EmitEvent;
}
