/** What the user gave makes no sense, or a file of theirs is no good; the message is a sentence that says what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
