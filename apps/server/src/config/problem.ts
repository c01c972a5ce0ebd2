import { visibleText } from "../log/visible-text.ts";

/** The configuration makes no sense. `problems` has one sentence for each thing that is wrong, the key first. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/** A value from outside as an error message shows it: short, on one line, nothing invisible. */
export function shown(value: unknown): string {
  // A function or a symbol has no JSON; a file or a command line cannot give one.
  const json = (JSON.stringify(value) as string | undefined) ?? typeof value;
  return visibleText(json.length > 80 ? `${json.slice(0, 80)}…` : json);
}
