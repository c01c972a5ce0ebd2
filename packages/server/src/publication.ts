import type { EventStream, PublicationFigures } from "./events.ts";
import type { LiveStream, StreamPublisher } from "./live-stream.ts";
import { PublisherRepair } from "./repair/publisher-repair.ts";
import type { Repair } from "./repair/repair.ts";

interface PublicationOptions {
  readonly stream: LiveStream;
  readonly eventStream: EventStream;
  /** Whether media that breaks FLV's rules is mended. */
  readonly repairs: boolean;
  readonly onRepair: (repair: Repair) => void;
  readonly onReplaced: () => void;
}

/** What a client publishes on one of its message streams. */
export class Publication implements StreamPublisher {
  readonly stream: LiveStream;
  readonly eventStream: EventStream;
  /** What has been mended so far. */
  readonly repairs: Repair[] = [];
  readonly #onReplaced: () => void;
  #repair: PublisherRepair | undefined;

  constructor({ stream, eventStream, repairs, onRepair, onReplaced }: PublicationOptions) {
    this.stream = stream;
    this.eventStream = eventStream;
    this.#onReplaced = onReplaced;
    if (!repairs) return;
    this.#repair = new PublisherRepair(
      (typeId, timestamp, payload) => stream.push(typeId, timestamp, payload),
      (repair) => {
        this.repairs.push(repair);
        onRepair(repair);
      },
    );
  }

  /** Takes audio or video. The payload belongs to the stream from now on. */
  push(typeId: number, timestamp: number, payload: Uint8Array): void {
    const repair = this.#repair;
    if (repair === undefined) return this.stream.push(typeId, timestamp, payload);
    repair.push(typeId, timestamp, payload);
    if (repair.isDone) this.#repair = undefined;
  }

  /** Another has taken the stream over. */
  replaced(): void {
    this.#onReplaced();
  }

  /** The client sends no more: the stream gets what is left, unless it is somebody else's by now. Returns its figures. */
  end(): PublicationFigures {
    if (this.stream.publisher === this) this.#repair?.flush();
    this.#repair = undefined;
    const { messagesIn, bytesIn, subscribers } = this.stream.figures;
    this.stream.unpublish(this);
    return { messagesIn, bytesIn, subscribers };
  }
}
