// binfmt_misc: which bytes at a file's beginning the kernel is to know a guest's programs by, and what is registered.
// Documentation/admin-guide/binfmt-misc.rst has the format.
import * as fs from 'node:fs';
import type { Wanted } from '../loader/elf.ts';

/** Where binfmt_misc is mounted. */
const FOLDER = '/proc/sys/fs/binfmt_misc';

/** Something that the user can put right: one line. */
export class ToolError extends Error {}

export type Pattern = { readonly magic: Buffer; readonly mask: Buffer };

/**
 * The ELF header's first 20 bytes: class, byte order and version; any system, executables with a fixed address and without
 * (ET_EXEC is 2, ET_DYN 3), the machine.
 */
export function patternOf({ machine, bits, bigEndian }: Pick<Wanted, 'machine' | 'bits' | 'bigEndian'>): Pattern {
  const magic = Buffer.alloc(20), mask = Buffer.alloc(20, 0xff);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, bits / 32, bigEndian ? 2 : 1, 1]).copy(magic);
  const [low, high] = bigEndian ? [17, 18] : [16, 19];
  magic[low] = 2;
  mask[low] = 0xfe;
  magic[bigEndian ? 19 : 18] = machine & 0xff;
  magic[high] = machine >> 8;
  mask[7] = 0; // EI_OSABI
  mask[8] = 0; // EI_ABIVERSION
  return { magic, mask };
}

export type Flags = { readonly preserveArgv0: boolean; readonly openBinary: boolean; readonly credentials: boolean; readonly fixBinary: boolean };

export const flagLetters = (flags: Flags): string =>
  [flags.preserveArgv0 && 'P', (flags.openBinary || flags.credentials) && 'O', flags.credentials && 'C', flags.fixBinary && 'F'].filter(Boolean).join('');

/** The kernel's limits: of the whole line, and of the interpreter's path. */
const MAX_LINE = 1920, MAX_PATH = 126;

/** The line that registers an interpreter. */
export function registration(name: string, { magic, mask }: Pattern, interpreter: string, flags: Flags): string {
  const escaped = (bytes: Buffer): string => [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  if (!interpreter.startsWith('/') || /[:\n]/.test(interpreter)) throw new ToolError(`${interpreter}: the kernel needs an absolute path without colons`);
  const line = `:${name}:M::${escaped(magic)}:${escaped(mask)}:${interpreter}:${flagLetters(flags)}`;
  if (Buffer.byteLength(interpreter) > MAX_PATH || Buffer.byteLength(line) > MAX_LINE) throw new ToolError(`${interpreter}: the kernel takes no path that long`);
  return line;
}

export type Entry = { readonly name: string; readonly enabled: boolean; readonly interpreter: string; readonly flags: string; readonly pattern: Pattern | null; readonly offset: number };

/** What a file in the folder says. Entries for extensions of names have no pattern. */
export function parseEntry(name: string, text: string): Entry {
  const field = (key: string): string => new RegExp(`^${key}:? ?(.*)$`, 'm').exec(text)?.[1] ?? '';
  const magic = Buffer.from(field('magic'), 'hex');
  const mask = field('mask') === '' ? Buffer.alloc(magic.length, 0xff) : Buffer.from(field('mask'), 'hex');
  return {
    name, enabled: text.startsWith('enabled'), interpreter: field('interpreter'), flags: field('flags'),
    pattern: magic.length === 0 ? null : { magic, mask }, offset: Number(field('offset') || 0),
  };
}

/** Whether an entry's pattern matches what `wanted` matches. */
export function matches(entry: Entry, wanted: Pattern): boolean {
  const { pattern, offset } = entry;
  if (pattern === null || offset !== 0) return false;
  const head = Buffer.alloc(128);
  wanted.magic.copy(head);
  return [...pattern.magic].every((byte, i) => (head[i]! & pattern.mask[i]!) === (byte & pattern.mask[i]!));
}

/** Throws when there is no binfmt_misc to speak to. */
export function checkMounted(): void {
  if (fs.existsSync(`${FOLDER}/register`)) return;
  if (fs.existsSync(FOLDER)) throw new ToolError(`binfmt_misc is not mounted: as root, mount -t binfmt_misc binfmt_misc ${FOLDER}`);
  throw new ToolError('the kernel has no binfmt_misc: as root, modprobe binfmt_misc');
}

export function entries(): Entry[] {
  checkMounted();
  return fs.readdirSync(FOLDER).filter((name) => name !== 'register' && name !== 'status')
    .map((name) => parseEntry(name, fs.readFileSync(`${FOLDER}/${name}`, 'latin1')));
}

/** Writes to a file of binfmt_misc. `what` is told when that is not allowed. */
export function write(file: string, text: string, what: string): void {
  try { fs.writeFileSync(`${FOLDER}/${file}`, text, { flag: 'r+' }); } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') throw new ToolError(`${what}: root alone may do that (${code}): sudo, or a privileged container`);
    throw new ToolError(`${what}: the kernel says ${code}`);
  }
}
