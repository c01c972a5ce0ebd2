import type { PublishOptions, Publisher } from "@rtmp/client";
import { RejectedError } from "@rtmp/client";
import type { FlvTag } from "@rtmp/flv-tags";
import { encodeScriptTag } from "@rtmp/flv-tags";

/** One RTMP session at the pretended server. */
export class FakeSession implements Publisher {
  readonly url: string;
  readonly tags: FlvTag[] = [];
  readonly writable: WritableStream<FlvTag>;
  bytesSent = 0;
  isClosed = false;
  #failure: unknown;
  #controller: WritableStreamDefaultController | undefined;
  #stalled: (() => void)[] = [];
  #isStalled = false;

  constructor(url: string) {
    this.url = url;
    this.writable = new WritableStream<FlvTag>({ start: (controller) => void (this.#controller = controller) });
  }

  async write(tag: FlvTag): Promise<void> {
    if (this.#isStalled) await new Promise<void>((resolve) => this.#stalled.push(resolve));
    if (this.#failure !== undefined) throw this.#failure as Error;
    this.tags.push(tag);
  }

  /** Takes nothing more until `resume`. */
  stall(): void {
    this.#isStalled = true;
  }

  resume(): void {
    this.#isStalled = false;
    for (const go of this.#stalled.splice(0)) go();
  }

  /** The server is gone. */
  fail(error: Error): void {
    this.#failure = error;
    this.#controller?.error(error);
    this.resume();
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A server that answers at once, and remembers what it was sent. */
export class FakeServer {
  readonly sessions: FakeSession[] = [];
  /** What the next attempts get instead of a session. */
  readonly failures: Error[] = [];

  readonly publish = (url: string, { signal }: PublishOptions): Promise<Publisher> => {
    const failure = this.failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    const session = new FakeSession(url);
    signal?.addEventListener("abort", () => session.fail(new Error("This operation was aborted")));
    this.sessions.push(session);
    return Promise.resolve(session);
  };

  get session(): FakeSession {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error("nobody has published");
    return session;
  }
}

/** The server says no. */
export function refusal(code = "NetStream.Publish.BadName", description = "already published"): Error {
  return new RejectedError("publish", code, description);
}

/** What a tag is, in a word: "metadata", "video header", "key", "inter", "audio header", "sound". */
export function wordFor({ type, payload }: FlvTag): string {
  if (type === "script") return startsWith(payload, encodeScriptTag("onMetaData")) ? "metadata" : "script";
  if (type === "video") return payload[1] === 0 ? "video header" : payload[0] === 0x17 ? "key" : "inter";
  return payload[1] === 0 ? "audio header" : "sound";
}

function startsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return beginning.every((byte, at) => bytes[at] === byte);
}

/** Lets everything run that waits for a promise. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
