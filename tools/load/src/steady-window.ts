/** The time in which figures count, on the clock of `monotonicUs`. It has not come until `open` is called. */
export class SteadyWindow {
  fromUs: number = Infinity;
  toUs: number = Infinity;

  open(fromUs: number, toUs: number): void {
    this.fromUs = fromUs;
    this.toUs = toUs;
  }

  has(us: number): boolean {
    return us >= this.fromUs && us < this.toUs;
  }
}
