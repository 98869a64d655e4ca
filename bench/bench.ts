// npm run bench [-- --rounds N] [--only WORD] [--no-write]: tsemu, qemu-arm and the host side by side.
//
// The three run in turn within each round, so that a slow minute of the machine slows all; the table shows medians.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chart } from './chart.ts';
import { median, measure, type Sample } from './measure.ts';
import { type Row, rows } from './rows.ts';
import { table } from './table.ts';

export const runners = ['tsemu', 'qemu', 'native'] as const;
export type Runner = (typeof runners)[number];
export type Result = { readonly name: string; readonly group: string; readonly error?: string } & Partial<Record<Runner, Sample>>;
export type Results = { readonly date: string; readonly machine: string; readonly versions: Record<string, string>; readonly rounds: number; readonly rows: readonly Result[] };

const folder = process.env.TSEMU_BENCH ?? 'bench';
const root = resolve(folder, '..');
const sysroot = process.env.TSEMU_SYSROOT ?? '';
const crossPrefix = '/usr/arm-linux-gnueabihf';
const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '3' }, only: { type: 'string' }, 'no-write': { type: 'boolean' } } });

const build = mkdtempSync(join(tmpdir(), 'tsemu-bench-'));
const environment = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C.UTF-8', HOME: process.env.HOME ?? build };

/** The command lines of a row, for each that can run it. */
function commands(row: Row): Partial<Record<Runner, readonly string[]>> {
  const launcher = join(root, 'bin/tsemu-arm');
  if (row.command !== undefined) {
    const [program, ...args] = row.command;
    const inside = join(root, 'tests/support/qemu-root.sh');
    return {
      tsemu: [launcher, '-L', sysroot, sysroot + program!, ...args],
      qemu: row.children ? [inside, sysroot, build, ...row.command] : ['qemu-arm', '-L', sysroot, sysroot + program!, ...args],
      ...(row.host === undefined ? {} : { native: row.host }),
    };
  }
  const source = join(root, folder === 'bench' ? 'bench' : folder, 'kernels', `${row.kernel}.c`);
  const name = join(build, `${row.kernel}${row.dynamic ? '-dynamic' : ''}`);
  const flags = ['-O2', '-ffp-contract=off', '-pthread', '-w', ...(row.dynamic ? [] : ['-static'])];
  execFileSync('arm-linux-gnueabihf-gcc', [...flags, '-mfpu=neon', '-o', `${name}.arm`, source, '-lm']);
  execFileSync('gcc', [...flags, '-o', `${name}.host`, source, '-lm']);
  const args = row.args ?? [];
  const prefix = row.dynamic ? ['-L', crossPrefix] : [];
  return { tsemu: [launcher, ...prefix, `${name}.arm`, ...args], qemu: ['qemu-arm', ...prefix, `${name}.arm`, ...args], native: [`${name}.host`, ...args] };
}

function runRow(row: Row, rounds: number): Result {
  const result: { -readonly [K in keyof Result]: Result[K] } = { name: row.name, group: row.group };
  const samples: Record<Runner, Sample[]> = { tsemu: [], qemu: [], native: [] };
  try {
    const lines = commands(row);
    for (let round = 0; round < rounds; round++) {
      const outputs = new Set<string>();
      for (const runner of runners) {
        const line = lines[runner];
        if (line === undefined) continue;
        const { output, ...sample } = measure(line, row.times ?? 1, environment);
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

function versions(): Record<string, string> {
  const firstLine = (...argv: string[]) => execFileSync(argv[0]!, argv.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0]!;
  const commit = () => { try { return firstLine('git', '-C', root, 'describe', '--always'); } catch { return 'unknown'; } };
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { tsemu: `${version} (${commit()})`, node: process.version, qemu: firstLine('qemu-arm', '--version'), gcc: firstLine('arm-linux-gnueabihf-gcc', '--version') };
}

const rounds = Number(options.rounds);
const chosen = rows.filter((row) => options.only === undefined || `${row.group} ${row.name} ${row.kernel ?? ''}`.includes(options.only));
const results: Result[] = [];
for (const row of chosen) {
  const result = runRow(row, rounds);
  results.push(result);
  process.stdout.write(`${table([result], false)}\n`);
}
rmSync(build, { recursive: true, force: true });

const all: Results = { date: new Date().toISOString().slice(0, 10), machine: `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} processors`, versions: versions(), rounds, rows: results };
if (!options['no-write'] && options.only === undefined) {
  mkdirSync(join(root, 'bench'), { recursive: true });
  writeFileSync(join(root, 'bench/results.json'), `${JSON.stringify(all, null, 1)}\n`);
  writeFileSync(join(root, 'bench/RESULTS.md'), `# Benchmarks\n\n${all.date}, ${all.machine}; ${Object.entries(all.versions).map(([name, version]) => `${name} ${version}`).join('; ')}.\nMedians of ${rounds} rounds. Seconds of processor time (user and system, all processes) and of wall time.\nThe ratios are qemu-arm's time divided by tsemu's: above 1, tsemu is faster. \`npm run bench\` makes this table.\n\n${table(results, true)}\n\n![chart](chart.svg)\n`);
  writeFileSync(join(root, 'bench/chart.svg'), chart(results));
}
process.exitCode = results.some((result) => result.error !== undefined) ? 1 : 0;
