import { X509Certificate } from "node:crypto";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { PageHttp } from "../../src/http/page-http.ts";
import { ownCertificate } from "../../src/state/certificate.ts";
import type { MachineNames } from "../../src/state/certificate.ts";
import { readKeyPairFiles } from "../../src/state/key-pair-files.ts";
import { StateFolder } from "../../src/state/state-folder.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const names: MachineNames = { hostname: "studio", addresses: ["192.0.2.7", "198.51.100.3"] };
const now = new Date("2026-06-01T00:00:00Z");
const dayMs = 86_400_000;

test("the certificate is for a server, for two years, and for every name of the machine", async () => {
  const { keyPair, fingerprint, madeBecause } = await ownCertificate(new StateFolder(temporaryFolder()), names, now);
  expect(madeBecause).toBe("there was none");
  const certificate = new X509Certificate(keyPair.cert);
  expect(certificate.fingerprint256).toBe(fingerprint);
  expect(certificate.ca).toBe(false);
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]); // serverAuth
  expect(new Date(certificate.validTo).getTime()).toBe(now.getTime() + 730 * dayMs);
  for (const host of ["localhost", "studio", "studio.local"]) expect(certificate.checkHost(host), host).toBeDefined();
  for (const ip of ["127.0.0.1", "::1", ...names.addresses]) expect(certificate.checkIP(ip), ip).toBeDefined();
  expect(certificate.checkHost("other.local")).toBeUndefined();
});

test("it is the same after a restart, and its key is nobody else's to read", async () => {
  const folder = temporaryFolder();
  const first = await ownCertificate(new StateFolder(folder), names, now);
  const second = await ownCertificate(new StateFolder(folder), names, new Date(now.getTime() + 600 * dayMs));
  expect(second).toEqual({ keyPair: first.keyPair, fingerprint: first.fingerprint });
  expect(statSync(join(folder, "key.pem")).mode & 0o777).toBe(0o600);
});

test.each<[string, Partial<MachineNames>, number, string]>([
  ["ends within 30 days", {}, 701, "the one of before ends soon"],
  ["has not an address of today", { addresses: ["192.0.2.8"] }, 0, "192.0.2.8 is not in the one of before"],
  ["has not the machine's name", { hostname: "atelier" }, 0, "atelier is not in the one of before"],
])("a certificate that %s is made anew", async (_name, changes, days, reason) => {
  const folder = new StateFolder(temporaryFolder());
  const first = await ownCertificate(folder, names, now);
  const later = new Date(now.getTime() + days * dayMs);
  const second = await ownCertificate(folder, { ...names, ...changes }, later);
  expect(second.madeBecause).toBe(reason);
  expect(second.fingerprint).not.toBe(first.fingerprint);
  expect((await ownCertificate(folder, { ...names, ...changes }, later)).fingerprint).toBe(second.fingerprint);
});

test("a machine that goes to and fro between two networks changes its certificate once", async () => {
  const folder = new StateFolder(temporaryFolder());
  await ownCertificate(folder, { ...names, addresses: ["192.0.2.7"] }, now);
  const away = await ownCertificate(folder, { ...names, addresses: ["203.0.113.9"] }, now);
  const back = await ownCertificate(folder, { ...names, addresses: ["192.0.2.7"] }, now);
  expect(back.fingerprint).toBe(away.fingerprint);
});

test.each(["certificate.pem", "key.pem"])("a damaged %s is made anew", async (name) => {
  const folder = temporaryFolder();
  await ownCertificate(new StateFolder(folder), names, now);
  writeFileSync(join(folder, name), "nonsense");
  const { madeBecause, keyPair } = await ownCertificate(new StateFolder(folder), names, now);
  expect(madeBecause).toBe("the one of before is damaged");
  expect(readFileSync(join(folder, name), "utf8")).toBe(name === "key.pem" ? keyPair.key : keyPair.cert);
});

test("a key that others could read before is written for its owner alone", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "key.pem"), "old");
  chmodSync(join(folder, "key.pem"), 0o644);
  await ownCertificate(new StateFolder(folder), names, now);
  expect(statSync(join(folder, "key.pem")).mode & 0o777).toBe(0o600);
});

test("a host name that no certificate can hold is left out", async () => {
  const folder = new StateFolder(temporaryFolder());
  const { keyPair } = await ownCertificate(folder, { hostname: "under_score box", addresses: [] }, now);
  expect(new X509Certificate(keyPair.cert).subjectAltName).toBe(
    "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
  );
  expect(
    (await ownCertificate(folder, { hostname: "under_score box", addresses: [] }, now)).madeBecause,
  ).toBeUndefined();
});

test("a page is served with it, and with another as soon as it is replaced", async () => {
  const today = new Date();
  const first = await ownCertificate(new StateFolder(temporaryFolder()), names, today);
  const second = await ownCertificate(new StateFolder(temporaryFolder()), names, today);
  const http = new PageHttp({ page: new Map(), keyPair: first.keyPair, upgrade: () => undefined });
  const port = await http.listen(0, "127.0.0.1");
  onTestFinished(() => http.stopListening());
  const seenBy = async (ca: string): Promise<string> => {
    const socket = connect({ port, host: "127.0.0.1", ca });
    await once(socket, "secureConnect"); // the address is checked against the names
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };
  expect(await seenBy(first.keyPair.cert)).toBe(first.fingerprint);
  http.replaceKeyPair(second.keyPair);
  expect(await seenBy(second.keyPair.cert)).toBe(second.fingerprint);
  expect(() => http.replaceKeyPair({ cert: "no", key: "no" })).toThrow();
  expect(await seenBy(second.keyPair.cert)).toBe(second.fingerprint);
});

test("what is no TLS is cut off without harm to others", async () => {
  const { keyPair, fingerprint } = await ownCertificate(new StateFolder(temporaryFolder()), names, new Date());
  const http = new PageHttp({ page: new Map(), keyPair, upgrade: () => undefined });
  const port = await http.listen(0, "127.0.0.1");
  onTestFinished(() => http.stopListening());
  const raw = connectTcp(port, "127.0.0.1").on("error", () => undefined);
  raw.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  raw.resume();
  await once(raw, "close");
  const socket = connect({ port, host: "127.0.0.1", ca: keyPair.cert });
  await once(socket, "secureConnect");
  expect(socket.getPeerCertificate().fingerprint256).toBe(fingerprint);
  socket.destroy();
});

test("a pair that the user brings is read, and one that is no pair is a sentence", async () => {
  const one = temporaryFolder();
  const other = temporaryFolder();
  const { fingerprint, keyPair } = await ownCertificate(new StateFolder(one), names, now);
  await ownCertificate(new StateFolder(other), names, now);
  const [cert, key] = [join(one, "certificate.pem"), join(one, "key.pem")];
  expect(readKeyPairFiles(cert, key)).toEqual({ fingerprint, keyPair });
  expect(() => readKeyPairFiles(cert, join(other, "key.pem"))).toThrow(/do not make a certificate: .*mismatch.*\.$/);
  expect(() => readKeyPairFiles(join(one, "none"), key)).toThrow(/^--cert .*none cannot be read: ENOENT.*\.$/);
});

test("a state folder that cannot be made is a sentence that names the option", () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  expect(() => new StateFolder(join(file, "folder"))).toThrow(
    /cannot be made: .*Choose another folder with --state-dir\.$/,
  );
});
