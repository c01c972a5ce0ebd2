import { FlvReader } from "./flv-reader.ts";
import type { FlvReaderOptions } from "./flv-reader.ts";
import { readPieces } from "./read-pieces.ts";
import type { FlvTag } from "./tag.ts";

/** Options of `readFlv`. */
export interface ReadFlvOptions extends FlvReaderOptions {
  /** Stops the reading with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Reads the tags of an FLV file from any async source of bytes, such as a file stream or a response body.
 * Throws `FlvError` behind the last good tag, and the signal's reason on abort. Leaving the loop closes the source.
 */
export function readFlv(
  source: AsyncIterable<Uint8Array>,
  options: ReadFlvOptions = {},
): AsyncGenerator<FlvTag, void, undefined> {
  return readPieces(source, new FlvReader(options), options.signal);
}
