import type { SubscriberTransport } from "../src/index.ts";

const nothing = (): void => undefined;

/** A viewer that takes everything at once, payload by payload; `parts` say what is different. */
export function plainTransport(parts: Partial<SubscriberTransport> = {}): SubscriberTransport {
  return {
    format: { encode: ({ payload }) => payload },
    isOpen: () => true,
    bytesBehind: () => 0,
    isMeasured: () => true,
    send: nothing,
    published: nothing,
    unpublished: nothing,
    tooSlow: nothing,
    ...parts,
  };
}
