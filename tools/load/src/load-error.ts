/** The run cannot be made or cannot go on, and its message is all the user needs to know. */
export class LoadError extends Error {
  override readonly name = "LoadError";
}
