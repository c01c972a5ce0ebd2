/** A reader that takes bytes in pieces and reports items, and may hold some back until `end`. */
export interface PieceReader<Item> {
  push(bytes: Uint8Array, onItem: (item: Item) => void): void;
  end(onItem: (item: Item) => void): void;
}

/**
 * Runs a push reader over an async source. Items finished before a fault are yielded before the fault is thrown.
 * An abort is noticed even while the source is silent; leaving early closes the source.
 */
export async function* readPieces<Item>(
  source: AsyncIterable<Uint8Array>,
  reader: PieceReader<Item>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let isFinished = false;
  try {
    while (!isFinished) {
      signal?.throwIfAborted();
      const piece = await nextPiece(iterator, signal);
      isFinished = piece.done === true;
      yield* collect((onItem: (item: Item) => void) => {
        if (piece.done === true) reader.end(onItem);
        else reader.push(piece.value, onItem);
      });
    }
  } finally {
    // A source that is still waiting answers `return` only when it wakes: an aborted reader does not wait for that.
    const closed = isFinished ? undefined : iterator.return?.();
    if (signal?.aborted === true) closed?.catch(() => undefined);
    else await closed;
  }
}

function* collect<Item>(run: (onItem: (item: Item) => void) => void): Generator<Item, void, undefined> {
  const items: Item[] = [];
  let fault: { readonly error: unknown } | undefined;
  try {
    run((item) => items.push(item));
  } catch (error) {
    fault = { error };
  }
  yield* items;
  if (fault !== undefined) throw fault.error;
}

/** Waits for the next piece or the abort; each wait takes its listener away again, so long streams pile nothing up. */
function nextPiece(
  iterator: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<Uint8Array>> {
  if (signal === undefined) return iterator.next();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    iterator
      .next()
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener("abort", onAbort);
      });
  });
}
