import { readFileSync, writeFileSync } from "node:fs";

const START = "<!-- bench:start -->";
const END = "<!-- bench:end -->";

/** The README's text with `section` between its two marks. Throws an `Error` if a mark is missing. */
export function withSection(readme: string, section: string): string {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END, start);
  if (start < 0 || end < 0) throw new Error(`a README needs the lines ${START} and ${END}`);
  return `${readme.slice(0, start + START.length)}\n\n${section.trim()}\n\n${readme.slice(end)}`;
}

/** Puts `section` between the marks of the file. */
export function writeSection(file: string | URL, section: string): void {
  writeFileSync(file, withSection(readFileSync(file, "utf8"), section));
}
