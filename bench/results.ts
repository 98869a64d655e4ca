// What a run leaves: bench/results.json, from which bench/RESULTS.md and the chart are made. A run for one guest leaves the
// other guests' results as they are.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart } from './chart.ts';
import type { Sample } from './measure.ts';
import type { Row } from './rows.ts';
import { table } from './table.ts';

export const runners = ['tsemu', 'qemu', 'native'] as const;
export type Runner = (typeof runners)[number];
export type Result = { readonly name: string; readonly group: Row['group']; readonly error?: string } & Partial<Record<Runner, Sample>>;
/** One guest's results, and how they came about. */
export type Results = { readonly guest: string; readonly date: string; readonly machine: string; readonly versions: Readonly<Record<string, string>>; readonly rounds: number; readonly rows: readonly Result[] };

function section({ guest, date, machine, versions, rounds, rows }: Results): string {
  const made = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join('; ');
  return `## ${guest}\n${date}, ${machine}; ${made}.\n${rounds === 1 ? 'One round' : `Medians of ${rounds} rounds`}.\n\n${table(rows, true)}\n`;
}

/** Writes the files in `folder` with these results in the place of older ones of the same guests. */
export function writeResults(folder: string, fresh: readonly Results[]): void {
  const file = join(folder, 'results.json');
  const older = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as Results[] : [];
  const all = [...older.filter(({ guest }) => !fresh.some((one) => one.guest === guest)), ...fresh].sort((a, b) => (a.guest < b.guest ? -1 : 1));
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(all, null, 1)}\n`);
  writeFileSync(join(folder, 'RESULTS.md'), `# Benchmarks

Seconds of processor time (user and system, all processes) and of wall time. The ratios are the time of the guest's qemu-user
divided by tsemu's: above 1, tsemu is faster. \`npm run bench\` makes these tables.

${all.map(section).join('\n')}
![chart](chart.svg)
`);
  writeFileSync(join(folder, 'chart.svg'), chart(all));
}
