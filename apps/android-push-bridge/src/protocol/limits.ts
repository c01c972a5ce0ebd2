/** Longest frame of an admitted sender, in bytes, unless a `Welcome` says otherwise. */
export const MAX_FRAME_BYTES: number = 4 * 1024 * 1024;

/** Longest frame of words, and of a sender that has not said Hello, in bytes. */
export const MAX_WORDS_BYTES = 4096;

/** How often the bridge acknowledges, in milliseconds, unless a `Welcome` says otherwise. */
export const ACKNOWLEDGE_EVERY_MS = 250;
