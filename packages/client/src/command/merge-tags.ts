import { timestampDistance } from "@rtmp/chunk";
import type { FlvTag } from "@rtmp/flv-tags";

/** Tags of several sources in order of time; of equal ones those of the first source come first. Closes all sources at the end. */
export async function* mergeTags(
  sources: readonly AsyncGenerator<FlvTag, void, undefined>[],
): AsyncGenerator<FlvTag, void, undefined> {
  try {
    const heads = await Promise.all(sources.map(async (source) => ({ source, result: await source.next() })));
    for (;;) {
      let earliest: { readonly head: (typeof heads)[number]; readonly tag: FlvTag } | undefined;
      for (const head of heads) {
        if (head.result.done === true) continue;
        const tag = head.result.value;
        if (earliest === undefined || timestampDistance(earliest.tag.timestamp, tag.timestamp) < 0)
          earliest = { head, tag };
      }
      if (earliest === undefined) return;
      yield earliest.tag;
      earliest.head.result = await earliest.head.source.next();
    }
  } finally {
    await Promise.all(sources.map((source) => source.return()));
  }
}
