// JavaScript lists keys such as "2" and "1" as 1, 2 and before all others. Objects read in another order are remembered here.
const wireOrders = new WeakMap<object, readonly string[]>();

// Keys that an assignment might not make an own property: a frozen prototype refuses, an accessor swallows.
const inheritedKeys: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Sets an own data property, whatever `Object.prototype` says about the key. */
function setOwnProperty<Value>(target: Record<string, Value>, key: string, value: Value): void {
  if (inheritedKeys.has(key)) {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

/** The own enumerable keys in the order they were read from the wire; keys set since come last. */
export function keysInWireOrder(properties: object): readonly string[] {
  const keys = Object.keys(properties);
  const order = wireOrders.get(properties);
  if (order === undefined) return keys;
  const present = new Set(keys);
  const known = order.filter((key) => present.delete(key));
  return [...known, ...present];
}

/** Fills an object with properties in wire order. A key that comes again replaces the value and keeps its place. */
export class PropertyFiller<Value> {
  readonly #target: Record<string, Value>;
  #order: string[] | undefined; // kept from the first key on that JavaScript may move; keys may come twice

  constructor(target: Record<string, Value>) {
    this.#target = target;
  }

  set(key: string, value: Value): void {
    if (this.#order === undefined && startsWithDigit(key)) this.#order = Object.keys(this.#target);
    this.#order?.push(key);
    setOwnProperty(this.#target, key, value);
  }

  /** Call after the last property. */
  finish(): void {
    const order = this.#order;
    if (order === undefined) return;
    if (Object.keys(this.#target).some((key, place) => key !== order[place])) wireOrders.set(this.#target, order);
  }
}

function startsWithDigit(key: string): boolean {
  const code = key.charCodeAt(0);
  return code >= 48 && code <= 57;
}
