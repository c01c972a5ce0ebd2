import { Amf0Error } from "./errors.ts";

/** Limits of a reader, each for the whole body. A reference costs as much as the value it points at. */
export interface DecodeOptions {
  /** How many objects and arrays may lie inside one another, 0 to 512. */
  readonly maxDepth?: number;
  /** How many values there may be in total, containers included, up to 2^24. */
  readonly maxNodes?: number;
  /** How many bytes all strings, keys, XML documents and byte arrays may have together, up to 2^28. */
  readonly maxStringBytes?: number;
  /** Whether an object or ECMA array may end with the body, its end marker left out. */
  readonly allowMissingEnd?: boolean;
}

/** What a reader without options allows. */
export const DEFAULT_DECODE_OPTIONS: Required<DecodeOptions> = {
  maxDepth: 64,
  maxNodes: 65_536,
  maxStringBytes: 1_048_576,
  allowMissingEnd: false,
};

/** The deepest nesting that is ever read or written. */
export const DEPTH_CEILING = 512;

/** The options with the defaults filled in. Throws a `RangeError` when one is out of its range. */
export function resolveDecodeOptions(options: DecodeOptions | undefined): Required<DecodeOptions> {
  if (options === undefined) return DEFAULT_DECODE_OPTIONS;
  const resolved = {
    maxDepth: options.maxDepth ?? DEFAULT_DECODE_OPTIONS.maxDepth,
    maxNodes: options.maxNodes ?? DEFAULT_DECODE_OPTIONS.maxNodes,
    maxStringBytes: options.maxStringBytes ?? DEFAULT_DECODE_OPTIONS.maxStringBytes,
    allowMissingEnd: options.allowMissingEnd ?? DEFAULT_DECODE_OPTIONS.allowMissingEnd,
  };
  checkRange("maxDepth", resolved.maxDepth, DEPTH_CEILING);
  checkRange("maxNodes", resolved.maxNodes, 2 ** 24);
  checkRange("maxStringBytes", resolved.maxStringBytes, 2 ** 28);
  return resolved;
}

function checkRange(option: string, value: number, ceiling: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= ceiling) return;
  throw new RangeError(`${option} must be an integer from 0 to ${ceiling}`);
}

/** Counts what a body has cost so far and throws at the first step past a limit. */
export class Budget {
  /** Values read, those behind references included. */
  nodes: number = 0;
  /** Bytes of text read, those behind references included. */
  stringBytes: number = 0;
  /** Containers open now. */
  depth: number = 0;
  /** The greatest depth seen since whoever looks at it last set it. */
  deepest: number = 0;
  readonly #limits: Required<DecodeOptions>;

  constructor(limits: Required<DecodeOptions>) {
    this.#limits = limits;
  }

  spendNodes(count: number, offset: number): void {
    this.nodes += count;
    if (this.nodes <= this.#limits.maxNodes) return;
    throw new Amf0Error("AMF0_TOO_MANY_NODES", offset, `more than ${this.#limits.maxNodes} values`);
  }

  spendStringBytes(count: number, offset: number): void {
    this.stringBytes += count;
    if (this.stringBytes <= this.#limits.maxStringBytes) return;
    throw new Amf0Error("AMF0_STRINGS_TOO_LONG", offset, `more than ${this.#limits.maxStringBytes} bytes of text`);
  }

  /** Notes that something `levels` deep lies inside the containers open now. */
  reach(levels: number, offset: number): void {
    const depth = this.depth + levels;
    if (depth > this.#limits.maxDepth) {
      throw new Amf0Error("AMF0_TOO_DEEP", offset, `nested deeper than ${this.#limits.maxDepth}`);
    }
    if (depth > this.deepest) this.deepest = depth;
  }
}
