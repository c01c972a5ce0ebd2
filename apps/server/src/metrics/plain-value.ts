/** How deep and how large a value may be; what is beyond becomes "…". */
const maxDepth = 32;
const maxValues = 20_000;

/**
 * The value as JSON can say it, whatever a publisher sent as metadata: dates as ISO 8601 text, big integers as text, byte
 * arrays by their length, what JSON has no word for as null. Circles and giants are cut.
 */
export function plainValue(value: unknown): unknown {
  let valuesLeft = maxValues;
  const convert = (inner: unknown, depth: number): unknown => {
    if (valuesLeft-- <= 0 || depth > maxDepth) return "…";
    switch (typeof inner) {
      case "string":
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
    if (Array.isArray(inner)) return inner.map((element) => convert(element, depth + 1));
    return Object.fromEntries(Object.entries(inner).map(([key, property]) => [key, convert(property, depth + 1)]));
  };
  return convert(value, 0);
}
