/** Decides when an Acknowledgement is due (RTMP 1.0 §5.4.3). */
export class AckWindow {
  #windowSize: number;
  #received = 0; // uint32, wraps like the wire field
  #acknowledged = 0;

  /** `windowSize` in bytes holds until the peer names its own with Window Acknowledgement Size; 0 means never. */
  constructor(windowSize = 0) {
    this.#windowSize = windowSize;
  }

  /** Takes the peer's Window Acknowledgement Size (RTMP 1.0 §5.4.4). A size of 0 keeps the one in force. */
  setWindowSize(byteCount: number): void {
    if (byteCount > 0) this.#windowSize = byteCount;
  }

  /**
   * Counts `byteCount` bytes. Returns the sequence number to send, or `undefined` if none is due.
   * It is due at half the window: some hardware encoders stop at the full window before the answer can reach them.
   */
  receive(byteCount: number): number | undefined {
    this.#received = (this.#received + byteCount) >>> 0;
    const outstanding = (this.#received - this.#acknowledged) >>> 0;
    if (this.#windowSize === 0 || outstanding * 2 < this.#windowSize) return undefined;
    this.#acknowledged = this.#received;
    return this.#received;
  }
}
