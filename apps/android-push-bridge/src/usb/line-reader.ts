/** Cuts the output of a program on the phone into lines. What is beyond `maxLength` of a line is left out. */
export class LineReader {
  readonly #maxLength: number;
  readonly #decoder = new TextDecoder("utf-8");
  #line = "";

  /** `maxLength` counts UTF-16 units; 1000 unless given. */
  constructor(maxLength = 1000) {
    this.#maxLength = maxLength;
  }

  /** Takes the next bytes and reports each line they complete, without its end. Empty lines are passed over. */
  push(bytes: Uint8Array, onLine: (line: string) => void): void {
    const [first = "", ...rest] = this.#decoder.decode(bytes, { stream: true }).split("\n");
    this.#append(first);
    for (const part of rest) {
      this.end(onLine);
      this.#append(part);
    }
  }

  /** Reports the last line if nothing ended it. */
  end(onLine: (line: string) => void): void {
    const line = this.#line.trimEnd();
    this.#line = "";
    if (line !== "") onLine(line);
  }

  #append(text: string): void {
    this.#line += text.slice(0, this.#maxLength - this.#line.length);
  }
}
