// Which calls each guest has and how well they are done, as the page docs/syscalls.md: scripts/syscall-support.mjs writes it, and
// a test compares it with the rows.
import type { Guest } from '../guests/guest.ts';
import type { Syscall } from './call.ts';
import { syscalls, type SyscallName } from './table.ts';

export type Level = 'done' | 'partial' | 'not possible';

export function levelOf(row: Syscall): Level {
  return row.never !== undefined ? 'not possible' : row.partly !== undefined ? 'partial' : 'done';
}

const head = `# System calls
Every call of the tables of the guests' Linux, up to 6.12 and some newer ones: its number for each guest (- where that guest's Linux has none), and
whether it is done. Calls that the host's kernel lacks or refuses answer what the host answers. This page is generated from the rows of src/syscalls:
\`scripts/syscall-support.mjs\` writes it. How to add a call: [add-a-syscall.md](add-a-syscall.md).
`;

type Numbered = Pick<Guest, 'name' | 'syscalls'>;

/** The text of docs/syscalls.md for these guests. */
export function supportPage(guests: readonly Numbered[]): string {
  const numbers = new Map<SyscallName, (number | undefined)[]>();
  guests.forEach((guest, i) => {
    for (const [number, name] of Object.entries(guest.syscalls)) {
      if (!numbers.has(name)) numbers.set(name, []);
      numbers.get(name)![i] = Number(number);
    }
  });
  const names = [...numbers.keys()].sort();
  const rows = names.map((name) => {
    const row: Syscall = syscalls[name];
    const why = row.never ?? row.partly ?? '';
    const cells = guests.map((_, i) => showNumber(numbers.get(name)![i]));
    return `| ${[name, ...cells, levelOf(row), why].join(' | ')} |\n`;
  });
  const counts = guests.map((guest) => {
    const own = Object.values(guest.syscalls).map((name) => levelOf(syscalls[name]));
    const count = (level: Level): number => own.filter((one) => one === level).length;
    return `| ${guest.name} | ${own.length} | ${count('done')} | ${count('partial')} | ${count('not possible')} |\n`;
  });
  return `${head}
| guest | calls | done | partial | not possible |
|---|---|---|---|---|
${counts.join('')}
| call | ${guests.map((guest) => guest.name).join(' | ')} | level | what is missing, or why |
|---|${guests.map(() => '---|').join('')}---|---|
${rows.join('')}`;
}

const showNumber = (n: number | undefined): string => (n === undefined ? '-' : n > 0xffff ? `0x${n.toString(16)}` : String(n));
