// npm run bench [-- --guest NAME,NAME] [--rounds N] [--only WORD] [--no-write]: tsemu, qemu-user and the host side by side.
//
// The three run in turn within each round, so that a slow minute of the machine slows all; the table shows medians.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { testGuest, type TestGuest } from '../tests/support/guests.ts';
import { median, measure, type Sample } from './measure.ts';
import { runners, writeResults, type Result, type Results, type Runner } from './results.ts';
import { FILE, type Row, rows } from './rows.ts';
import { table } from './table.ts';

const root = resolve(import.meta.dirname, '..');
const { values: options } = parseArgs({ options: {
  guest: { type: 'string', default: 'arm,riscv64' }, rounds: { type: 'string', default: '3' }, only: { type: 'string' }, 'no-write': { type: 'boolean' },
} });

const build = mkdtempSync(join(tmpdir(), 'tsemu-bench-'));
const environment = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C.UTF-8', HOME: process.env.HOME ?? build };

/** The command lines of a row, for each that can run it. */
function commands({ name: guest, cross, isa }: TestGuest, row: Row): Partial<Record<Runner, readonly string[]>> {
  const launcher = join(root, `bin/tsemu-${guest}`);
  const qemu = `/usr/bin/qemu-${guest}`;
  if (row.command !== undefined) {
    const sysroot = process.env[`TSEMU_SYSROOT_${guest}`];
    if (sysroot === undefined) throw new Error(`there is no Debian for ${guest}`);
    const file = join(build, 'input.c');
    if (row.file) writeFileSync(file, row.file());
    const [program, ...args] = (row.commandOf?.[guest] ?? row.command).map((word) => (word === FILE ? file : word));
    return {
      tsemu: [launcher, '-L', sysroot, sysroot + program!, ...args],
      qemu: row.children ? [join(root, 'tests/support/qemu-root.sh'), qemu, sysroot, build, ...row.command] : [qemu, '-L', sysroot, sysroot + program!, ...args],
      ...(row.host === undefined ? {} : { native: row.host }),
    };
  }
  const source = join(root, 'bench/kernels', `${row.kernel}.c`);
  const name = join(build, `${row.kernel}${row.dynamic ? '-dynamic' : ''}`);
  const flags = ['-O2', '-ffp-contract=off', '-pthread', '-w', ...(row.dynamic ? [] : ['-static'])];
  execFileSync(`${cross}-gcc`, [...flags, ...(isa['neon'] ?? []), '-o', `${name}.${guest}`, source, '-lm']);
  execFileSync('gcc', [...flags, '-o', `${name}.host`, source, '-lm']);
  const args = row.argsOf?.[guest] ?? row.args ?? [];
  const prefix = row.dynamic ? ['-L', `/usr/${cross}`] : [];
  return { tsemu: [launcher, ...prefix, `${name}.${guest}`, ...args], qemu: [qemu, ...prefix, `${name}.${guest}`, ...args], native: [`${name}.host`, ...args] };
}

function runRow(guest: TestGuest, row: Row, rounds: number): Result {
  const result: { -readonly [K in keyof Result]: Result[K] } = { name: row.name, group: row.group };
  const samples: Record<Runner, Sample[]> = { tsemu: [], qemu: [], native: [] };
  try {
    const lines = commands(guest, row);
    for (let round = 0; round < rounds; round++) {
      const outputs = new Set<string>();
      for (const runner of runners) {
        const line = lines[runner];
        if (line === undefined) continue;
        const { output, ...sample } = measure(line, row.times ?? 1, row.cold ? { ...environment, TSEMU_CACHE_DIR: mkdtempSync(join(build, 'cold-')) } : environment);
        samples[runner].push(sample);
        outputs.add(output);
      }
      if (outputs.size > 1) throw new Error(`different outputs: ${[...outputs].map((text) => text.trim()).join(' | ')}`);
    }
  } catch (error) {
    result.error = (error as Error).message.split('\n').slice(0, 3).join(' ').replaceAll(build, '').replaceAll(root, '').slice(0, 300);
  }
  for (const runner of runners) {
    if (samples[runner].length > 0) result[runner] = { wall: median(samples[runner].map((s) => s.wall)), cpu: median(samples[runner].map((s) => s.cpu)) };
  }
  return result;
}

function versions({ name, cross }: TestGuest): Record<string, string> {
  const firstLine = (...argv: string[]) => execFileSync(argv[0]!, argv.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0]!;
  const commit = () => { try { return firstLine('git', '-C', root, 'describe', '--always'); } catch { return 'unknown'; } };
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { tsemu: `${version} (${commit()})`, node: process.version, qemu: firstLine(`qemu-${name}`, '--version'), gcc: firstLine(`${cross}-gcc`, '--version') };
}

const rounds = Number(options.rounds);
const chosen = rows.filter((row) => options.only === undefined || `${row.group} ${row.name} ${row.kernel ?? ''}`.includes(options.only));
const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} processors`;

const all = options.guest.split(',').map((name): Results => {
  const guest = testGuest(name);
  process.stdout.write(`${name}\n`);
  const results = chosen.map((row) => {
    const result = runRow(guest, row, rounds);
    process.stdout.write(`${table([result], false)}\n`);
    return result;
  });
  return { guest: name, date: new Date().toISOString().slice(0, 10), machine, versions: versions(guest), rounds, rows: results };
});
rmSync(build, { recursive: true, force: true });

if (!options['no-write'] && options.only === undefined) writeResults(join(root, 'bench'), all);
process.exitCode = all.some((results) => results.rows.some((row) => row.error !== undefined)) ? 1 : 0;
