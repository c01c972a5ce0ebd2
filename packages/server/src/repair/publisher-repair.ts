import { MessageTypeId } from "@rtmp/chunk";
import { AacRepair } from "./aac-repair.ts";
import { PictureRepair } from "./picture-repair.ts";
import type { EmitMessage, Repair } from "./repair.ts";

/**
 * Stands between a publisher and its stream: mends what breaks FLV's rules in two known ways, and passes on everything else
 * untouched. After the first messages of a publisher with nothing wrong it is done, and can be left out.
 */
export class PublisherRepair {
  readonly #emit: EmitMessage;
  readonly #sound: AacRepair;
  readonly #pictures: PictureRepair;

  /** `emit` gets the messages as they are to be relayed; `onRepair` hears once of each thing that has to be mended. */
  constructor(emit: EmitMessage, onRepair: (repair: Repair) => void) {
    this.#emit = emit;
    this.#sound = new AacRepair(() => onRepair("adts-in-aac"));
    this.#pictures = new PictureRepair(() => onRepair("nal-per-message"));
  }

  /** Nothing is wrong with the publisher: messages need not come here any more. */
  get isDone(): boolean {
    return this.#sound.isDone && this.#pictures.isDone;
  }

  /** Takes the next message of the publisher. The payload belongs to the stream from now on. */
  push(typeId: number, timestamp: number, payload: Uint8Array): void {
    if (typeId === MessageTypeId.Video) {
      if (this.#pictures.take(timestamp, payload, this.#emit)) return;
    } else {
      this.#pictures.soundCame(timestamp, this.#emit);
      if (this.#sound.take(timestamp, payload, this.#emit)) return;
    }
    this.#emit(typeId, timestamp, payload);
  }

  /** The publisher has ended: the picture that may have been held leaves. */
  flush(): void {
    this.#pictures.flush(this.#emit);
  }
}
