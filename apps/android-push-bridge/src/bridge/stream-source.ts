import type { Frame } from "../protocol/frame.ts";
import type { OutputState, RefusalCode, Report } from "../protocol/words.ts";

/** Who feeds a stream: a phone's connection, or a device over USB. The stream calls it. */
export interface StreamSource {
  /** For people, in logs and on the status page. */
  readonly device: string;
  /** The same for every connection of one broadcast. */
  readonly session: string;
  /** Whether both tracks are stamped by one clock. */
  readonly clock: "common" | "separate";
  /**
   * Asks for a picture that can be decoded alone, after a gap. `undefined` for a source that cannot be asked: then the
   * stream keeps what came since the last one for a server that answers late.
   */
  readonly requestKeyFrame: (() => void) | undefined;
  /** How far the stream gets has changed. */
  onOutput(state: OutputState): void;
  /** The stream has done with this source: it was replaced, or the server refused the stream. */
  end(code: RefusalCode, detail: string): void;
}

/** What a source holds while it feeds a stream. */
export interface StreamFeed {
  /**
   * Takes a frame of one of the media kinds; others do nothing. The payload's memory is the stream's from now on.
   * Throws a `FlvError` if the payload is no H.264 or AAC of the form that the flags say.
   */
  push(frame: Frame): void;
  /** Media frames that went on to the server or were passed over. */
  takenFrames(): number;
  /** When the newest of them came, on the bridge's clock in milliseconds. */
  newestTakenAtMs(): number;
  /** What waits for the server, in bytes. */
  unsentBytes(): number;
  /** Takes what the source tells about itself. */
  report(report: Report): void;
  /** The source has gone. `"lost"`: the stream waits for it for the grace time. `"ended"`: the stream ends now. */
  detach(why: "lost" | "ended"): void;
}
