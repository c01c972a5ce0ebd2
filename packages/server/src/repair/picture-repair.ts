import { MessageTypeId, timestampDistance } from "@rtmp/chunk";
import { HeldPicture } from "./held-picture.ts";
import { avcTagHeaderSize, hasOddLengths, isAvcFrame, lookAtNalUnits } from "./nal-unit-look.ts";
import type { EmitMessage } from "./repair.ts";

/** So many messages with a whole picture in each, and the publisher is believed. */
const maxLooks = 64;
/** After so many pictures with equally many slices the next leaves with its last slice. */
const settledAfter = 8;
/** Sound so much later than a picture says that no more of it comes, in ms. Between the slices of a picture it is hardly later. */
const soundMarginMs = 20;
/** What is larger, or in more pieces, leaves as far as it has come: a client may publish many streams. */
const maxHeldBytes = 1024 * 1024;
const maxHeldMessages = 512;

/**
 * Joins the NAL units of one picture that came in messages of their own, so that each message holds a picture: players
 * and the cache of GOPs take every message for one.
 *
 * A picture is whole when the next one begins, when sound of a later time comes, or when it has as many slices as the
 * pictures before it. At most one is held.
 */
export class PictureRepair {
  readonly #onRepair: () => void;
  #state: "watching" | "joining" | "done" = "watching";
  #looksLeft = maxLooks;
  #held = new HeldPicture();
  #slicesPerPicture = 0;
  /** Pictures in a row with that many slices. */
  #run = 0;
  /** What made the last picture leave before the next one began. */
  #leftBy: "count" | "sound" | undefined;
  /** A picture was found not to have been whole when that made it leave. */
  #isCountWrong = false;
  #isSoundWrong = false;

  /** `onRepair` is told once, when the first message comes that is not a picture. */
  constructor(onRepair: () => void) {
    this.#onRepair = onRepair;
  }

  /** Nothing is wrong with the pictures, and nobody looks any more. */
  get isDone(): boolean {
    return this.#state === "done";
  }

  /** Returns false if the message is to be passed on as it is; otherwise it is held, or has been emitted. */
  take(timestamp: number, payload: Uint8Array, emit: EmitMessage): boolean {
    if (this.#state === "done") return false;
    if (payload.length > 0 && hasOddLengths(payload)) {
      this.#leave(emit);
      this.#state = "done";
      return false;
    }
    const look = isAvcFrame(payload) ? lookAtNalUnits(payload) : undefined;
    const isLead = look?.hasLead === true && look.sliceCount === 0;
    const isRest = look !== undefined && look.sliceCount > 0 && !look.isPictureStart;
    if (this.#state === "watching") {
      if (!isLead && !isRest) return this.#believe();
      this.#state = "joining";
      this.#onRepair();
    }
    if (look === undefined || (look.sliceCount === 0 && !isLead)) {
      this.#leave(emit); // headers and what cannot be read keep their place
      return false;
    }
    if (isRest && this.#held.messageCount === 0) return this.#passRest(payload);
    if (!isRest) this.#leave(emit);
    if (this.#hold(timestamp, payload, look.sliceCount, emit)) return true;
    return isRest ? this.#passRest(payload) : false;
  }

  /** Sound has come: a picture that is much earlier is whole. */
  soundCame(timestamp: number, emit: EmitMessage): void {
    if (this.#held.sliceCount === 0 || this.#isSoundWrong) return;
    if (timestampDistance(this.#held.timestamp, timestamp) <= soundMarginMs) return;
    this.#leave(emit);
    this.#leftBy = "sound";
  }

  /** Nothing follows: what is held of a picture leaves. */
  flush(emit: EmitMessage): void {
    this.#leave(emit);
  }

  #believe(): false {
    if (--this.#looksLeft === 0) this.#state = "done";
    return false;
  }

  /** The picture has left already. A viewer cannot begin with the rest of it, whatever it says of itself. */
  #passRest(payload: Uint8Array): false {
    if (this.#leftBy === "count") this.#isCountWrong = true;
    else if (this.#leftBy === "sound") this.#isSoundWrong = true;
    payload[0] = 0x20 | (payload[0]! & 0x0f);
    return false;
  }

  /** Returns false if there is no room for the message. */
  #hold(timestamp: number, payload: Uint8Array, sliceCount: number, emit: EmitMessage): boolean {
    const held = this.#held;
    const size = held.byteLength + payload.length - avcTagHeaderSize;
    if (size > maxHeldBytes || held.messageCount >= maxHeldMessages) {
      this.#leave(emit);
      this.#held = new HeldPicture(); // without a slice it is no picture, and nobody misses it
      return false;
    }
    held.add(timestamp, payload, sliceCount);
    this.#leftBy = undefined;
    const isSettled = this.#run >= settledAfter && !this.#isCountWrong;
    if (isSettled && held.sliceCount >= this.#slicesPerPicture) {
      this.#leave(emit);
      this.#leftBy = "count";
    }
    return true;
  }

  /** What is held leaves if it is of a picture; what stands ahead of one waits for it. */
  #leave(emit: EmitMessage): void {
    const held = this.#held;
    if (held.sliceCount === 0) return;
    this.#run = held.sliceCount === this.#slicesPerPicture ? this.#run + 1 : 1;
    this.#slicesPerPicture = held.sliceCount;
    this.#held = new HeldPicture();
    emit(MessageTypeId.Video, held.timestamp, held.join());
  }
}
