import { serialize } from "node:v8";

/** Throws a `TypeError` that names the option when `value` holds something that cannot be given to another process. */
export function assertCloneable(name: string, value: unknown): void {
  try {
    serialize(value);
  } catch (error) {
    throw new TypeError(`${name} cannot be given to another process: ${String(error)}`, { cause: error });
  }
}
