/** How deep and how large a value may be, in values and in characters of text; what is beyond becomes "…" or is left out. */
const maxDepth = 32;
const maxValues = 2000;
const maxText = 32_768;

/**
 * The value as JSON can say it, whatever a publisher sent as metadata: dates as ISO 8601 text, big integers as text, byte
 * arrays by their length, what JSON has no word for as null. Circles and giants are cut.
 */
export function plainValue(value: unknown): unknown {
  let valuesLeft = maxValues;
  let textLeft = maxText;
  const isSpent = (): boolean => valuesLeft <= 0 || textLeft <= 0;
  const takeText = (text: string): string => {
    textLeft -= text.length;
    return textLeft >= 0 ? text : "…";
  };
  const convert = (inner: unknown, depth: number): unknown => {
    if (valuesLeft-- <= 0 || depth > maxDepth) return "…";
    switch (typeof inner) {
      case "string":
        return takeText(inner);
      case "boolean":
        return inner;
      case "number":
        return Number.isFinite(inner) ? inner : null;
      case "bigint":
        return inner.toString();
      case "object":
        return convertObject(inner, depth);
      default:
        return null;
    }
  };
  const convertObject = (inner: object | null, depth: number): unknown => {
    if (inner === null) return null;
    if (inner instanceof Date) return Number.isNaN(inner.getTime()) ? null : inner.toISOString();
    if (inner instanceof Uint8Array) return `${inner.length} bytes`;
    if (Array.isArray(inner)) {
      const elements: unknown[] = [];
      for (const element of inner) {
        elements.push(convert(element, depth + 1));
        if (isSpent()) break;
      }
      return elements;
    }
    const properties: [string, unknown][] = [];
    for (const key of Object.keys(inner)) {
      properties.push([takeText(key), convert((inner as Readonly<Record<string, unknown>>)[key], depth + 1)]);
      if (isSpent()) break;
    }
    return Object.fromEntries(properties);
  };
  return convert(value, 0);
}
