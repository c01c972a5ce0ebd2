/** Everything that a terminal obeys, hides or reorders: control and format characters, line and paragraph separators. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The text with everything invisible in it written as `\uXXXX`, so that it can neither forge a line nor steer a terminal. */
export function visibleText(text: string): string {
  return text.replace(invisible, (character) => {
    let escaped = "";
    for (let i = 0; i < character.length; i++) {
      escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
    }
    return escaped;
  });
}

/** A value from outside as an error message shows it: short, on one line, nothing invisible. */
export function shown(value: unknown): string {
  // A function or a symbol has no JSON; a file or a command line cannot give one.
  const json = (JSON.stringify(value) as string | undefined) ?? typeof value;
  return visibleText(json.length > 80 ? `${json.slice(0, 80)}…` : json);
}
