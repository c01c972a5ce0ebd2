/** How many senders may be connected at once, whatever carries them. */
export interface ConnectionLimitNumbers {
  readonly maxConnections: number;
  /** Of those, how many may not have been admitted yet: anybody can be one. */
  readonly maxWaiting: number;
  /** The same from one address. */
  readonly maxWaitingPerAddress: number;
}

/** What the program allows. */
export const defaultConnectionLimits: ConnectionLimitNumbers = {
  maxConnections: 256,
  maxWaiting: 128,
  maxWaitingPerAddress: 8,
};

/** One connection's place among the others. */
export interface ConnectionPlace {
  /** The connection has said a good Hello. Twice is fine. */
  admit(): void;
  /** The connection is gone. Twice is fine. */
  leave(): void;
}

/** Counts the connections of all carriers, so that strangers cannot keep phones out. */
export class ConnectionLimits {
  readonly #limits: ConnectionLimitNumbers;
  readonly #waitingByAddress = new Map<string, number>();
  #count = 0;
  #waiting = 0;
  #refused = 0;

  constructor(limits: ConnectionLimitNumbers = defaultConnectionLimits) {
    this.#limits = limits;
  }

  /** Connections that found no place since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** A place for a new connection, or `undefined` if there is none. */
  enter(address: string): ConnectionPlace | undefined {
    const { maxConnections, maxWaiting, maxWaitingPerAddress } = this.#limits;
    const fromThere = this.#waitingByAddress.get(address) ?? 0;
    if (this.#count >= maxConnections || this.#waiting >= maxWaiting || fromThere >= maxWaitingPerAddress) {
      this.#refused++;
      return undefined;
    }
    this.#count++;
    this.#waiting++;
    this.#waitingByAddress.set(address, fromThere + 1);
    return this.#placeOf(address);
  }

  #placeOf(address: string): ConnectionPlace {
    let isWaiting = true;
    let isHere = true;
    const admit = (): void => {
      if (isWaiting) this.#stopWaiting(address);
      isWaiting = false;
    };
    const leave = (): void => {
      admit();
      if (isHere) this.#count--;
      isHere = false;
    };
    return { admit, leave };
  }

  #stopWaiting(address: string): void {
    this.#waiting--;
    const left = (this.#waitingByAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#waitingByAddress.delete(address);
    else this.#waitingByAddress.set(address, left);
  }
}
