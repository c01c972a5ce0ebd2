import type { LogLevel } from "@rtmp/app-kit";
import type { GopCacheOptions, ServerLimits, ServerTimeouts, SubscriberLimits } from "@rtmp/server";

/** The configuration in effect: checked, and with every default filled in. */
export interface Configuration {
  readonly host: string;
  readonly port: number;
  readonly loops: number;
  readonly pickLoop: "round-robin" | "least-connections";
  readonly loopDrainMs: number;
  /** PEM files, absolute or relative to where the program was started. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Stream path, or `*`, → token. Empty: everybody may publish. */
  readonly publishKeys: Readonly<Record<string, string>>;
  readonly logLevel: LogLevel;
  readonly logFormat: "auto" | "pretty" | "json";
  readonly metrics: { readonly host: string; readonly port: number } | false;
  readonly chunkSize: number;
  readonly windowAcknowledgementSize: number;
  readonly maxFlushDelayMs: number;
  readonly repairPublishers: boolean;
  readonly gopCache: GopCacheOptions | false;
  readonly subscriber: SubscriberLimits;
  readonly limits: ServerLimits;
  readonly timeouts: ServerTimeouts;
}
