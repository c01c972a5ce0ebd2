import type { PhoneLink } from "./phone-links.ts";
import { qrText } from "./qr-text.ts";

/** What a person is told when the bridge is ready. */
export interface WelcomeParts {
  readonly links: readonly PhoneLink[];
  /** Of the self-signed certificate; `undefined` if it is one that phones trust. */
  readonly fingerprint: string | undefined;
  readonly statusUrl: string;
  readonly hasQr: boolean;
  readonly hasColors: boolean;
}

/** The text that shows the links. It holds tokens: it is for the person who started the program and for no log. */
export function welcomeText(parts: WelcomeParts): string {
  const warning =
    parts.fingerprint === undefined
      ? []
      : [
          "The phone warns of the certificate once, because this program has made it. Its SHA-256 fingerprint:",
          parts.fingerprint,
          "",
        ];
  const lines = [
    ...parts.links.flatMap((link) => linkLines(link, parts)),
    ...warning,
    `Status: ${parts.statusUrl}`,
    "",
  ];
  return `\n${lines.join("\n")}\n`;
}

function linkLines(link: PhoneLink, { hasQr, hasColors }: WelcomeParts): readonly string[] {
  return [
    `For ${link.stream}, open on the phone:`,
    "",
    `  ${link.url}`,
    "",
    ...(hasQr ? [qrText(link.url, hasColors), ""] : []),
    ...link.otherUrls.map((url) => `  or, in another network of this machine: ${url}`),
    `  or, on a USB cable: ${link.cableCommand}, then ${link.cableUrl}`,
    "",
  ];
}
