// hot
/** Values up to here are counted one by one. */
const EXACT_US = 64;
/** Above it every doubling is cut into so many steps: a value is known to 1.6 %. */
const STEPS = 64;
const BUCKETS = EXACT_US + STEPS * 26;

/** Counts latencies from 1 µs to an hour in steps of 1.6 %, in bounded memory. Histograms of several processes add up. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  /** Counts one latency in µs. What is below 0 counts as 0. */
  add(us: number): void {
    const whole = us > 0 ? Math.floor(us) : 0;
    this.#counts[bucketOf(whole)]!++;
    this.#count++;
    if (whole > this.#maxUs) this.#maxUs = whole;
  }

  /** The latency in ms that `fraction` of all are not above; `undefined` if there are none. */
  quantileMs(fraction: number): number | undefined {
    if (this.#count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(fraction * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= rank) return Math.min(upperEndOf(bucket), this.#maxUs) / 1000;
    }
    return this.#maxUs / 1000;
  }

  /** The buckets in use, the highest value last: what `addAll` of another process takes. */
  toEntries(): [bucket: number, count: number][] {
    const entries: [number, number][] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      if (this.#counts[bucket]! > 0) entries.push([bucket, this.#counts[bucket]!]);
    }
    return entries;
  }

  /** Adds what another histogram gave with `toEntries`. */
  addAll(entries: readonly (readonly [bucket: number, count: number])[]): void {
    for (const [bucket, count] of entries) {
      this.#counts[bucket]! += count;
      this.#count += count;
      this.#maxUs = Math.max(this.#maxUs, upperEndOf(bucket));
    }
  }
}

function bucketOf(us: number): number {
  if (us < EXACT_US) return us;
  const doublings = Math.floor(Math.log2(us)) - 6;
  const step = Math.floor(us / 2 ** doublings) - EXACT_US;
  return Math.min(BUCKETS - 1, EXACT_US + doublings * STEPS + step);
}

/** The highest whole value that lies in the bucket. */
function upperEndOf(bucket: number): number {
  if (bucket < EXACT_US) return bucket;
  const doublings = Math.floor((bucket - EXACT_US) / STEPS);
  const step = (bucket - EXACT_US) % STEPS;
  return (EXACT_US + step + 1) * 2 ** doublings - 1;
}
