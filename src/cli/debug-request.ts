// What -g says: where gdb will connect to, and whether the guest waits for it.
import { UsageError } from './values.ts';

/** A port of the loopback interface, or the path of a socket. */
export type Endpoint = { readonly port: number } | { readonly path: string };
export type DebugRequest = { readonly at: Endpoint; readonly suspend: boolean };

/** `port|path[,suspend=y|n]`. */
export function parseDebugRequest(text: string): DebugRequest {
  const [where = '', ...rest] = text.split(',');
  let suspend = true;
  for (const option of rest) {
    const match = /^suspend=(y|yes|on|n|no|off)$/.exec(option);
    if (!match) throw new UsageError(`-g: '${option}' is not suspend=y or suspend=n`);
    suspend = /^(y|yes|on)$/.test(match[1]!);
  }
  if (where === '') throw new UsageError('-g: no port and no path of a socket');
  if (!/^\d+$/.test(where)) return { at: { path: where }, suspend };
  const port = Number(where);
  if (port < 1 || port > 65535) throw new UsageError(`-g: there is no port ${where}`);
  return { at: { port }, suspend };
}
