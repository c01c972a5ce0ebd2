/**
 * What was wrong with a publisher's media and is mended on its way to viewers. `adts-in-aac`: AAC frames came with ADTS
 * headers and without a sequence header. `nal-per-message`: the NAL units of one picture came in messages of their own.
 */
export type Repair = "adts-in-aac" | "nal-per-message";

/** Takes a message as it is to be relayed. */
export type EmitMessage = (typeId: number, timestamp: number, payload: Uint8Array) => void;
