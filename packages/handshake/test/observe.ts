import { concat, toHex } from "@rtmp/testkit";
import type { HandshakeProgress } from "../src/index.ts";

export interface Observed {
  /** Everything we would have sent. */
  readonly sent: string;
  /** What is left behind the handshake, the bytes pushed after it included. */
  readonly rest: string | undefined;
  readonly scheme: string | undefined;
  readonly error: string | undefined;
}

/** Pushes the pieces and records all that can be seen from outside. */
export function observe(
  handshake: { push(bytes: Uint8Array): HandshakeProgress },
  pieces: readonly Uint8Array[],
): Observed {
  const sent: Uint8Array[] = [];
  const rest: Uint8Array[] = [];
  let scheme: string | undefined;
  try {
    for (const piece of pieces) {
      if (scheme !== undefined) {
        rest.push(piece);
        continue;
      }
      const progress = handshake.push(piece);
      if (progress.reply !== undefined) sent.push(progress.reply);
      if (!progress.done) continue;
      scheme = progress.scheme;
      rest.push(progress.rest);
    }
  } catch (error) {
    return { sent: toHex(concat(...sent)), rest: undefined, scheme, error: String(error) };
  }
  return { sent: toHex(concat(...sent)), rest: scheme && toHex(concat(...rest)), scheme, error: undefined };
}
