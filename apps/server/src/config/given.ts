/** A value as one source gives it, not yet checked. */
export interface Given {
  readonly value: unknown;
  /** For people: `--port`, `RTMP_PORT` or the name of a file. */
  readonly source: string;
}

/** What one source gives: key → value. */
export type GivenValues = ReadonlyMap<string, Given>;
