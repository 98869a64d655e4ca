// Arguments and environment as bytes (latin1: one character a byte). Node decodes them, which loses what is not UTF-8.
import * as fs from 'node:fs';

/** Text of ours as bytes, and back. */
export const toBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
export const fromBytes = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** The arguments as bytes: Node's own are decoded, which loses what is not UTF-8. */
export function rawArguments(decoded: readonly string[]): string[] {
  if (!decoded.some((arg) => arg.includes('\ufffd'))) return decoded.map((arg) => (ascii.test(arg) ? arg : toBytes(arg)));
  return procStrings('/proc/self/cmdline')?.slice(-decoded.length || Infinity) ?? decoded.map(toBytes);
}

const ascii = /^[\x00-\x7f]*$/;

/** The environment as bytes, in its own order and with all entries, however odd. */
export function rawEnvironment(): string[] {
  return procStrings('/proc/self/environ') ?? Object.entries(process.env).map(([name, value]) => toBytes(`${name}=${value}`));
}

/** NUL-terminated strings of a file in /proc; null when there is none to read. */
function procStrings(path: string): string[] | null {
  try {
    const strings = fs.readFileSync(path, 'latin1').split('\0');
    strings.pop();
    return strings;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return null;
  }
}
