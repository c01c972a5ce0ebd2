import { create } from "qrcode";

/** Light modules around the code, as many as ISO/IEC 18004 asks for. */
const QUIET_ZONE = 4;

/**
 * A QR code for a terminal, two rows of modules on each line. With colours it is black on white whatever the terminal's
 * own are; without, light modules are drawn, which is right on a dark terminal.
 */
export function qrText(text: string, hasColors: boolean): string {
  const { modules } = create(text, { errorCorrectionLevel: "M" });
  const isDark = (row: number, column: number): boolean =>
    row >= 0 && column >= 0 && row < modules.size && column < modules.size && modules.get(row, column) !== 0;
  const lines: string[] = [];
  for (let row = -QUIET_ZONE; row < modules.size + QUIET_ZONE; row += 2) {
    let line = "";
    for (let column = -QUIET_ZONE; column < modules.size + QUIET_ZONE; column++) {
      line += blockOf(isDark(row, column), isDark(row + 1, column));
    }
    lines.push(hasColors ? `\u001b[97;40m${line}\u001b[0m` : line);
  }
  return lines.join("\n");
}

/** Light is what is drawn: the foreground is white. */
function blockOf(isUpperDark: boolean, isLowerDark: boolean): string {
  if (isUpperDark) return isLowerDark ? " " : "▄";
  return isLowerDark ? "▀" : "█";
}
