import { authorityOf, isEveryInterface, networkAddresses } from "@rtmp/app-kit";
import type { Interfaces } from "@rtmp/app-kit";

/** Where one stream's phone finds its page. Each address holds the token and is a secret. */
export interface PhoneLink {
  /** The stream's name in logs and figures. */
  readonly stream: string;
  /** The likeliest. */
  readonly url: string;
  /** By the machine's other networks. */
  readonly otherUrls: readonly string[];
  /** On the phone itself, once `cableCommand` has been run on this machine. */
  readonly cableUrl: string;
  readonly cableCommand: string;
}

/** What links are made of. */
export interface LinkParts {
  readonly streams: readonly { readonly name: string; readonly token: string }[];
  /** How the bridge is reached through a proxy or by a name of its own. */
  readonly publicUrl: string | undefined;
  /** As configured for HTTPS. */
  readonly host: string;
  /** As bound. */
  readonly port: number;
  /** As bound, on the loopback. */
  readonly httpPort: number;
}

/** The links of every stream. The token stands behind the `#`, which no browser sends to anybody. */
export function phoneLinks(parts: LinkParts, interfaces?: Interfaces): readonly PhoneLink[] {
  const [base = "", ...otherBases] = pageAddresses(parts, interfaces);
  return parts.streams.map(({ name, token }) => ({
    stream: name,
    url: `${base}#t=${token}`,
    otherUrls: otherBases.map((other) => `${other}#t=${token}`),
    cableUrl: `http://localhost:${parts.httpPort}/#t=${token}`,
    cableCommand: `adb reverse tcp:${parts.httpPort} tcp:${parts.httpPort}`,
  }));
}

function pageAddresses({ publicUrl, host, port }: LinkParts, interfaces?: Interfaces): readonly string[] {
  if (publicUrl !== undefined) return [publicUrl.endsWith("/") ? publicUrl : `${publicUrl}/`];
  const addresses = isEveryInterface(host) ? networkAddresses(interfaces) : [host];
  return (addresses.length > 0 ? addresses : ["127.0.0.1"]).map((address) => `https://${authorityOf(address, port)}/`);
}
