// tsemu binfmt: has the kernel start the single file for guests' programs.
import * as fs from 'node:fs';
import { guests } from '../guests/index.ts';
import type { Guest } from '../guests/guest.ts';
import { entries, matches, patternOf, registration, ToolError, write, type Entry, type Flags } from './registry.ts';

export type Request = { readonly guests: readonly string[]; readonly all: boolean; readonly from: string; readonly replace: boolean; readonly flags: Flags };

const entryName = ({ name }: Guest): string => `tsemu-${name}`;

function chosen({ guests: names, all }: Request): Guest[] {
  if (all) return [...guests];
  if (names.length === 0) throw new ToolError(`which guests? ${guests.map(({ name }) => name).join(', ')}, or --all`);
  return names.map((name) => {
    const guest = guests.find((one) => one.name === name);
    if (guest === undefined) throw new ToolError(`no such guest: ${name}; there is ${guests.map((one) => one.name).join(', ')}`);
    return guest;
  });
}

/** Entries of others that the kernel would ask for the guest's programs too. */
const others = (guest: Guest, found: readonly Entry[]): Entry[] =>
  found.filter((entry) => entry.name !== entryName(guest) && entry.enabled && matches(entry, patternOf(guest.elf)));

const shown = ({ name, interpreter }: Entry): string => `${name} (${interpreter})`;

/** The kernel starts programs only: a launcher that is a script would need a shell wherever it is used. */
function checkInterpreter(path: string): void {
  const advice = "'tsemu single-file FOLDER' makes it, --from FOLDER says where it is";
  const head = Buffer.alloc(4);
  try {
    const fd = fs.openSync(path, 'r');
    fs.readSync(fd, head, 0, head.length, 0);
    fs.closeSync(fd);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ToolError(`${path} cannot be read (${code}): ${advice}`);
  }
  if (head.readUInt32BE(0) !== 0x7f454c46) throw new ToolError(`${path} is not the single file, which needs no other files: ${advice}`);
}

const lineFor = (guest: Guest, request: Request): string =>
  registration(entryName(guest), patternOf(guest.elf), `${request.from}/${entryName(guest)}`, request.flags);

export function register(request: Request): string {
  const wanted = chosen(request);
  const found = entries();
  for (const guest of wanted) {
    checkInterpreter(`${request.from}/${entryName(guest)}`);
    const rivals = others(guest, found);
    if (rivals.length > 0 && !request.replace) {
      throw new ToolError(`${rivals.map(shown).join(', ')} has ${guest.name}'s programs already: --replace disables it`);
    }
  }
  return wanted.flatMap((guest) => {
    const name = entryName(guest);
    const rivals = others(guest, found);
    for (const rival of rivals) write(rival.name, '0', `disabling ${rival.name}`);
    if (found.some((entry) => entry.name === name)) write(name, '-1', `unregistering ${name}`);
    write('register', lineFor(guest, request), `registering ${name}`);
    return [`${guest.name}: registered`, ...rivals.map((rival) => `${guest.name}: disabled ${shown(rival)}`)];
  }).join('\n');
}

export function unregister(request: Request): string {
  const found = entries();
  return chosen(request).flatMap((guest) => {
    const name = entryName(guest);
    const mine = found.some((entry) => entry.name === name);
    if (mine) write(name, '-1', `unregistering ${name}`);
    const waiting = found.filter((entry) => entry.name !== name && !entry.enabled && matches(entry, patternOf(guest.elf)));
    return [
      `${guest.name}: ${mine ? 'unregistered' : 'was not registered'}`,
      ...waiting.map((entry) => `${guest.name}: ${shown(entry)} is disabled: echo 1 > the file of that name in binfmt_misc enables it`),
    ];
  }).join('\n');
}

/** A line for each guest, and whether all are registered. */
export function status(request: Request): { text: string; registered: boolean } {
  const wanted = request.guests.length === 0 ? [...guests] : chosen(request);
  const found = entries();
  let registered = true;
  const lines = wanted.flatMap((guest) => {
    const mine = found.find((entry) => entry.name === entryName(guest));
    registered &&= mine?.enabled ?? false;
    const own = mine === undefined ? 'not registered' : `${mine.enabled ? 'registered' : 'disabled'}, ${mine.interpreter}, flags ${mine.flags || 'none'}`;
    return [`${guest.name}: ${own}`, ...others(guest, found).map((entry) => `${guest.name}: ${shown(entry)} is registered too, flags ${entry.flags || 'none'}`)];
  });
  return { text: lines.join('\n'), registered };
}

/** What systemd's binfmt.d(5) reads, or a shell writes into binfmt_misc's file `register`. */
export function print(request: Request): string {
  return chosen(request).map((guest) => lineFor(guest, request)).join('\n');
}
