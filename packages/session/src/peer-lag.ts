/**
 * Measures how many bytes a peer is behind from the Acknowledgements it sends (RTMP 1.0 §5.4.3).
 * The kernel swallows megabytes before a socket shows that its reader has stopped; the sequence numbers show it at once.
 */
export class PeerLag {
  #acknowledged = 0;
  #count = 0;
  #cadence = 0;

  /** Takes the sequence number of one Acknowledgement. */
  acknowledge(sequenceNumber: number): void {
    const step = (sequenceNumber - this.#acknowledged) >>> 0;
    if (this.#count > 0 && step < 0x8000_0000) this.#cadence = Math.max(this.#cadence, step);
    this.#acknowledged = sequenceNumber;
    this.#count++;
  }

  /** Whether the peer has acknowledged often enough to be measured. */
  get isMeasured(): boolean {
    return this.#count >= 2;
  }

  /**
   * Bytes sent and not acknowledged, less one of the peer's own acknowledgement steps: a peer that reads everything
   * is 0 behind. A peer that has not acknowledged twice cannot be measured and counts as 0 behind.
   */
  bytesBehind(bytesSent: number): number {
    if (!this.isMeasured) return 0;
    const outstanding = (bytesSent - this.#acknowledged) | 0;
    return Math.max(0, outstanding - this.#cadence);
  }
}
