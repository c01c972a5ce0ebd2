import type { Budget } from "./budget.ts";
import { Amf0Error } from "./errors.ts";
import type { Amf0Value } from "./value.ts";

interface Entry {
  readonly value: Amf0Value;
  isOpen: boolean;
  /** What the value holds: values, bytes of text, levels of containers (0 for a leaf). While open: the counts before it. */
  nodes: number;
  stringBytes: number;
  levels: number;
}

/**
 * The values a reference may point at, in the order they began. Each remembers its cost, and every reference pays it again:
 * a body that names a value many times is never larger, once written out, than the limits say.
 */
export class ReferenceTable {
  readonly #entries: Entry[] = [];
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Adds a container that is still being read and goes one level down. Returns what `close` wants. */
  open(value: Amf0Value, offset: number): Entry {
    const budget = this.#budget;
    const outerDeepest = budget.deepest;
    budget.reach(1, offset);
    budget.depth++;
    const { nodes, stringBytes } = budget;
    const entry = { value, isOpen: true, nodes, stringBytes, levels: outerDeepest };
    budget.deepest = budget.depth;
    this.#entries.push(entry);
    return entry;
  }

  /** Ends a container: from now on references may point at it. */
  close(entry: Entry): void {
    const budget = this.#budget;
    const outerDeepest = entry.levels;
    budget.depth--;
    entry.isOpen = false;
    entry.nodes = budget.nodes - entry.nodes;
    entry.stringBytes = budget.stringBytes - entry.stringBytes;
    entry.levels = budget.deepest - budget.depth;
    if (budget.deepest < outerDeepest) budget.deepest = outerDeepest;
  }

  /** Adds a value that holds no others. */
  addLeaf(value: Amf0Value, stringBytes: number): void {
    this.#entries.push({ value, isOpen: false, nodes: 0, stringBytes, levels: 0 });
  }

  /** The value a reference stands for. `offset` is where the reference begins. */
  resolve(index: number, offset: number): Amf0Value {
    const entry = this.#entries[index];
    if (entry === undefined) {
      throw new Amf0Error("AMF0_BAD_REFERENCE", offset, `reference ${index} of ${this.#entries.length}`);
    }
    if (entry.isOpen) {
      throw new Amf0Error("AMF0_CIRCULAR_REFERENCE", offset, `reference ${index} points at a value around it`);
    }
    this.#budget.spendNodes(entry.nodes, offset);
    this.#budget.spendStringBytes(entry.stringBytes, offset);
    this.#budget.reach(entry.levels, offset);
    return entry.value;
  }
}
