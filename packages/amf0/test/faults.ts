import { expect } from "vitest";
import { Amf0Error } from "../src/index.ts";

/** Runs `read` and returns the code and offset of the error it must throw. */
export function faultOf(read: () => unknown): { code: string; offset: number } {
  try {
    read();
  } catch (error) {
    if (error instanceof Amf0Error) return { code: error.code, offset: error.offset };
    throw error;
  }
  return expect.fail("nothing was thrown");
}
