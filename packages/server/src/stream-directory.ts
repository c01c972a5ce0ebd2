/** What the directory has to say to loops. */
export interface StreamDirectoryOptions {
  /** `loop` watches the stream and shall know that `owner` publishes it, or that nobody does. */
  readonly tell: (loop: number, streamPath: string, owner: number | undefined) => void;
  /** Asks the loop that publishes whether another may take the stream over; it answers once. */
  readonly askToGiveWay: (loop: number, streamPath: string, answer: (givesWay: boolean) => void) => void;
}

interface Claim {
  readonly loop: number;
  readonly answer: (isGranted: boolean) => void;
}

/** An owner is being asked to give way to a claim. */
interface GiveWayQuestion {
  readonly owner: number;
  readonly claim: Claim;
  readonly answer: (givesWay: boolean) => void;
  /** The loop that claims has gone. */
  isCancelled: boolean;
}

/** One name. */
class Entry {
  readonly streamPath: string;
  /** The loop that was granted the name last, while it holds a claim. */
  owner: number | undefined;
  /** The number of that grant. */
  tenure = 0;
  /** Claims that were granted and not released, by loop. */
  readonly claims = new Map<number, number>();
  readonly watchers = new Set<number>();
  /** Claims that wait until the owner has answered. */
  readonly waiting: Claim[] = [];
  asked: GiveWayQuestion | undefined;

  constructor(streamPath: string) {
    this.streamPath = streamPath;
  }

  get isUnused(): boolean {
    return this.claims.size === 0 && this.watchers.size === 0 && this.asked === undefined;
  }
}

/**
 * Which loop publishes which stream: the one list of names of a server with several loops. A name is granted to one
 * loop at a time; two publishers of the same loop are that loop's affair.
 */
export class StreamDirectory {
  readonly #options: StreamDirectoryOptions;
  readonly #entries = new Map<string, Entry>();
  #lastTenure = 0;

  constructor(options: StreamDirectoryOptions) {
    this.#options = options;
  }

  /** Names that somebody publishes, watches or claims. */
  get size(): number {
    return this.#entries.size;
  }

  /** The loop that publishes the stream. */
  ownerOf(streamPath: string): number | undefined {
    return this.#entries.get(streamPath)?.owner;
  }

  /** Rises with each loop that gets the name: of two that say they publish the stream, the higher is the newer. */
  tenureOf(streamPath: string): number {
    return this.#entries.get(streamPath)?.tenure ?? 0;
  }

  /** The loops that have viewers of the stream. */
  watchersOf(streamPath: string): readonly number[] {
    return [...(this.#entries.get(streamPath)?.watchers ?? [])];
  }

  /** A publisher of `loop` wants the name. Each claim that is granted has to be released. */
  claim(streamPath: string, loop: number, answer: (isGranted: boolean) => void): void {
    const entry = this.#obtain(streamPath);
    entry.waiting.push({ loop, answer });
    this.#serve(entry);
  }

  /** What was claimed is not published, or not any more. */
  release(streamPath: string, loop: number): void {
    const entry = this.#entries.get(streamPath);
    const count = entry?.claims.get(loop);
    if (entry === undefined || count === undefined) return;
    if (count > 1) entry.claims.set(loop, count - 1);
    else this.#dropClaims(entry, loop);
    this.#forgetUnused(entry);
  }

  /** `loop` has viewers of the stream: it is told who publishes, at once if somebody does, and of every change. */
  watch(streamPath: string, loop: number): void {
    const entry = this.#obtain(streamPath);
    entry.watchers.add(loop);
    if (entry.owner !== undefined) this.#options.tell(loop, streamPath, entry.owner);
  }

  unwatch(streamPath: string, loop: number): void {
    const entry = this.#entries.get(streamPath);
    if (entry === undefined) return;
    entry.watchers.delete(loop);
    this.#forgetUnused(entry);
  }

  /** A loop is no more: what it published has ended. */
  loopGone(loop: number): void {
    for (const entry of [...this.#entries.values()]) {
      entry.watchers.delete(loop);
      const kept = entry.waiting.filter((claim) => claim.loop !== loop);
      entry.waiting.splice(0, entry.waiting.length, ...kept);
      this.#dropClaims(entry, loop);
      if (entry.asked?.claim.loop === loop) entry.asked.isCancelled = true;
      if (entry.asked?.owner === loop) entry.asked.answer(true);
      this.#forgetUnused(entry);
    }
  }

  #serve(entry: Entry): void {
    while (entry.asked === undefined) {
      const claim = entry.waiting.shift();
      if (claim === undefined) break;
      const { owner } = entry;
      if (owner === undefined || owner === claim.loop) this.#grant(entry, claim);
      else this.#ask(entry, owner, claim);
    }
    this.#forgetUnused(entry);
  }

  #ask(entry: Entry, owner: number, claim: Claim): void {
    const question: GiveWayQuestion = {
      owner,
      claim,
      isCancelled: false,
      answer: (givesWay) => {
        if (entry.asked !== question) return;
        entry.asked = undefined;
        const hasEnded = !entry.claims.has(owner); // by itself, meanwhile
        if ((givesWay || hasEnded) && !question.isCancelled) this.#grant(entry, claim);
        else {
          if (hasEnded) this.#setOwner(entry, undefined);
          claim.answer(false);
        }
        this.#serve(entry);
      },
    };
    entry.asked = question;
    this.#options.askToGiveWay(owner, entry.streamPath, question.answer);
  }

  #grant(entry: Entry, { loop, answer }: Claim): void {
    entry.claims.set(loop, (entry.claims.get(loop) ?? 0) + 1);
    this.#setOwner(entry, loop);
    answer(true);
  }

  #dropClaims(entry: Entry, loop: number): void {
    entry.claims.delete(loop);
    // While it is asked to give way, the next owner is about to come, and viewers are not to hear of the gap.
    if (entry.owner === loop && entry.asked === undefined) this.#setOwner(entry, undefined);
  }

  #setOwner(entry: Entry, owner: number | undefined): void {
    if (entry.owner === owner) return;
    entry.owner = owner;
    if (owner !== undefined) entry.tenure = ++this.#lastTenure;
    for (const watcher of entry.watchers) this.#options.tell(watcher, entry.streamPath, owner);
  }

  #obtain(streamPath: string): Entry {
    let entry = this.#entries.get(streamPath);
    if (entry === undefined) {
      entry = new Entry(streamPath);
      this.#entries.set(streamPath, entry);
    }
    return entry;
  }

  #forgetUnused(entry: Entry): void {
    if (entry.isUnused && entry.waiting.length === 0 && this.#entries.get(entry.streamPath) === entry)
      this.#entries.delete(entry.streamPath);
  }
}
