import { ChunkReader, MessageTypeId } from "@rtmp/chunk";
import { parseCommand } from "@rtmp/session";
import { concat, u8 } from "@rtmp/testkit";
import { amf0Errors, chunkErrors, handshakeErrors, sessionErrors } from "./families.ts";
import { expectDead, faultOf, show } from "./observation.ts";
import type { Fault, Observation } from "./observation.ts";
import { BrokenLaw, MAX_INPUT_SIZE } from "./target.ts";

/** What both sides of a connection have in common. */
export interface AnySession {
  readonly bytesReceived: number;
  push(bytes: Uint8Array): void;
  takeOutput(): Uint8Array | undefined;
}

/** Bytes from the peer, or something that the host does. */
export type Step<Host> = Uint8Array | ((host: Host) => void);

/** The bytes of a handshake, in either direction. */
export const HANDSHAKE_SIZE = 3073;

/** A handshake that any side takes for the simple one. */
export const peerHandshake: Uint8Array = concat(u8(3), new Uint8Array(HANDSHAKE_SIZE - 1));

/** Steps as long as the script lasts, and as long as they are not more bytes than an input may have. */
export function scriptedSteps<Host>(
  first: readonly Step<Host>[],
  isOver: () => boolean,
  next: () => Step<Host>,
): Step<Host>[] {
  const steps = [...first];
  for (let size = 0; !isOver() && size < MAX_INPUT_SIZE;) {
    const step = next();
    if (step instanceof Uint8Array) size += step.length;
    steps.push(step);
  }
  return steps;
}

/** The same steps with the bytes between two actions in one piece. */
export function joinedSteps<Host>(steps: readonly Step<Host>[]): Step<Host>[] {
  const result: Step<Host>[] = [];
  let bytes: Uint8Array[] = [];
  for (const step of [...steps, undefined]) {
    if (step instanceof Uint8Array) bytes.push(step);
    else {
      if (bytes.length > 0) result.push(concat(...bytes));
      bytes = [];
      if (step !== undefined) result.push(step);
    }
  }
  return result;
}

/** Feeds a session, takes what it writes, and holds it to what every reader owes. */
export class SessionRun {
  readonly #session: AnySession;
  readonly #seen: string[] = [];
  readonly #output: Uint8Array[] = [];
  #fault: Fault | undefined;
  #pushed = 0;
  #answered = 0;

  constructor(session: AnySession) {
    this.#session = session;
  }

  get fault(): Fault | undefined {
    return this.#fault;
  }

  /** Writes down what the session reports. */
  see(value: unknown): void {
    if (this.#fault !== undefined) throw new BrokenLaw("dead reader", `${show(value)} after a throw`);
    this.#seen.push(show(value));
  }

  /** Does one step after the other until the session has failed, and looks that it stays so. */
  run<Host>(steps: readonly Step<Host>[], host: Host, cut: (bytes: Uint8Array) => readonly Uint8Array[]): void {
    try {
      for (const step of steps) {
        if (step instanceof Uint8Array) for (const piece of cut(step)) this.#push(piece);
        else step(host);
        this.#collect(step instanceof Uint8Array);
      }
    } catch (error) {
      this.#fault = faultOf(error, sessionErrors, chunkErrors, amf0Errors, handshakeErrors);
      expectDead(error, () => this.#session.push(u8(0)));
      this.#collect(true);
    }
  }

  /**
   * What came out. Where Acknowledgements fall depends on how the bytes came, and so does the place a `SessionError`
   * names, which is that of the piece.
   */
  observation(): Observation {
    const fault = this.#fault;
    const isByPiece = fault !== undefined && !fault.code.startsWith("CHUNK_");
    return {
      seen: [...this.#seen, "output", ...outputMessages(concat(...this.#output))],
      fault: isByPiece ? { ...fault, offset: 0 } : fault,
    };
  }

  #push(bytes: Uint8Array): void {
    this.#pushed += bytes.length;
    const piece = bytes.slice();
    try {
      this.#session.push(piece);
    } finally {
      piece.fill(0xee);
    }
    const { bytesReceived } = this.#session;
    if (bytesReceived !== this.#pushed) throw new BrokenLaw("offset", `${bytesReceived} of ${this.#pushed}`);
  }

  #collect(isAnswer: boolean): void {
    const output = this.#session.takeOutput();
    if (output === undefined) return;
    this.#output.push(output);
    if (isAnswer) this.#answered += output.length;
    if (this.#answered <= 200 * this.#pushed + 100_000) return;
    throw new BrokenLaw("bounded", `${this.#answered} bytes answer ${this.#pushed}`);
  }
}

/** Reads what the session wrote, as any peer would: it must be in order to the last byte. */
function outputMessages(output: Uint8Array): string[] {
  const reader = new ChunkReader({ maxMessageSize: 0xff_ffff });
  const messages: string[] = [];
  try {
    reader.push(output.subarray(HANDSHAKE_SIZE), (message) => {
      if (message.typeId === MessageTypeId.Acknowledgement) return;
      if (message.typeId === MessageTypeId.CommandAmf0) messages.push(show(parseCommand(message)));
      else messages.push(show(message));
    });
  } catch (error) {
    throw new BrokenLaw("own output", String(error), { cause: error });
  }
  if (reader.bufferedBytes > 0) throw new BrokenLaw("own output", "it ends inside a message");
  return messages;
}
