import type { Contender } from "./measure.ts";

/**
 * A contender that writes `count` things, one after the other. Its first run returns all of them, to be verified; the
 * others let go of each at once, as a server does once it is sent.
 */
export function writing(name: string, count: number, makeWriter: () => (index: number) => Uint8Array): Contender {
  let isVerified = false;
  return {
    name,
    run: () => {
      const write = makeWriter();
      if (!isVerified) {
        isVerified = true;
        return Array.from({ length: count }, (_, index) => write(index));
      }
      let size = 0;
      for (let index = 0; index < count; index++) size += write(index).length;
      return size;
    },
  };
}
