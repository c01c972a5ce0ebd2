import { X509Certificate, createPrivateKey } from "node:crypto";
import { generate } from "selfsigned";
import type { SubjectAltNameEntry } from "selfsigned";
import type { KeyPair } from "./key-pair.ts";
import type { StateFolder } from "./state-folder.ts";

/** Names by which phones may ask for this machine. */
export interface MachineNames {
  /** As `os.hostname()` gives it. */
  readonly hostname: string;
  /** Of the network, IPv4. */
  readonly addresses: readonly string[];
}

/** The certificate that the program has made for itself. */
export interface OwnCertificate {
  readonly keyPair: KeyPair;
  /** SHA-256, as browsers show it. */
  readonly fingerprint: string;
  /** Why it was made anew just now, as the end of a sentence; `undefined` if it is the one of before. */
  readonly madeBecause?: string;
}

const dayMs = 86_400_000;
/** Apple's limit for any certificate is 825 days. */
const validDays = 730;
const renewDays = 30;
/** Addresses of networks of before are kept, so that a laptop between two networks does not change its certificate daily. */
const maxFormerAddresses = 16;

/**
 * The certificate of before, or a new one: if there is none, it ends within 30 days, or an address of today is missing in
 * it. Phones have to accept a new one once.
 */
export async function ownCertificate(folder: StateFolder, names: MachineNames, now: Date): Promise<OwnCertificate> {
  const cert = folder.read("certificate.pem");
  const key = folder.read("key.pem");
  const stored = cert === undefined || key === undefined ? undefined : readPair({ cert, key });
  const madeBecause = reasonToRenew(stored?.certificate, cert !== undefined, names, now);
  if (stored !== undefined && madeBecause === undefined) {
    return { keyPair: stored.keyPair, fingerprint: stored.certificate.fingerprint256 };
  }
  const keyPair = await makeKeyPair(altNames(names, formerAddresses(stored?.certificate)), now);
  folder.write("key.pem", keyPair.key);
  folder.write("certificate.pem", keyPair.cert);
  const fingerprint = new X509Certificate(keyPair.cert).fingerprint256;
  return { keyPair, fingerprint, ...(madeBecause === undefined ? {} : { madeBecause }) };
}

interface ReadPair {
  readonly keyPair: KeyPair;
  readonly certificate: X509Certificate;
}

/** Reads certificate and key, PEM; `undefined` if they are no pair. */
function readPair(keyPair: KeyPair): ReadPair | undefined {
  try {
    const certificate = new X509Certificate(keyPair.cert);
    return certificate.checkPrivateKey(createPrivateKey(keyPair.key)) ? { keyPair, certificate } : undefined;
  } catch {
    return undefined;
  }
}

function reasonToRenew(
  certificate: X509Certificate | undefined,
  wasStored: boolean,
  { hostname, addresses }: MachineNames,
  now: Date,
): string | undefined {
  if (certificate === undefined) return wasStored ? "the one of before is damaged" : "there was none";
  if (new Date(certificate.validTo).getTime() - now.getTime() < renewDays * dayMs) return "the one of before ends soon";
  const missing = addresses.find((address) => certificate.checkIP(address) === undefined);
  if (missing !== undefined) return `${missing} is not in the one of before`;
  const missingName = hostNames(hostname).find((name) => certificate.checkHost(name) === undefined);
  return missingName === undefined ? undefined : `${missingName} is not in the one of before`;
}

/** Every name of the machine that a certificate can hold. */
function hostNames(hostname: string): readonly string[] {
  const isName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
  const label = hostname.split(".")[0] ?? "";
  return [...new Set(["localhost", hostname, `${label}.local`].filter((name) => isName.test(name)))];
}

function altNames({ hostname, addresses }: MachineNames, former: readonly string[]): SubjectAltNameEntry[] {
  const allAddresses = [...new Set(["127.0.0.1", "::1", ...addresses, ...former])];
  return [
    ...hostNames(hostname).map((value) => ({ type: 2 as const, value })),
    ...allAddresses.map((ip) => ({ type: 7 as const, ip })),
  ];
}

function formerAddresses(certificate: X509Certificate | undefined): readonly string[] {
  const found = (certificate?.subjectAltName ?? "").matchAll(/IP Address:(\d+\.\d+\.\d+\.\d+)/g);
  return [...found].map(([, address]) => address ?? "").slice(0, maxFormerAddresses);
}

async function makeKeyPair(names: SubjectAltNameEntry[], now: Date): Promise<KeyPair> {
  const made = await generate([{ name: "commonName", value: "Android push bridge" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(now.getTime() - dayMs), // a phone's clock may be behind
    notAfterDate: new Date(now.getTime() + validDays * dayMs),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: names },
    ],
  });
  return { cert: made.cert, key: made.private };
}
