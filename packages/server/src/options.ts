import type { SessionLimits, SessionTimeouts } from "@rtmp/session";
import type { TlsOptions } from "node:tls";
import type { GopCacheLimits } from "./gop-cache.ts";
import type { ServerHooks } from "./hooks.ts";
import type { SubscriberLimits } from "./subscriber-gate.ts";

/** Where a server writes what no event says: faults of hooks, listeners and its own, and details of the wire at `debug`. */
export interface ServerLog {
  debug(message: string, fields: Readonly<Record<string, unknown>>): void;
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** How much clients may cost all together. */
export interface ServerLimits extends SessionLimits {
  /** Connections at once. Default 20 000. */
  readonly maxConnections?: number;
  /** Connections at once from one address. Default: as many as `maxConnections`. */
  readonly maxConnectionsPerAddress?: number;
}

/** What is kept of GOPs. */
export interface GopCacheOptions extends GopCacheLimits {
  /** Bytes for all streams together, counted alike. A stream that would go beyond keeps nothing until its next key frame. */
  readonly maxTotalBytes: number;
}

/** How long things may take, in ms. */
export interface ServerTimeouts extends SessionTimeouts {
  /** A hook that takes longer refuses. Default 10 000. */
  readonly hookMs?: number;
  /** A publisher silent for so long can be replaced by another; 0 lets the newest in always. Default 5000. */
  readonly replaceSilentPublisherMs?: number;
}

/** All of it is optional. */
export interface ServerOptions {
  /** Default 1935; 0 takes any free port. */
  readonly port?: number;
  /** Default `"127.0.0.1"`: opening to the world is a decision someone types. */
  readonly host?: string;
  /**
   * Worker loops, each a process: as many as there are cores to give. This process accepts then and deals the
   * connections out; hooks, events and figures stay here. 0, the default, serves from this process.
   */
  readonly loops?: number;
  /** Which loop gets the next connection. Default `"round-robin"`. */
  readonly pickLoop?: "round-robin" | "least-connections";
  /** Flags of Node.js and V8 for the loops, behind those of this process. Default: none. */
  readonly loopArguments?: readonly string[];
  /** Certificate and key: the server speaks rtmps then. */
  readonly tls?: TlsOptions;
  /** Of what the server writes. Default 60 000. */
  readonly chunkSize?: number;
  /** Window Acknowledgement Size in bytes. Default 5 000 000. */
  readonly windowAcknowledgementSize?: number;
  /** What is kept for viewers who join; `false` keeps no GOP. Default 16 MiB and 30 s a stream, 512 MiB in all. */
  readonly gopCache?: Partial<GopCacheOptions> | false;
  /** When slow viewers lose what. Default: cut above 2 MiB, disconnected above 16 MiB or after 20 s of being cut. */
  readonly subscriber?: Partial<SubscriberLimits>;
  /**
   * The longest that bytes for viewers wait for more to join them, in ms: sound for the next picture, all under load for
   * the next flush. Default 20; 0 writes in every loop turn.
   */
  readonly maxFlushDelayMs?: number;
  /**
   * Whether media that breaks FLV's rules, as some phones send it, is mended on its way: AAC with ADTS headers and without a sequence
   * header, pictures whose NAL units come in messages of their own. All other media is never touched. Default true.
   */
  readonly repairPublishers?: boolean;
  readonly limits?: ServerLimits;
  readonly timeouts?: ServerTimeouts;
  readonly hooks?: ServerHooks;
  readonly log?: ServerLog;
}

/** What can be given anew to loops that replace others. */
export type LoopSettingOptions = Pick<
  ServerOptions,
  "chunkSize" | "windowAcknowledgementSize" | "gopCache" | "subscriber" | "repairPublishers" | "limits" | "timeouts"
>;

/** What every loop of a server reads, with every default filled in: plain data, which can travel between processes. */
export interface CoreOptions {
  readonly chunkSize: number;
  readonly windowAcknowledgementSize: number;
  readonly gopCache: GopCacheOptions;
  readonly subscriber: SubscriberLimits;
  readonly maxFlushDelayMs: number;
  readonly repairPublishers: boolean;
  readonly limits: ServerLimits & { readonly maxConnections: number; readonly maxConnectionsPerAddress: number };
  readonly timeouts: ServerTimeouts & { readonly hookMs: number; readonly replaceSilentPublisherMs: number };
}

/** The options with every default filled in that the server itself reads. */
export interface ResolvedOptions extends CoreOptions {
  readonly port: number;
  readonly host: string;
  readonly tls: TlsOptions | undefined;
  readonly loops: number;
  readonly pickLoop: "round-robin" | "least-connections";
  readonly loopArguments: readonly string[];
  readonly hooks: ServerHooks;
  readonly log: ServerLog;
}

const silentLog: ServerLog = {
  debug: () => undefined,
  error: () => undefined,
};

const megabyte = 1024 * 1024;

/** Fills in the defaults. Throws a `RangeError` that names the option if one is out of its range. */
export function resolveOptions(options: ServerOptions): ResolvedOptions {
  const maxConnections = options.limits?.maxConnections ?? 20_000;
  const resolved: ResolvedOptions = {
    port: options.port ?? 1935,
    host: options.host ?? "127.0.0.1",
    tls: options.tls,
    loops: options.loops ?? 0,
    pickLoop: options.pickLoop ?? "round-robin",
    loopArguments: options.loopArguments ?? [],
    chunkSize: options.chunkSize ?? 60_000,
    windowAcknowledgementSize: options.windowAcknowledgementSize ?? 5_000_000,
    gopCache:
      options.gopCache === false
        ? { maxBytes: 0, maxDurationMs: 0, maxTotalBytes: 0 }
        : { maxBytes: 16 * megabyte, maxDurationMs: 30_000, maxTotalBytes: 512 * megabyte, ...given(options.gopCache) },
    subscriber: {
      skipAboveBytes: 2 * megabyte,
      dropAboveBytes: 16 * megabyte,
      maxSkipMs: 20_000,
      ...given(options.subscriber),
    },
    maxFlushDelayMs: options.maxFlushDelayMs ?? 20,
    repairPublishers: options.repairPublishers ?? true,
    limits: { maxConnectionsPerAddress: maxConnections, ...given(options.limits), maxConnections },
    timeouts: { hookMs: 10_000, replaceSilentPublisherMs: 5000, ...given(options.timeouts) },
    hooks: options.hooks ?? {},
    log: options.log ?? silentLog,
  };
  inRange("loops", resolved.loops, 0, 256);
  if (!["round-robin", "least-connections"].includes(resolved.pickLoop))
    throw new RangeError(`pickLoop must be "round-robin" or "least-connections", got ${resolved.pickLoop}`);
  inRange("port", resolved.port, 0, 65_535);
  inRange("chunkSize", resolved.chunkSize, 128, 16_777_215);
  inRange("windowAcknowledgementSize", resolved.windowAcknowledgementSize, 1, 0xffff_ffff);
  inRange("maxFlushDelayMs", resolved.maxFlushDelayMs, 0, 1000);
  for (const group of ["gopCache", "subscriber", "limits", "timeouts"] as const) {
    for (const [name, value] of Object.entries(resolved[group])) {
      if (value !== undefined) inRange(`${group}.${name}`, value as number, 0, Number.MAX_SAFE_INTEGER);
    }
  }
  return resolved;
}

/** What a loop has to be told when it starts; each of several gets its share of the caches. */
export function coreOptionsOf(options: CoreOptions, loops: number): CoreOptions {
  const { chunkSize, windowAcknowledgementSize, gopCache, subscriber, limits, timeouts } = options;
  const { maxFlushDelayMs, repairPublishers } = options;
  const maxTotalBytes = Math.floor(gopCache.maxTotalBytes / Math.max(1, loops));
  return {
    chunkSize,
    windowAcknowledgementSize,
    gopCache: { ...gopCache, maxTotalBytes },
    subscriber,
    maxFlushDelayMs,
    repairPublishers,
    limits,
    timeouts,
  };
}

/** The options without those that are there but undefined: they mean the default, not the lack of a limit. */
function given<T extends object>(options: T | undefined): T {
  return Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined)) as T;
}

function inRange(name: string, value: number, min: number, max: number): void {
  if (!(Number.isSafeInteger(value) && value >= min && value <= max))
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}, got ${value}`);
}
