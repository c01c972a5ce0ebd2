interface Mark {
  readonly positionUs: number;
  readonly commonUs: number;
}

/** More marks than any encoder holds back sound for. */
const MOST_MARKS = 512;

/**
 * Stamps encoded sound. An encoder counts samples and knows nothing of gaps or of clocks that drift; this remembers when
 * the samples that went in were made, and tells it for what comes out.
 */
export class SampleTimeline {
  readonly #marks: Mark[] = [];
  #lastUs = Number.NEGATIVE_INFINITY;

  /** The sample that is `positionUs` behind the first was made at `commonUs`. Positions only grow. */
  mark(positionUs: number, commonUs: number): void {
    this.#marks.push({ positionUs, commonUs });
    if (this.#marks.length > MOST_MARKS) this.#marks.shift();
  }

  /**
   * When what begins at `positionUs` was made. Asked in rising order; the answers rise too. `undefined` before the first
   * mark.
   */
  timeOf(positionUs: number): number | undefined {
    while (this.#marks.length > 1 && this.#marks[1]!.positionUs <= positionUs) this.#marks.shift();
    const mark = this.#marks[0];
    if (mark === undefined) return undefined;
    const commonUs = Math.round(mark.commonUs + positionUs - mark.positionUs);
    this.#lastUs = Math.max(commonUs, this.#lastUs + 1);
    return this.#lastUs;
  }
}
