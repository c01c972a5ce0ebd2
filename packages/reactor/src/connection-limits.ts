/** How much a connection may hold, and for how long. */
export interface ConnectionLimits {
  /** `send` says false above so many unsent bytes. Default: 1 MiB, and never more than `maxUnsentBytes`. */
  readonly highWaterMark: number;
  /** A connection with more unsent bytes is destroyed, reason `unsent-limit`. Default: 64 MiB. */
  readonly maxUnsentBytes: number;
  /** Time for a peer to take the last bytes and close its side after `end`, in milliseconds. Default: 2000. */
  readonly endTimeoutMs: number;
}

/** The limits where none are given. */
export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  highWaterMark: 1024 * 1024,
  maxUnsentBytes: 64 * 1024 * 1024,
  endTimeoutMs: 2000,
};

/**
 * Fills in the defaults; a high-water mark above what may be unsent at all would hide that limit, and is lowered to it.
 * Throws a `RangeError` that names the option when one is not a number of at least 0.
 */
export function connectionLimits(options: {
  readonly [Name in keyof ConnectionLimits]?: number | undefined;
}): ConnectionLimits {
  const limits = {
    highWaterMark: options.highWaterMark ?? DEFAULT_CONNECTION_LIMITS.highWaterMark,
    maxUnsentBytes: options.maxUnsentBytes ?? DEFAULT_CONNECTION_LIMITS.maxUnsentBytes,
    endTimeoutMs: options.endTimeoutMs ?? DEFAULT_CONNECTION_LIMITS.endTimeoutMs,
  };
  for (const [name, value] of Object.entries(limits)) {
    if (!(value >= 0)) throw new RangeError(`${name} must be at least 0, got ${value}`);
  }
  return { ...limits, highWaterMark: Math.min(limits.highWaterMark, limits.maxUnsentBytes) };
}
