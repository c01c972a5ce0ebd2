import { packageVersion } from "@rtmp/app-kit";

/** The program's version, as its package.json says. */
export const version: string = packageVersion(import.meta.url);
