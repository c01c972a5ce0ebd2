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
  const abort = watchAbort(signal);
  let isFinished = false;
  try {
    while (!isFinished) {
      const piece = await Promise.race([iterator.next(), abort.promise]);
      isFinished = piece.done === true;
      yield* collect((onItem: (item: Item) => void) => {
        if (piece.done === true) reader.end(onItem);
        else reader.push(piece.value, onItem);
      });
      signal?.throwIfAborted();
    }
  } finally {
    abort.stop();
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

function watchAbort(signal: AbortSignal | undefined): { readonly promise: Promise<never>; stop(): void } {
  let stop = (): void => undefined;
  const promise = new Promise<never>((_, reject) => {
    if (signal === undefined) return;
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    stop = (): void => {
      signal.removeEventListener("abort", onAbort);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  promise.catch(() => undefined); // the race may be over when the abort comes
  return {
    promise,
    stop: () => {
      stop();
    },
  };
}
