import { concat } from "@rtmp/testkit";
import type { ConnectionHandler } from "../src/index.ts";

/** A handler that writes down all it is told. */
export class Recorder implements ConnectionHandler {
  readonly pieces: Uint8Array[] = [];
  readonly closeReasons: string[] = [];
  readonly errors: unknown[] = [];
  drains = 0;

  get bytes(): Uint8Array {
    return concat(...this.pieces);
  }

  data(bytes: Uint8Array): void {
    this.pieces.push(Uint8Array.from(bytes)); // a Buffer does not equal a Uint8Array
  }

  drain(): void {
    this.drains += 1;
  }

  error(error: unknown): void {
    this.errors.push(error);
  }

  close(reason: string): void {
    this.closeReasons.push(reason);
  }
}
