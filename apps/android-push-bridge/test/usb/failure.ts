import { expect } from "vitest";

/** An error with this code, whose message has these words in it. */
export function failure(code: string, words = ""): unknown {
  return expect.objectContaining({ code, message: expect.stringContaining(words) as unknown });
}
