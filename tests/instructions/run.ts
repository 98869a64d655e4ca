// Runs cases under tsemu and qemu-arm and tells where they differ.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launcher } from '../support/guest.ts';
import { testGuest } from '../support/guests.ts';
import { compare, program, type Case, type Program } from './program.ts';

const AT_ONCE = 400;
const SHOWN = 12;

export type Ran = { readonly output: Uint8Array; readonly end: string; readonly stderr: string };

/** Runs a command with its standard output in a file. */
export function run(command: readonly string[], folder: string, env: Readonly<Record<string, string>>): Ran {
  const file = join(folder, 'output');
  const fd = openSync(file, 'w');
  try {
    const { status, signal, stderr, error } = spawnSync(command[0]!, command.slice(1), { stdio: ['ignore', fd, 'pipe'], timeout: 150_000, env: { ...process.env, ...env } });
    return { output: readFileSync(file), end: error ? String(error) : signal ?? String(status), stderr: String(stderr) };
  } finally {
    closeSync(fd);
  }
}

/** Whether the cases' registers include the vector registers, and the processor to be. */
export type Kind = { readonly vectors?: boolean; readonly cpu?: string };

/** Runs an ARM program under both. */
export function runFile(bytes: Uint8Array, tier: string, cpu = 'max'): { readonly tsemu: Ran; readonly qemu: Ran } {
  const folder = mkdtempSync(join(tmpdir(), 'tsemu-instructions-'));
  try {
    const path = join(folder, 'program');
    writeFileSync(path, bytes, { mode: 0o755 });
    return { tsemu: run([launcher(testGuest('arm')), path], folder, { TSEMU_TIER: tier, TSEMU_CPU: cpu }), qemu: run(['qemu-arm', '-cpu', cpu, path], folder, {}) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Runs = { readonly made: Program; readonly tsemu: Ran; readonly qemu: Ran };

function runBoth(cases: readonly Case[], seed: number, tier: string, kind: Kind): Runs {
  const made = program(cases, seed, kind.vectors);
  return { made, ...runFile(made.bytes, tier, kind.cpu) };
}

function inOneProgram(cases: readonly Case[], seed: number, tier: string, kind: Kind): string[] {
  const { made, tsemu, qemu } = runBoth(cases, seed, tier, kind);
  if (tsemu.end === '0' && qemu.end === '0') return compare(made, cases, tsemu.output, qemu.output).map((d) => d.text);
  if (cases.length === 1) return [`${cases[0]!.name} ${made.cases[0]!.units.map((u) => u.toString(16)).join(' ')}: tsemu ended ${tsemu.end}, qemu-arm ${qemu.end}: ${tsemu.stderr}`.trim()];
  // Something ends the program: look for it in each half.
  const middle = cases.length >> 1;
  const first = inOneProgram(cases.slice(0, middle), seed, tier, kind);
  return first.length >= SHOWN ? first : [...first, ...inOneProgram(cases.slice(middle), seed, tier, kind)];
}

/** The cases in which tsemu and qemu-arm differ, the first of them in words. */
export function differences(cases: readonly Case[], seed: number, tier: string, kind: Kind = {}): string[] {
  const found: string[] = [];
  for (let i = 0; i < cases.length && found.length < SHOWN; i += AT_ONCE) found.push(...inOneProgram(cases.slice(i, i + AT_ONCE), seed + i, tier, kind));
  return found.slice(0, SHOWN);
}
