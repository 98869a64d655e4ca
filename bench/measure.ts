// Runs one command and measures it: wall time and the processor time of it and all its children.
import { spawnSync } from 'node:child_process';
import koffi from 'koffi';

export type Sample = { readonly wall: number; readonly cpu: number };

const RUSAGE_CHILDREN = -1;
const timeval = koffi.struct('timeval', { sec: 'int64', usec: 'int64' });
koffi.struct('rusage', { user: timeval, system: timeval, rest: koffi.array('int64', 14) });
const getrusage = koffi.load('libc.so.6').func('int getrusage(int who, _Out_ rusage *usage)');

type Rusage = Record<'user' | 'system', { sec: number; usec: number }>;

function childrenSeconds(): number {
  const usage = {} as Rusage;
  getrusage(RUSAGE_CHILDREN, usage);
  return Number(usage.user.sec) + Number(usage.system.sec) + (Number(usage.user.usec) + Number(usage.system.usec)) / 1e6;
}

/** Runs argv some times and answers the sums in seconds, and what the last run printed. Throws when a run fails. */
export function measure(argv: readonly string[], times: number, env: Record<string, string>): Sample & { output: string } {
  const cpu = childrenSeconds();
  const start = process.hrtime.bigint();
  let output = '';
  for (let i = 0; i < times; i++) {
    const result = spawnSync(argv[0]!, argv.slice(1), { env, encoding: 'utf8', timeout: 240_000, maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });
    if (result.status !== 0) {
      const why = result.error?.message ?? result.signal ?? `status ${result.status}`;
      throw new Error(`${argv.join(' ')}: ${why}\n${result.stderr ?? ''}`);
    }
    output = result.stdout;
  }
  return { wall: Number(process.hrtime.bigint() - start) / 1e9, cpu: childrenSeconds() - cpu, output };
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
